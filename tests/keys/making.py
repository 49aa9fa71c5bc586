"""Keys for tests: each kind made once a process, and bad ones made from good ones."""

from __future__ import annotations

import json
from functools import cache

from authcli import keys
from authcli.encoding import base64url_encode
from authcli.keys import Key
from authcli.keys.writer import has_openssh_form
from authcli.secret import Secret

RSA_KINDS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
PAIR_KINDS = (
    *RSA_KINDS,
    "ES256",
    "ES384",
    "ES512",
    "ES256K",
    "EdDSA",
    "Ed25519",
    "Ed448",
    "X25519",
    "X448",
    "ML-DSA-44",
    "ML-DSA-65",
    "ML-DSA-87",
)
SECRET_KINDS = ("HS256", "HS384", "HS512")
PASSPHRASE = Secret("correct horse battery staple")


@cache
def made(kind: str) -> Key:
    """A private key or a secret of that kind; all RSA algorithms share one modulus."""
    if kind in RSA_KINDS and kind != "RS256":
        return jwk(**members("RS256") | {"alg": kind})
    return keys.generate(kind, bits=2048 if kind == "RS256" else None)


def members(kind: str, *, private: bool = True) -> dict[str, object]:
    """The JWK of a key of that kind, to be bent."""
    return keys.to_jwk(made(kind), private=private)


def jwk(**jwk_members: object) -> Key:
    """Read a JWK."""
    return keys.read(json.dumps(jwk_members).encode())


def uint(value: int) -> str:
    """Base64urlUInt (RFC 7518, section 2)."""
    return base64url_encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))


@cache
def written(kind: str) -> dict[str, bytes]:
    """Every file that a key of that kind can be written to, by what it is."""
    key = made(kind)
    formats = ["jwk", "jwks"]
    if key.kty != "oct":
        formats += ["pem", "der", *(["openssh"] if has_openssh_form(key) else [])]
    files = {f"private {name}": keys.write(key, format=name) for name in formats}
    if key.kty == "oct":
        return files
    for name in formats:
        files[f"public {name}"] = keys.write(key.public(), format=name)
        if "jwk" not in name:
            sealed = keys.write(key, format=name, passphrase=PASSPHRASE)
            files[f"encrypted {name}"] = sealed
    return files


def numbers(key: Key) -> dict[str, object]:
    """What a key is, without what it is called."""
    jwk_members = keys.to_jwk(key, private=key.private)
    return {name: jwk_members[name] for name in jwk_members if name not in ("kid", "use", "alg")}


#: Object identifiers as DER encodes them.
OIDS = {
    "rsa": bytes.fromhex("06092a864886f70d010101"),
    "rsa-pss": bytes.fromhex("06092a864886f70d01010a"),
    "ec": bytes.fromhex("06072a8648ce3d0201"),
    "P-256": bytes.fromhex("06082a8648ce3d030107"),
    "P-384": bytes.fromhex("06052b81040022"),
    "ed25519": bytes.fromhex("06032b6570"),
    "ml-dsa-44": bytes.fromhex("0609608648016503040311"),
    "pbes2": bytes.fromhex("06092a864886f70d01050d"),
    "pbkdf2": bytes.fromhex("06092a864886f70d01050c"),
    "scrypt": bytes.fromhex("06092b06010401da47040b"),
    "aes256": bytes.fromhex("060960864801650304012a"),
    "pbe-sha1-3des": bytes.fromhex("060a2a864886f70d010c0103"),
}


def asn1(tag: int, *parts: bytes) -> bytes:
    """One value in DER."""
    body = b"".join(parts)
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8 or 1, "big")
    return bytes([tag]) + (size if len(body) < 128 else bytes([0x80 | len(size)]) + size) + body


def asn1_number(value: int) -> bytes:
    """An INTEGER that is not negative."""
    return asn1(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def certificate_of(key: Key) -> bytes:
    """A certificate that the key signs for itself, valid in 2026, as PEM."""
    from datetime import UTC, datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    name = x509.Name.from_rfc4514_string("CN=auth.example,O=Example")
    algorithm = None if key.kty in ("OKP", "AKP") else hashes.SHA256()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public().native)  # type: ignore[arg-type]
        .serial_number(0xBEEF)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .sign(key.native, algorithm)  # type: ignore[arg-type]
    )
    return certificate.public_bytes(serialization.Encoding.PEM)
