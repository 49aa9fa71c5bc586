"""Round trips over any bytes in every form, and what no mutation may do."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authcli.encoding import base64url_encode
from authcli.errors import TokenRefused, TokenRejected
from authcli.tokens import jws
from tests.tokens.forging import key_for
from tests.tokens.jws.writing import SECRET, entry

FORMS = ("compact", "flattened", "general")
ALGORITHMS = ("ES256", "EdDSA", "HS256", "ML-DSA-44", "PS256")


def written(form: str, payload: bytes, *, unencoded: bool, detached: bool) -> str:
    """Return a payload signed with `SECRET`, in any form."""
    if form == "compact":
        return jws.sign(payload, key=SECRET, unencoded=unencoded, detached=detached)
    header: dict[str, object] = {"alg": "HS256"}
    header |= {"b64": False, "crit": ["b64"]} if unencoded else {}
    signed = payload if unencoded else base64url_encode(payload).encode()
    one = entry(header, signed=signed, header={"kid": "mac"})
    whole = one if form == "flattened" else {"signatures": [one, one]}
    return json.dumps(whole if detached else {"payload": signed.decode(), **whole})


@given(payload=st.binary(), form=st.sampled_from(FORMS), unencoded=st.booleans())
@settings(max_examples=200)
def test_any_payload_comes_back_detached(payload: bytes, form: str, unencoded: bool) -> None:
    text = written(form, payload, unencoded=unencoded, detached=True)
    verified = jws.verify(text, key=SECRET, payload=payload, require_all=True)
    assert (verified.payload, verified.form, verified.detached) == (payload, form, True)
    anatomy = jws.inspect(text)
    assert (anatomy.detached, anatomy.encoded, anatomy.payload) == (True, not unencoded, None)


@given(payload=st.binary(min_size=1), form=st.sampled_from(FORMS))
@settings(max_examples=200)
def test_any_payload_comes_back_with_its_signature(payload: bytes, form: str) -> None:
    text = written(form, payload, unencoded=False, detached=False)
    for given_text in (text, text.encode()):
        verified = jws.verify(given_text, key=SECRET, require_all=True)
        assert (verified.payload, verified.form, verified.detached) == (payload, form, False)
    anatomy = jws.inspect(text)
    assert anatomy.payload is not None
    assert anatomy.payload.data == payload


@given(text=st.text(st.characters(codec="utf-8"), min_size=1), form=st.sampled_from(FORMS[1:]))
def test_any_text_comes_back_unencoded(text: str, form: str) -> None:
    signed = written(form, text.encode(), unencoded=True, detached=False)
    assert jws.verify(signed, key=SECRET).payload == text.encode()


@given(text=st.text([chr(code) for code in range(32, 127) if code != 46], min_size=1))
def test_printable_text_comes_back_unencoded_and_compact(text: str) -> None:
    signed = written("compact", text.encode(), unencoded=True, detached=False)
    assert signed.split(".")[1] == text
    assert jws.verify(signed, key=SECRET).payload == text.encode()


@pytest.fixture(scope="module")
def signed() -> dict[tuple[str, bool], str]:
    return {
        (name, detached): jws.sign(
            b"the payload", key=key_for(name), algorithm=name, detached=detached
        )
        for name in ALGORITHMS
        for detached in (False, True)
    }


@given(
    name=st.sampled_from(ALGORITHMS),
    detached=st.booleans(),
    at=st.integers(0, 10**6),
    bit=st.integers(0, 6),
)
@settings(max_examples=300)
def test_no_flipped_bit_verifies(
    name: str, detached: bool, at: int, bit: int, signed: dict[tuple[str, bool], str]
) -> None:
    text = bytearray(signed[name, detached].encode())
    text[at % len(text)] ^= 1 << bit
    with pytest.raises(TokenRefused):
        jws.verify(bytes(text), key=key_for(name), payload=b"the payload" if detached else None)


@given(payload=st.binary(min_size=1), at=st.integers(0), bit=st.integers(0, 7))
def test_no_flipped_bit_of_a_detached_payload_verifies(payload: bytes, at: int, bit: int) -> None:
    for unencoded in (False, True):
        text = jws.sign(payload, key=SECRET, detached=True, unencoded=unencoded)
        changed = bytearray(payload)
        changed[at % len(payload)] ^= 1 << bit
        for other in (bytes(changed), payload + b"\x00", payload[:-1]):
            with pytest.raises(TokenRejected) as refused:
                jws.verify(text, key=SECRET, payload=other)
            assert refused.value.code == "token.signature"


@given(form=st.sampled_from(FORMS[1:]), data=st.data())
@settings(max_examples=200)
def test_a_changed_json_serialisation_verifies_the_same_payload_or_none(
    form: str, data: st.DataObject
) -> None:
    """What is not signed (an unsigned kid, blanks, unknown members) may change; nothing else."""
    text = written(form, b"the payload", unencoded=False, detached=False)
    at = data.draw(st.integers(0, len(text) - 1))
    insert = data.draw(st.text('{}[],:"abcXYZ019 ', max_size=3))
    changed = text[:at] + insert + text[at + data.draw(st.integers(0, 4)) :]
    try:
        payload = jws.verify(changed, key=SECRET).payload
    except TokenRefused:
        return
    assert payload == b"the payload"
