"""Hashes that others published, and the vectors of RFC 6070, 7914 and 9106."""

from __future__ import annotations

import binascii
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli import passwords
from authcli.errors import HashUnusable, InvalidInput, PasswordMismatch
from authcli.passwords.limits import Limits
from tests import requirements

#: PostgreSQL's old hashes need the user's name, and are refused by name.
NOT_COMPUTED = {"postgres_md5"}
STRICTER = {
    "error-too-long": {"password.too-long"},
    "unsupported": {"password.hash-unsupported"},
    "refuse-too-expensive": {"password.hash-cost"},
    # crypt_blowfish mangles $2a$ passwords with \xff\xa3; no other program does.
    "nomatch-elsewhere": {"nomatch"},
}

#: So that several processes share the work.
PARTS = 4


def _verdict(hash: str, password: bytes) -> str:
    try:
        passwords.verify(password, hash)
    except PasswordMismatch:
        return "nomatch"
    except InvalidInput as error:
        return error.code.replace("password.hash-malformed", "malformed")
    return "match"


@pytest.mark.parametrize("part", range(PARTS))
def test_every_published_hash_gets_its_verdict(
    published: Callable[[str], list[Any]], part: int
) -> None:
    """Each match of a supported scheme matches, and nothing malformed looks like a mismatch."""
    wrong = Counter[tuple[str, str, str]]()
    rows = [row for row in published("password_hashes.jsonl") if row["scheme"] not in NOT_COMPUTED]
    # The dear ones, half of the time, say nothing that the others do not.
    rows = [row for row in rows if (row.get("m_kib") or 0) <= 65536 or "expected_strict" in row]
    assert len(rows) > 2700
    for row in rows[part::PARTS]:
        wanted = STRICTER.get(row.get("expected_strict", ""), {row["expected"]})
        got = _verdict(row["hash"], bytes.fromhex(row["password_hex"]))
        wrong[row["scheme"], row["id"], got] += got not in wanted
    assert +wrong == Counter()


def test_every_published_derivation_is_ours(published: Callable[[str], list[Any]]) -> None:
    rows = [row for row in published("kdf.jsonl") if row["alg"] != "argon2id" and _text(row)]
    for row in rows:
        assert passwords.verify(
            bytes.fromhex(row["password_hex"]), _text(row), limits=Limits(1 << 20, 9)
        )
    assert len(rows) >= 6


def _text(row: dict[str, Any]) -> str:
    """Return the hash's text; empty for a derivation that no hash can be."""
    salt, digest = _b64(bytes.fromhex(row["salt_hex"])), bytes.fromhex(row["dk"])
    sizes = {"pbkdf2-sha1": 20, "pbkdf2-sha256": 32, "pbkdf2-sha512": 64}
    if row["alg"] in sizes:
        # PBKDF2's blocks are one after the other: the first is a shorter key's whole.
        size, name = sizes[row["alg"]], row["alg"].removesuffix("-sha1")
        return f"${name}${row['iterations']}${salt}${_b64(digest[:size])}" * (len(digest) >= size)
    if row["alg"] != "scrypt":
        return ""
    log_n = int(row.get("n") or row.get("N")).bit_length() - 1
    return f"$scrypt$ln={log_n},r={row['r']},p={row['p']}${salt}${_b64(digest)}" * (log_n < 17)


def _b64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode().rstrip("=")


#: Source: RFC 6070, section 2. Password, salt, rounds, derived key.
RFC_6070 = [
    (b"password", b"salt", 1, "0c60c80f961f0e71f3a9b524af6012062fe037a6"),
    (b"password", b"salt", 2, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"),
    (b"password", b"salt", 4096, "4b007901b765489abead49d926f721d065a429c1"),
]


@pytest.mark.parametrize(("password", "salt", "rounds", "key"), RFC_6070)
def test_pbkdf2_of_rfc_6070(password: bytes, salt: bytes, rounds: int, key: str) -> None:
    text = f"$pbkdf2${rounds}${_b64(salt)}${_b64(bytes.fromhex(key))}"
    assert passwords.verify(password, text).scheme == "pbkdf2-sha1"


#: Source: RFC 7914, section 12; the last one, of 1 GiB, stands in the test of limits.
RFC_7914 = [
    (
        *(b"", b"", 4, 1, 1),
        (
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
            "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
        ),
    ),
    (
        *(b"password", b"NaCl", 10, 8, 16),
        (
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
            "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
        ),
    ),
    (
        *(b"pleaseletmein", b"SodiumChloride", 14, 8, 1),
        (
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
            "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
        ),
    ),
]


@pytest.mark.parametrize(("password", "salt", "log_n", "r", "p", "key"), RFC_7914)
def test_scrypt_of_rfc_7914(
    password: bytes, salt: bytes, log_n: int, r: int, p: int, key: str
) -> None:
    text = f"$scrypt$ln={log_n},r={r},p={p}${_b64(salt)}${_b64(bytes.fromhex(key))}"
    assert passwords.verify(password, text).scheme == "scrypt"
    with pytest.raises(PasswordMismatch):
        passwords.verify(password + b"x", text)


def test_argon2id_is_that_of_rfc_9106() -> None:
    """RFC 9106's vector has a key and associated data, which no password hash has.

    So another implementation is held to the vector, and ours to it.
    """
    oracle = requirements.require_package("cryptography.hazmat.primitives.kdf.argon2")
    from cryptography.exceptions import UnsupportedAlgorithm

    sizes = {"length": 32, "iterations": 3, "lanes": 4, "memory_cost": 32}
    try:
        vector = oracle.Argon2id(salt=b"\2" * 16, secret=b"\3" * 8, ad=b"\4" * 12, **sizes)
    except UnsupportedAlgorithm:
        requirements.missing("argon2 of OpenSSL")
    tag = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
    assert vector.derive(b"\1" * 32).hex() == tag
    ours = oracle.Argon2id(salt=b"\2" * 16, **sizes).derive(b"\1" * 32)
    text = f"$argon2id$v=19$m=32,t=3,p=4${_b64(bytes([2] * 16))}${_b64(ours)}"
    assert passwords.verify(b"\1" * 32, text)


@given(st.binary(max_size=60), st.binary(min_size=8, max_size=32), st.integers(1, 50))
def test_pbkdf2_is_that_of_another_implementation(
    password: bytes, salt: bytes, rounds: int
) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

    key = PBKDF2HMAC(hashes.SHA512(), 64, salt, rounds).derive(password)
    assert passwords.verify(password, f"$pbkdf2-sha512${rounds}${_b64(salt)}${_b64(key)}")


def test_the_dear_vector_of_rfc_7914_is_refused_unasked() -> None:
    text = f"$scrypt$ln=20,r=8,p=1${_b64(b'SodiumChloride')}${_b64(bytes(64))}"
    with pytest.raises(HashUnusable, match="1 GiB of memory") as refused:
        passwords.verify(b"pleaseletmein", text)
    assert refused.value.code == "password.hash-cost"
