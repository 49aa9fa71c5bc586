"""Signatures: raw in form, and from no key of another family."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from authcli.encoding import base64url_encode
from authcli.errors import KeyWrong
from authcli.keys import ALGORITHMS, Key
from authcli.secret import Secret
from authcli.tokens import engine
from tests.tokens.forging import SECRET, key_for, secret_key

#: RFC 7518, sections 3.2 and 3.4; RFC 8032; RFC 8812; FIPS 204, table 2.
SIGNATURE_BYTES = {
    "HS256": 32,
    "HS384": 48,
    "HS512": 64,
    "ES256": 64,
    "ES256K": 64,
    "ES384": 96,
    "ES512": 132,
    "Ed25519": 64,
    "Ed448": 114,
    "ML-DSA-44": 2420,
    "ML-DSA-65": 3309,
    "ML-DSA-87": 4627,
}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_has_an_engine_which_knows_its_own_signatures_alone(algorithm: str) -> None:
    key = key_for(algorithm)
    signature = engine.signer(algorithm, key)(b"message")
    verifies = engine.verifier(algorithm, key)
    assert verifies(b"message", signature)
    assert not verifies(b"another message", signature)
    assert not verifies(b"message", signature[:-1] + bytes([signature[-1] ^ 1]))
    assert not verifies(b"message", signature[:-1])
    assert not verifies(b"message", b"")


@pytest.mark.parametrize(("algorithm", "size"), SIGNATURE_BYTES.items())
def test_a_signature_has_the_length_of_its_standard(algorithm: str, size: int) -> None:
    key = key_for(algorithm)
    sign = engine.signer(algorithm, key)
    for _ in range(5):
        signature = sign(b"message")
        assert len(signature) == size
        assert engine.verifier(algorithm, key)(b"message", signature)


def test_an_hmac_is_the_standard_librarys() -> None:
    signature = engine.signer("HS256", secret_key())(b"message")
    assert signature == hmac.new(SECRET, b"message", hashlib.sha256).digest()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_no_engine_takes_a_key_of_another_family(algorithm: str) -> None:
    """A second lock: the callers have settled this before."""
    family = ALGORITHMS[algorithm].kty, ALGORITHMS[algorithm].crvs
    for other in ("HS256", "RS256", "ES256", "ES384", "ES256K", "Ed25519", "ML-DSA-44"):
        key = key_for(other)
        fits = key.kty == family[0] and (not family[1] or key.crv in family[1])
        if not fits:
            for prepare in (engine.signer, engine.verifier):
                with pytest.raises(KeyWrong, match=algorithm):
                    prepare(algorithm, key)


@pytest.mark.parametrize("name", ["none", "hs256", "ES521", "", "HS256\n"])
def test_an_unknown_algorithm_has_no_engine(name: str) -> None:
    with pytest.raises(KeyWrong):
        engine.signer(name, secret_key())


def test_a_secret_that_is_the_text_of_a_key_signs_nothing_and_is_not_quoted() -> None:
    """A last lock against HS/RS confusion, behind the readers': CVE-2016-10555, CVE-2022-29217."""
    marker = b"-----BEGIN PUBLIC KEY-----\nplanted-marker\n-----END PUBLIC KEY-----\n"
    members = {"k": Secret(base64url_encode(marker))}
    key = Key(kty="oct", size_bits=len(marker) * 8, found="test", private_members=members)
    with pytest.raises(KeyWrong) as refused:
        engine.signer("HS256", key)
    assert "planted" not in f"{refused.value!r} {refused.value.hint}"
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None
