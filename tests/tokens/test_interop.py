"""Every token minted verifies in PyJWT and joserfc, and theirs in ours."""

from __future__ import annotations

import time

import joserfc.jwt
import jwt
import pytest
from joserfc.jwk import import_key
from joserfc.jws import JWSRegistry

from authcli import keys, tokens
from authcli.keys import ALGORITHMS, Key
from authcli.secret import Secret
from authcli.tokens.verifier import Verifier
from tests.tokens.forging import key_for

CLAIMS = {"sub": "alice", "n": 1, "f": 0.5, "text": "caf\u00e9 \U0001f511", "list": [None, True]}
PYJWT = sorted(ALGORITHMS.keys() & jwt.algorithms.get_default_algorithms().keys())
JOSERFC = sorted(ALGORITHMS.keys() & JWSRegistry.algorithms.keys())


def native(key: Key) -> object:
    return key.native.reveal() if isinstance(key.native, Secret) else key.native


def public_native(key: Key) -> object:
    return native(key) if key.kty == "oct" else key.public().native


def joserfc_key(key: Key) -> object:
    return import_key(keys.to_jwk(key, private=True))


def test_the_libraries_know_what_we_compare_with() -> None:
    """Should one of them drop an algorithm, the comparison must not shrink in silence."""
    assert len(PYJWT) >= 14
    assert len(JOSERFC) >= 14
    assert set(ALGORITHMS) - set(PYJWT) - set(JOSERFC) <= {
        *("Ed25519", "Ed448", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87")
    }


@pytest.mark.parametrize("algorithm", PYJWT)
def test_pyjwt_verifies_what_is_minted(algorithm: str) -> None:
    key = key_for(algorithm)
    token = tokens.mint(CLAIMS, key=key, algorithm=algorithm)
    claims = jwt.decode(token, public_native(key), algorithms=[algorithm])
    assert claims.items() >= CLAIMS.items()
    assert jwt.get_unverified_header(token)["alg"] == algorithm


@pytest.mark.parametrize("algorithm", PYJWT)
def test_what_pyjwt_mints_verifies(algorithm: str) -> None:
    key = key_for(algorithm)
    claims = {**CLAIMS, "exp": int(time.time()) + 60}
    token = jwt.encode(claims, native(key), algorithm=algorithm)
    assert tokens.verify(token, key=key).payload == claims


@pytest.mark.parametrize("algorithm", JOSERFC)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::joserfc.errors.SecurityWarning")
def test_joserfc_verifies_what_is_minted(algorithm: str) -> None:
    key = key_for(algorithm)
    token = tokens.mint(CLAIMS, key=key, algorithm=algorithm)
    decoded = joserfc.jwt.decode(token, joserfc_key(key), algorithms=[algorithm])
    assert decoded.claims.items() >= CLAIMS.items()


@pytest.mark.parametrize("algorithm", JOSERFC)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::joserfc.errors.SecurityWarning")
def test_what_joserfc_mints_verifies(algorithm: str) -> None:
    key = key_for(algorithm)
    claims = {**CLAIMS, "exp": int(time.time()) + 60}
    token = joserfc.jwt.encode({"alg": algorithm}, claims, joserfc_key(key), algorithms=[algorithm])
    assert tokens.verify(token, key=key).payload == claims


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_signs_what_it_verifies_and_nothing_else(algorithm: str) -> None:
    key = key_for(algorithm)
    token = tokens.mint(CLAIMS, key=key, algorithm=algorithm)
    assert tokens.verify(token, key=key, algorithms=algorithm).algorithm == algorithm
    assert tokens.decode(token).header["alg"] == algorithm


@pytest.mark.parametrize(
    "algorithm", [name for name in ALGORITHMS if name[1:2] != "S" or name[0] in "HE"]
)
def test_another_key_of_the_same_kind_does_not_verify(algorithm: str) -> None:
    token = tokens.mint(CLAIMS, key=key_for(algorithm), algorithm=algorithm)
    report = Verifier(keys.generate(algorithm)).check(token)
    assert report.check("signature").code == "token.signature"
