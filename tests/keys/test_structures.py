"""Structures that are nearly keys: DER, PKCS#8, SEC 1, certificates, OpenSSH, a value at a time."""

from __future__ import annotations

import base64

import pytest

from authcli import keys
from authcli.encoding import base64url_decode
from authcli.errors import KeyInconsistent, KeyMalformed, KeyUnusable, KeyWrong
from authcli.keys import der
from authcli.keys.der import NotDer
from tests.keys.making import (
    OIDS,
    asn1,
    asn1_number,
    certificate_of,
    made,
    members,
    numbers,
    written,
)

SEQUENCE, OCTETS, BITS = 0x30, 0x04, 0x03
NULL = b"\5\0"


def raw(kind: str, name: str) -> bytes:
    return base64url_decode(str(members(kind)[name]))


def point(kind: str) -> bytes:
    return b"\4" + raw(kind, "x") + raw(kind, "y")


def pkcs8(algorithm: bytes, private: bytes, *more: bytes, version: int = 0) -> bytes:
    return asn1(SEQUENCE, asn1_number(version), algorithm, asn1(OCTETS, private), *more)


def algorithm(name: str, *parameters: bytes) -> bytes:
    return asn1(SEQUENCE, OIDS[name], *parameters)


# --- DER


@pytest.mark.parametrize(
    "data",
    [
        "",
        "30",
        "3080020101020101 0000",
        "308103020101",
        "30820003020101",
        "3003020101 00",
        "3002020101",
        "308500000000030201 01",
        "1f8103020101",
    ],
)
def test_der_has_one_spelling(data: str) -> None:
    with pytest.raises(NotDer):
        der.children(der.parse(bytes.fromhex(data)))


def test_values_of_der_have_one_spelling_too() -> None:
    for bad in ("0200", "02020001", "0202ff80", "0401 01"):
        with pytest.raises(NotDer):
            der.integer(der.parse(bytes.fromhex(bad)))
    with pytest.raises(NotDer):
        der.natural(der.parse(bytes.fromhex("0201ff")))
    for bad in ("0300", "03020100", "030107"):
        with pytest.raises(NotDer):
            der.bit_string(der.parse(bytes.fromhex(bad)))
    for bad in ("0600", "06022a86", "0603 2a8001", "0401 2a", "0621" + "2a" * 33):
        with pytest.raises(NotDer):
            der.oid(der.parse(bytes.fromhex(bad)))
    assert der.oid(der.parse(OIDS["rsa"])) == "1.2.840.113549.1.1.1"
    assert der.oid(der.parse(bytes.fromhex("06028837"))) == "2.999"
    assert der.integer(der.parse(bytes.fromhex("0201ff"))) == -1
    with pytest.raises(NotDer):
        der.children(der.parse(asn1(SEQUENCE, *[NULL] * 65)))


# --- PKCS#8, SPKI, SEC 1


def test_a_key_may_leave_out_what_follows_from_the_rest() -> None:
    scalar = asn1(OCTETS, raw("ES256", "d"))
    bare = asn1(SEQUENCE, asn1_number(1), scalar)
    named = asn1(SEQUENCE, asn1_number(1), scalar, asn1(0xA0, OIDS["P-256"]))
    for data in (pkcs8(algorithm("ec", OIDS["P-256"]), bare), named):
        assert numbers(keys.read(data)) == numbers(made("ES256"))
    seed = asn1(OCTETS, raw("Ed25519", "d"))
    public = asn1(0x81, b"\0", raw("Ed25519", "x"))
    for data in (
        pkcs8(algorithm("ed25519"), seed),
        pkcs8(algorithm("ed25519"), seed, public, version=1),
    ):
        assert numbers(keys.read(data)) == numbers(made("Ed25519"))


def test_a_public_key_beside_a_private_one_is_compared() -> None:
    seed = asn1(OCTETS, raw("Ed25519", "d"))
    other = base64url_decode(str(keys.to_jwk(keys.generate("Ed25519"), private=False)["x"]))
    with pytest.raises(KeyInconsistent):
        keys.read(pkcs8(algorithm("ed25519"), seed, asn1(0x81, b"\0", other), version=1))


RSA_NUMBERS = ("n", "e", "d", "p", "q", "dp", "dq", "qi")
SEC1 = [asn1_number(1), asn1(OCTETS, bytes(31) + b"\1")]
P256, P384 = asn1(0xA0, OIDS["P-256"]), asn1(0xA0, OIDS["P-384"])


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (pkcs8(algorithm("ed25519", NULL), asn1(OCTETS, bytes(32))), None),
        (pkcs8(algorithm("ed25519", OIDS["P-256"]), asn1(OCTETS, bytes(32))), KeyMalformed),
        (pkcs8(algorithm("ed25519"), asn1(BITS, bytes(33))), KeyMalformed),
        (pkcs8(algorithm("ed25519"), asn1(OCTETS, bytes(31))), KeyMalformed),
        (pkcs8(algorithm("ed25519"), asn1(OCTETS, bytes(32)), version=7), KeyMalformed),
        (pkcs8(algorithm("ec"), asn1(SEQUENCE, *SEC1)), KeyMalformed),
        (pkcs8(algorithm("ec", NULL, NULL), asn1(SEQUENCE, *SEC1)), KeyMalformed),
        (pkcs8(algorithm("ec", OIDS["rsa"]), asn1(SEQUENCE, *SEC1)), KeyWrong),
        (pkcs8(algorithm("ec", asn1(SEQUENCE, NULL)), asn1(SEQUENCE, *SEC1)), KeyWrong),
        (pkcs8(algorithm("ec", OIDS["P-384"]), asn1(SEQUENCE, *SEC1, P256)), KeyInconsistent),
        (pkcs8(algorithm("ec", OIDS["P-256"]), asn1(SEQUENCE, asn1_number(1))), KeyMalformed),
        (pkcs8(algorithm("rsa", NULL), asn1(SEQUENCE)), KeyMalformed),
        (pkcs8(algorithm("rsa", NULL), asn1(SEQUENCE, asn1_number(1))), KeyWrong),
        (pkcs8(algorithm("aes256"), bytes(16)), KeyWrong),
        (asn1(SEQUENCE, *SEC1, P256), None),
        (asn1(SEQUENCE, *SEC1), KeyMalformed),
        (asn1(SEQUENCE, asn1_number(2), *SEC1[1:], P256), KeyMalformed),
        (asn1(SEQUENCE, asn1_number(1), asn1(OCTETS, bytes(33)), P256), KeyMalformed),
        (
            asn1(SEQUENCE, *SEC1, P256, asn1(0xA1, asn1(BITS, b"\0\4" + bytes(64)))),
            KeyInconsistent,
        ),
        (asn1(SEQUENCE, *SEC1, P256, asn1(0xA1, asn1(BITS, b"\0\5AB"))), KeyInconsistent),
        (asn1(SEQUENCE, algorithm("ec", OIDS["P-256"]), asn1(BITS, b"\0\0")), KeyInconsistent),
        (asn1(SEQUENCE, algorithm("rsa", NULL), asn1(BITS, b"\0", asn1(SEQUENCE))), KeyMalformed),
        (asn1(SEQUENCE, algorithm("rsa", NULL), asn1(BITS, b"\1\xfe")), KeyMalformed),
        (asn1(SEQUENCE, asn1(SEQUENCE), asn1(BITS, b"\0")), KeyMalformed),
        (asn1(SEQUENCE, asn1_number(3), asn1(SEQUENCE, OIDS["rsa"])), KeyWrong),
        (asn1(SEQUENCE, asn1(SEQUENCE), asn1(SEQUENCE), asn1(BITS, b"\0")), KeyWrong),
        (asn1(SEQUENCE, asn1(SEQUENCE), asn1(OCTETS, b"x")), KeyMalformed),
        (asn1(SEQUENCE, NULL, NULL), KeyMalformed),
        (asn1(SEQUENCE, asn1_number(251), asn1_number(3)), KeyMalformed),
    ],
)
def test_a_structure_that_is_nearly_a_key_is_refused_for_what_it_is(
    data: bytes, error: type[KeyUnusable] | None
) -> None:
    if error is None:
        assert keys.read(data).private
        return
    with pytest.raises(error):
        keys.read(data)


def test_multi_prime_rsa_in_der_is_named() -> None:
    parts = [asn1_number(int.from_bytes(raw("RS256", name), "big")) for name in RSA_NUMBERS]
    assert numbers(keys.read(asn1(SEQUENCE, asn1_number(0), *parts))) == numbers(made("RS256"))
    with pytest.raises(KeyWrong, match="more than two primes"):
        keys.read(asn1(SEQUENCE, asn1_number(1), *parts, asn1(SEQUENCE)))
    with pytest.raises(KeyMalformed, match="eight numbers"):
        keys.read(asn1(SEQUENCE, asn1_number(2), *parts))
    with pytest.raises(KeyMalformed, match="eight numbers"):
        keys.read(asn1(SEQUENCE, asn1_number(0), *parts, asn1_number(1)))


def test_an_rsa_pss_key_of_sha_1_is_refused() -> None:
    sha1 = asn1(SEQUENCE, asn1(0xA0, asn1(SEQUENCE, bytes.fromhex("06052b0e03021a"))))
    public = asn1(SEQUENCE, *(asn1_number(int.from_bytes(raw("RS256", n), "big")) for n in "ne"))
    for parameters in (sha1, asn1(SEQUENCE)):
        data = asn1(SEQUENCE, algorithm("rsa-pss", parameters), asn1(BITS, b"\0", public))
        with pytest.raises(KeyWrong, match="SHA-1"):
            keys.read(data)


def test_an_ml_dsa_key_is_its_seed() -> None:
    """RFC 9881, section 6: a seed alone, an expanded key alone, or both."""
    seed = raw("ML-DSA-44", "priv")
    name = algorithm("ml-dsa-44")
    assert numbers(keys.read(pkcs8(name, asn1(0x80, seed)))) == numbers(made("ML-DSA-44"))
    with pytest.raises(KeyWrong, match="expanded form"):
        keys.read(pkcs8(name, asn1(OCTETS, bytes(2560))))
    both = asn1(SEQUENCE, asn1(OCTETS, seed), asn1(OCTETS, bytes(2560)))
    with pytest.raises(KeyInconsistent, match="expanded key"):
        keys.read(pkcs8(name, both))
    for bad in (asn1(0x80, seed[1:]), asn1(SEQUENCE), NULL):
        with pytest.raises(KeyUnusable):
            keys.read(pkcs8(name, bad))


def test_a_damaged_certificate_is_refused() -> None:
    good = base64.b64decode(b"".join(certificate_of(made("ES256")).splitlines()[1:-1]))
    assert keys.read(good).found == "DER certificate"
    # A version that X.509 does not have.
    assert b"\xa0\x03\x02\x01\x02" in good
    with pytest.raises(KeyMalformed, match="certificate"):
        keys.read(good.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07"))


# --- OpenSSH


def ssh(*parts: bytes | int) -> bytes:
    """Strings with their lengths, and numbers of four bytes."""
    return b"".join(
        part.to_bytes(4, "big") if isinstance(part, int) else len(part).to_bytes(4, "big") + part
        for part in parts
    )


def ssh_file(
    private: bytes, *, public: bytes, count: int = 1, cipher: bytes = b"none", check: int = 7
) -> bytes:
    section = ssh(7, check) + private
    section += bytes(range(1, -len(section) % 8 + 1))
    return b"openssh-key-v1\0" + ssh(cipher, b"none", b"", count, public, section)


ED25519 = b"ssh-ed25519"


def ed25519_file(**changes: object) -> bytes:
    x, d = raw("Ed25519", "x"), raw("Ed25519", "d")
    private = ssh(ED25519, x, d + x, b"comment")
    options: dict[str, object] = {"private": private, "public": ssh(ED25519, x)}
    return ssh_file(**options | changes)  # type: ignore[arg-type]


def test_an_openssh_file_is_read_without_its_frame() -> None:
    assert numbers(keys.read(ed25519_file())) == numbers(made("Ed25519"))


@pytest.mark.parametrize(
    "changes",
    [
        {"check": 8},
        {"count": 2},
        {"count": 0},
        {"public": ssh(ED25519, bytes(32))},
        {"public": ssh(b"ssh-rsa", bytes(32))},
        {"private": ssh(ED25519, bytes(32), bytes(64), b"")},
        {"private": ssh(ED25519, raw("Ed25519", "x"), bytes(64), b"")},
        {"private": ssh(b"ssh-dss", b"", b"", b"")},
        {"private": ssh(b"ssh-rsa", b"\xff", b"", b"", b"", b"", b"", b"")},
        {"private": ssh(b"ssh-rsa", b"\1", b"\1", b"\1", b"\1", b"\1", b"\1", b"")},
        {"private": ssh(b"ecdsa-sha2-nistp256", b"nistp384", b"", b"", b"")},
        {"private": ssh(b"ecdsa-sha2-nistp256", b"nistp256", b"\4", b"", b"")},
        {"private": ssh(b"ecdsa-sha2-nistp256", b"nistp256", point("ES256"), b"\1" * 40, b"")},
        {"private": b""},
    ],
)
def test_an_openssh_file_with_one_wrong_value_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(KeyUnusable):
        keys.read(ed25519_file(**changes))


def test_wrong_padding_and_a_long_openssh_file_are_refused() -> None:
    with pytest.raises(KeyMalformed, match="padding"):
        keys.read(ed25519_file()[:-1] + b"\x09")
    with pytest.raises(KeyMalformed, match="limit"):
        keys.read(ed25519_file() + bytes(1 << 17))


def ssh_lines() -> dict[str, bytes]:
    good = ssh(ED25519, raw("Ed25519", "x"))
    return {
        "cut short": ssh(ED25519, raw("Ed25519", "x")[:-1]),
        "cut shorter": good[:-1],
        "a key of another type": ssh(b"ssh-rsa", b"\3", b"\1"),
        "more than a key": good + ssh(b"more"),
        "DSA": ssh(b"ssh-dss", b"\1", b"\1", b"\1", b"\1"),
    }


@pytest.mark.parametrize("name", ssh_lines())
def test_a_public_line_with_one_wrong_value_is_refused(name: str) -> None:
    kind = b"ssh-dss " if name == "DSA" else b"ssh-ed25519 "
    with pytest.raises(KeyUnusable):
        keys.read(kind + base64.b64encode(ssh_lines()[name]))


def test_a_public_line_begins_with_its_type() -> None:
    """Neither a host of known_hosts nor options of authorized_keys: those say more than a key."""
    line = written("Ed25519")["public openssh"]
    for before in (b"example.org ", b'command="x" '):
        with pytest.raises(KeyMalformed, match="begins with a key type"):
            keys.read(before + line)
