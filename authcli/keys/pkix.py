"""Keys in DER: SPKI, PKCS#8, PKCS#1, SEC 1 and certificates, taken apart into members.

Sources: RFC 5280, section 4.1 (SubjectPublicKeyInfo); RFC 5958 (PKCS#8); RFC 8017, appendix A
(PKCS#1, RSASSA-PSS); RFC 5915 (SEC 1); RFC 5480 (EC); RFC 8410 (Edwards and Montgomery curves);
RFC 9881 (ML-DSA).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from authcli.encoding import base64url_encode
from authcli.errors import KeyInconsistent, KeyMalformed, KeyWrong
from authcli.keys import curves, der, oids
from authcli.keys.akp import SEED_BYTES
from authcli.keys.der import Node, NotDer
from authcli.keys.rsa import PRIVATE_MEMBERS, encode_natural

__all__ = ["MAX_KEY_BYTES", "Structure", "read_structure"]

#: An RSA key of 16384 bits takes 9 kB, an ML-DSA-87 key with everything 8 kB.
MAX_KEY_BYTES = 1 << 16

_CONTEXT_0, _CONTEXT_1 = 0xA0, 0xA1
_IMPLICIT_0, _IMPLICIT_1 = 0x80, 0x81


class Structure(NamedTuple):
    """A key as a DER file holds it, before any check of its numbers."""

    name: str
    """The format: "PKCS#8 private key"."""
    members: Mapping[str, str] = {}
    """kty and the JWK members; empty for what is encrypted."""
    alg: str | None = None
    """The algorithm that the structure ties the key to (RSASSA-PSS, ML-DSA)."""
    encrypted: bool = False
    """True for an EncryptedPrivateKeyInfo."""
    certificate: bool = False
    """True for an X.509 certificate."""
    needs_library_check: bool = False
    """True where a redundant part is left for `cryptography` to compare."""


def read_structure(data: bytes) -> Structure:
    """Return what a DER file holds.

    Raises:
        KeyMalformed: not DER, or no structure that holds a key.
        KeyWrong: a key that JOSE has no algorithm for, or a request, a list or a store.
    """
    try:
        nodes = der.children(der.parse(data))
        reader = _reader_of([node.tag for node in nodes])
        if len(data) > MAX_KEY_BYTES and reader is not _certificate:
            fault = f"the key is {len(data)} bytes long, over the limit of {MAX_KEY_BYTES}"
        elif reader is not None:
            return reader(nodes)
        else:
            fault = "this DER structure holds no key that is known"
    except NotDer as error:
        fault = f"the key's DER is malformed: {error}"
    raise KeyMalformed(fault)


def _reader_of(tags: list[int]) -> Callable[[list[Node]], Structure] | None:
    """Choose by the types of the members, which differ between all of these structures."""
    integer, sequence = der.INTEGER, der.SEQUENCE
    if tags == [sequence, der.BIT_STRING]:
        return _spki
    if tags == [sequence, der.OCTET_STRING]:
        return _encrypted
    if tags == [sequence, sequence, der.BIT_STRING]:
        return _certificate
    if tags[:3] == [integer, sequence, der.OCTET_STRING]:
        return _pkcs8
    if tags[:2] == [integer, der.OCTET_STRING]:
        return _sec1
    if tags == [integer] * 2:
        return _pkcs1_public
    if len(tags) >= 9 and tags[:9] == [integer] * 9:
        return _pkcs1_private
    if tags[:2] == [integer, sequence] and len(tags) <= 3:
        return _pkcs12
    return None


def _spki(nodes: list[Node]) -> Structure:
    if len(nodes) != 2:
        raise NotDer("a public key is not an algorithm and a bit string")
    algorithm, parameters = _algorithm(nodes[0])
    public = der.bit_string(nodes[1])
    name = "SPKI public key"
    if algorithm in (oids.RSA, oids.RSA_PSS):
        numbers = _pkcs1_public(der.children(der.parse(public)))
        return numbers._replace(name=name, alg=_pss_alg(algorithm, parameters))
    if algorithm == oids.EC:
        crv = _named_curve(parameters)
        return Structure(name, {"kty": "EC", "crv": crv, **_point(crv, public)})
    return _raw(name, algorithm, parameters, {"public": public})


def _pkcs8(nodes: list[Node]) -> Structure:
    if der.natural(nodes[0]) > 1:
        raise NotDer("an unknown version of PKCS#8")
    algorithm, parameters = _algorithm(nodes[1])
    private, name = nodes[2].body, "PKCS#8 private key"
    if algorithm in (oids.RSA, oids.RSA_PSS):
        numbers = _pkcs1_private(der.children(der.parse(private)))
        return numbers._replace(name=name, alg=_pss_alg(algorithm, parameters))
    if algorithm == oids.EC:
        return _sec1(der.children(der.parse(private)), parameters)._replace(name=name)
    parts = {"private": private}
    for extra in nodes[3:]:
        if extra.tag == _IMPLICIT_1:
            parts["public"] = der.bit_string(Node(der.BIT_STRING, extra.body))
    return _raw(name, algorithm, parameters, parts)


def _raw(
    name: str, algorithm: str, parameters: Node | None, parts: Mapping[str, bytes]
) -> Structure:
    """Edwards, Montgomery and ML-DSA keys: bare bytes, no parameters."""
    crv, alg = oids.OKP.get(algorithm), oids.ML_DSA.get(algorithm)
    if crv is None and alg is None:
        what = oids.UNSUPPORTED.get(algorithm, f"of the unknown type {algorithm}")
        raise KeyWrong(
            f"this key is {what}; JSON Web Tokens have no algorithm for it", code="key.unsupported"
        )
    if parameters is not None:
        raise NotDer("this key type has no parameters, and some are given")
    public = {name: base64url_encode(raw) for name, raw in parts.items() if name == "public"}
    private, redundant = parts.get("private"), False
    if crv:
        members = {"kty": "OKP", "crv": crv}
        if private is not None:
            members["d"] = base64url_encode(_octets(der.parse(private)))
    else:
        members = {"kty": "AKP"}
        if private is not None:
            seed, redundant = _ml_dsa_seed(der.parse(private))
            members["priv"] = base64url_encode(seed)
    if "public" in public:
        members["x" if crv else "pub"] = public["public"]
    return Structure(name, members, alg, needs_library_check=redundant)


def _ml_dsa_seed(node: Node) -> tuple[bytes, bool]:
    """RFC 9881, section 6: a seed, an expanded key, or both; JOSE keys are seeds."""
    if node.tag == _IMPLICIT_0 and len(node.body) == SEED_BYTES:
        return node.body, False
    if node.tag == der.SEQUENCE:
        return _octets((der.children(node) or [node])[0]), True
    if node.tag == der.OCTET_STRING:
        raise KeyWrong(
            "this ML-DSA key is in expanded form, without the seed that a JWK holds",
            hint="make a new one: authcli key generate ML-DSA-65",
            code="key.unsupported",
        )
    raise NotDer("an unknown form of an ML-DSA key")


def _sec1(nodes: list[Node], parameters: Node | None = None) -> Structure:
    if len(nodes) < 2 or der.natural(nodes[0]) != 1:
        raise NotDer("an unknown version of a SEC 1 key")
    public: bytes | None = None
    inner: Node | None = None
    for extra in nodes[2:]:
        if extra.tag == _CONTEXT_0:
            inner = der.explicit(extra)
        elif extra.tag == _CONTEXT_1:
            public = der.bit_string(der.explicit(extra))
    crv = _named_curve(parameters or inner)
    if parameters and inner and parameters != inner:
        raise KeyInconsistent("the key names two different curves")
    scalar = _octets(nodes[1])
    size = curves.WEIERSTRASS[crv].size_bytes
    if len(scalar) > size:
        raise NotDer("the private scalar is longer than its curve")
    members = {"kty": "EC", "crv": crv, "d": base64url_encode(scalar.rjust(size, b"\0"))}
    return Structure("SEC1 private key", members | (_point(crv, public) if public else {}))


def _pkcs1_public(nodes: list[Node]) -> Structure:
    if len(nodes) != 2:
        raise NotDer("an RSA public key is not two numbers")
    n, e = (encode_natural(der.natural(node)) for node in nodes)
    return Structure("PKCS#1 public key", {"kty": "RSA", "n": n, "e": e})


def _pkcs1_private(nodes: list[Node]) -> Structure:
    version = der.natural(nodes[0]) if nodes else -1
    if version == 1:
        raise KeyWrong("this RSA key has more than two primes", code="key.unsupported")
    if version != 0 or len(nodes) != 9:
        raise NotDer("an RSA private key is not a version and eight numbers")
    n, e, *private = (encode_natural(der.natural(node)) for node in nodes[1:])
    members = dict(zip(PRIVATE_MEMBERS, private, strict=True))
    return Structure("PKCS#1 private key", {"kty": "RSA", "n": n, "e": e, **members})


def _certificate(nodes: list[Node]) -> Structure:
    """RFC 5280, section 4.1: the key is the sixth member, or the seventh after a version."""
    signed = der.children(nodes[0])
    if signed and signed[0].tag == _CONTEXT_0:
        signed = signed[1:]
    if [node.tag for node in signed[:6]] != [der.INTEGER, *[der.SEQUENCE] * 5]:
        raise KeyWrong(
            "this is a certificate request or a revocation list, not a key or a certificate",
            hint="pass the certificate, or the private key",
            code="key.unsupported",
        )
    key = _spki(der.children(signed[5]))
    return key._replace(name="X.509 certificate", certificate=True)


def _encrypted(_: list[Node]) -> Structure:
    return Structure("encrypted PKCS#8 private key", encrypted=True)


def _pkcs12(_: list[Node]) -> Structure:
    raise KeyWrong(
        "this looks like a PKCS#12 file (.p12, .pfx), which is not read here",
        hint="openssl pkcs12 -in FILE -nodes -nocerts -out key.pem",
        code="key.unsupported",
    )


def _algorithm(node: Node) -> tuple[str, Node | None]:
    """An AlgorithmIdentifier: its name and parameters, an explicit NULL being none."""
    parts = der.children(node)
    if not 1 <= len(parts) <= 2:
        raise NotDer("an algorithm is not a name with parameters")
    parameters = parts[1] if len(parts) == 2 else None
    return der.oid(parts[0]), None if parameters == Node(der.NULL, b"") else parameters


def _named_curve(parameters: Node | None) -> str:
    if parameters is None:
        raise NotDer("an EC key does not name its curve")
    if parameters.tag != der.OID:
        raise KeyWrong(
            "this EC key spells its curve out instead of naming it", code="key.unsupported"
        )
    identifier = der.oid(parameters)
    if identifier not in oids.EC_CURVES:
        raise KeyWrong(
            f"this EC key is on the curve {identifier}; authcli reads "
            + ", ".join(curves.WEIERSTRASS),
            code="key.unsupported",
        )
    return oids.EC_CURVES[identifier]


def _point(crv: str, public: bytes) -> dict[str, str]:
    point = curves.decompress(crv, public)
    size = curves.WEIERSTRASS[crv].size_bytes
    if point is None:
        raise KeyInconsistent(f"the public key is not a point of {crv}")
    x, y = (base64url_encode(value.to_bytes(size, "big")) for value in point)
    return {"x": x, "y": y}


def _pss_alg(algorithm: str, parameters: Node | None) -> str | None:
    """An RSASSA-PSS key signs with nothing else; without parameters any hash goes."""
    if algorithm != oids.RSA_PSS:
        return None
    if parameters is None:
        return "PS256"
    for part in der.children(parameters):
        if part.tag == _CONTEXT_0:
            name, _ = _algorithm(der.explicit(part))
            if name in oids.PSS_HASHES:
                return oids.PSS_HASHES[name]
    raise KeyWrong("this RSASSA-PSS key is tied to SHA-1", code="key.unsupported")


def _octets(node: Node) -> bytes:
    if node.tag != der.OCTET_STRING:
        raise NotDer("the private key is not a string of bytes")
    return node.body
