"""joserfc verifies what is signed here, and the other way round: compact, JSON, detached, b64."""

from __future__ import annotations

import json

import pytest
from joserfc import jws as other
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet as OtherKeySet
from joserfc.jwk import import_key
from joserfc.jws import JWSRegistry

from authcli import keys
from authcli.encoding import base64url_decode, base64url_encode
from authcli.keys import ALGORITHMS, Key, KeySet
from authcli.tokens import jws
from tests.tokens.forging import jwks, key_for, secret_key
from tests.tokens.jws.writing import PAIR, PAYLOAD, SECRET, entry, general

SHARED = sorted(ALGORITHMS.keys() & JWSRegistry.algorithms.keys())
UNENCODED = {"alg": "HS256", "b64": False, "crit": ["b64"]}
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::joserfc.errors.SecurityWarning"
)


def theirs(key: Key) -> object:
    return import_key(keys.to_jwk(key, private=True))


@pytest.mark.parametrize("algorithm", SHARED)
def test_joserfc_verifies_what_is_signed(algorithm: str) -> None:
    key = key_for(algorithm)
    text = jws.sign(PAYLOAD, key=key, algorithm=algorithm, typ="hook")
    found = other.deserialize_compact(text, theirs(key), algorithms=[algorithm])
    assert found.payload == PAYLOAD
    detached = jws.sign(PAYLOAD, key=key, algorithm=algorithm, detached=True)
    assert other.deserialize_compact(
        detached, theirs(key), algorithms=[algorithm], payload=PAYLOAD
    ).payload == PAYLOAD  # fmt: skip
    with pytest.raises(BadSignatureError):
        other.deserialize_compact(detached, theirs(key), algorithms=[algorithm], payload=b"x")


@pytest.mark.parametrize("algorithm", SHARED)
def test_what_joserfc_signs_verifies(algorithm: str) -> None:
    key = key_for(algorithm)
    text = other.serialize_compact({"alg": algorithm}, PAYLOAD, theirs(key), algorithms=[algorithm])
    assert jws.verify(text, key=key).payload == PAYLOAD
    assert jws.verify(other.detach_content(text), key=key, payload=PAYLOAD).payload == PAYLOAD


def test_flattened_and_general_of_joserfc_verify() -> None:
    both = KeySet((SECRET, PAIR.public()))
    member = {"protected": {"alg": "HS256"}, "header": {"kid": "mac"}}
    flat = other.serialize_json(member, PAYLOAD, theirs(SECRET))
    assert jws.verify(json.dumps(flat), key=SECRET).payload == PAYLOAD
    private = keys.to_jwk(PAIR, private=True) | {"kid": "p"}
    public = keys.to_jwk(PAIR.public(), private=False) | {"kid": "p"}
    pair = {"protected": {"alg": "ES256", "kid": "p"}}
    trusted = OtherKeySet([theirs(SECRET), import_key(private)])
    several = other.serialize_json([member, pair], PAYLOAD, trusted)
    text = json.dumps(several)
    named = jwks(keys.to_jwk(SECRET, private=True), public)
    assert len(jws.verify(text, key=named, require_all=True).verified) == 2
    assert jws.verify(text, key=both).payload == PAYLOAD
    for whole in (flat, several):
        detached = json.dumps(other.detach_content(whole))
        assert jws.verify(detached, key=named, payload=PAYLOAD).payload == PAYLOAD


def test_general_of_ours_verifies_in_joserfc() -> None:
    """Written by hand from the same pieces, and read by both."""
    text = general(entry({"alg": "HS256"}, header={"kid": "mac"}))
    assert jws.verify(text, key=SECRET).payload == PAYLOAD
    assert other.deserialize_json(json.loads(text), theirs(SECRET)).payload == PAYLOAD


def test_unencoded_payloads_agree() -> None:
    """RFC 7797, both ways, whole and detached.

    joserfc leaves a payload out unasked where a URL could not hold it.
    """
    key = secret_key()
    ours = jws.sign(b"-02_", key=key, unencoded=True)
    assert other.deserialize_compact(ours, theirs(key)).payload == b"-02_"
    text = other.serialize_compact(UNENCODED, b"-02_", theirs(key))
    assert jws.verify(text, key=key).payload == b"-02_"
    assert ours.split(".")[2] == text.split(".")[2]
    apart = jws.sign(b"$.02", key=key, unencoded=True, detached=True)
    assert other.deserialize_compact(apart, theirs(key), payload=b"$.02").payload == b"$.02"


def test_a_flattened_one_is_a_compact_one_in_other_clothes() -> None:
    text = jws.sign(PAYLOAD, key=SECRET)
    protected, payload, signature = text.split(".")
    flat = {"protected": protected, "payload": payload, "signature": signature}
    assert jws.verify(json.dumps(flat), key=SECRET).payload == base64url_decode(payload)
    assert other.deserialize_json(flat, theirs(SECRET)).payload == PAYLOAD
    assert payload == base64url_encode(PAYLOAD)
