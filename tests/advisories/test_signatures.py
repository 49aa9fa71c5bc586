"""Attacks on the signature itself: absent, blank, re-encoded, or given away."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from authcli import tokens
from authcli.encoding import base64url_decode, base64url_encode
from authcli.errors import TokenRejected
from authcli.keys import ALGORITHMS, Key
from tests.tokens.forging import (
    LIVE,
    NOW,
    SECRET,
    hmac_signed,
    key_for,
    secret_key,
    signed,
    signing_input,
    unsigned,
)

ORDERS = {
    "ES256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "ES256K": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
}


def rejected(token: str, key: Key) -> str | None:
    with pytest.raises(TokenRejected) as refused:
        tokens.verify(token, key=key, at=NOW)
    return refused.value.code


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_cve_2020_28042_no_signature_at_all(algorithm: str) -> None:
    """ServiceStack and others: an empty signature, or one of another length, was let through."""
    key = key_for(algorithm)
    for signature in (b"", b"\x00", b"x" * 31, b"x" * 5000):
        assert rejected(unsigned({"alg": algorithm}, LIVE, signature), key) == "token.signature"
    assert rejected(signing_input({"alg": algorithm}, LIVE), key) == "token.malformed"
    with pytest.raises(TokenRejected, match="the signature is empty"):
        tokens.verify(unsigned({"alg": algorithm}), key=key, at=NOW)


@pytest.mark.parametrize(
    ("algorithm", "size"), [("ES256", 32), ("ES256K", 32), ("ES384", 48), ("ES512", 66)]
)
def test_cve_2022_21449_psychic_signatures(algorithm: str, size: int) -> None:
    """Java 15 to 18: an ECDSA signature of r = s = 0 verified any message under any key."""
    key = key_for(algorithm)
    order = ORDERS.get(algorithm, 0)
    numbers = {0, 1, order % 256**size, 256**size - 1}
    for r in numbers:
        for s in numbers:
            signature = r.to_bytes(size) + s.to_bytes(size)
            forged = unsigned({"alg": algorithm}, LIVE, signature)
            assert rejected(forged, key) == "token.signature"


@pytest.mark.parametrize("algorithm", ["ES256", "ES384", "ES512", "ES256K"])
def test_rfc_7518_3_4_an_ecdsa_signature_has_one_length_and_no_der(algorithm: str) -> None:
    """A DER signature, or r and s stripped or padded, is a second spelling of the same token."""
    key = key_for(algorithm)
    token = signed({"alg": algorithm}, key=key, algorithm=algorithm)
    assert tokens.verify(token, key=key, at=NOW)
    head, _, tail = token.rpartition(".")
    raw = base64url_decode(tail)
    half = len(raw) // 2
    der = encode_dss_signature(int.from_bytes(raw[:half]), int.from_bytes(raw[half:]))
    padded = b"\x00" + raw[:half] + b"\x00" + raw[half:]
    for respelt in (der, padded, raw + b"\x00", raw[1:], raw[:-1], raw * 2):
        assert rejected(f"{head}.{base64url_encode(respelt)}", key) == "token.signature"


def test_rfc_8017_8_2_2_an_rsa_signature_is_as_long_as_its_modulus() -> None:
    key = replace(key_for("RS256"), alg=None)
    for algorithm in ("RS256", "PS256"):
        token = signed({"alg": algorithm}, key=key, algorithm=algorithm)
        head, _, tail = token.rpartition(".")
        raw = base64url_decode(tail)
        for respelt in (
            b"\x00" + raw,
            raw + b"\x00",
            raw[:-1],
            bytes(len(raw)),
            b"\xff" * len(raw),
        ):
            assert rejected(f"{head}.{base64url_encode(respelt)}", key) == "token.signature"


def test_rfc_8032_5_1_7_an_ed25519_signature_is_not_malleable() -> None:
    """S and S + L verify alike where S is not bounded: one token, two signatures."""
    key = key_for("EdDSA")
    token = signed({"alg": "EdDSA"}, key=key, algorithm="EdDSA")
    head, _, tail = token.rpartition(".")
    raw = base64url_decode(tail)
    order = 2**252 + 27742317777372353535851937790883648493
    scalar = int.from_bytes(raw[32:], "little") + order
    respelt = raw[:32] + scalar.to_bytes(32, "little")
    assert rejected(f"{head}.{base64url_encode(respelt)}", key) == "token.signature"


def test_an_hmac_is_not_truncated() -> None:
    """A comparison of the shorter length accepts one byte in 256 tries."""
    token = hmac_signed({"alg": "HS256"})
    head, _, tail = token.rpartition(".")
    raw = base64url_decode(tail)
    for cut in (raw[:1], raw[:16], raw[:31], raw + b"\x00"):
        assert rejected(f"{head}.{base64url_encode(cut)}", secret_key()) == "token.signature"


def test_cve_2019_7644_the_right_signature_is_never_told() -> None:
    """Auth0-WCF-Service-JWT: the error for a wrong signature held the right one."""
    text = signing_input({"alg": "HS256"}, LIVE)
    right = hmac.new(SECRET, text.encode(), hashlib.sha256).digest()
    with pytest.raises(TokenRejected) as refused:
        tokens.verify(f"{text}.{base64url_encode(b'x' * 32)}", key=secret_key(), at=NOW)
    error = refused.value
    said = f"{error!r} {error} {error.hint} {error.report!r}"
    for secret in (right, SECRET):
        for spelling in (base64url_encode(secret), secret.hex(), repr(secret)):
            assert spelling not in said


def test_a_signature_of_other_claims_does_not_transfer() -> None:
    one = hmac_signed({"alg": "HS256"}, {**LIVE, "sub": "alice"})
    other = hmac_signed({"alg": "HS256"}, {**LIVE, "sub": "root"})
    crossed = ".".join((*other.split(".")[:2], one.split(".")[2]))
    assert rejected(crossed, secret_key()) == "token.signature"
