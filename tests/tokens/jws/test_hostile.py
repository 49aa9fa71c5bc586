"""A JWS as an attacker writes it: each is one verdict, soon, and nothing else is raised."""

from __future__ import annotations

import contextlib
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authcli.encoding import base64url_encode
from authcli.errors import TokenRefused, TokenRejected
from authcli.tokens import jws
from authcli.tokens.jws.serialisations import MAX_JSON_JWS_BYTES, MAX_SIGNATURES
from tests.tokens.forging import secret_key
from tests.tokens.jws.writing import PAYLOAD, SECRET, entry, flattened, general

GOOD = entry({"alg": "HS256"})
SIGNATURE = GOOD["signature"]


def b64(text: str) -> str:
    return base64url_encode(text.encode())


UNENCODED = b64('{"alg":"HS256","b64":false,"crit":["b64"]}')

MALFORMED = {
    "no signatures": (general(), "at least one"),
    "signatures no list": (general(signatures={"0": GOOD}), "at least one"),
    "signatures null": (general(signatures=[None]), "signature 1: not a JSON object"),
    "a thousand signatures": (general(*[GOOD] * 1000), "over the limit of 16"),
    "both forms": (general(GOOD, signature=SIGNATURE), "two forms at once"),
    "a general one with protected": (general(GOOD, protected=GOOD["protected"]), "two forms"),
    "a general one with header": (general(GOOD, header={"kid": "x"}), "two forms"),
    "no signature": (flattened(signature=None), "neither a signature nor signatures"),
    "a signature within without one": (general({"protected": b64('{"alg":"HS256"}')}), "missing"),
    "signature a number": (flattened(signature=1), "not a string"),
    "signature with padding": (flattened(signature=f"{SIGNATURE}="), "padding"),
    "signature not canonical": (flattened(signature="AB"), "not canonical"),
    "payload a number": (flattened(payload=1), "not a string"),
    "payload an object": (flattened(payload={"a": 1}), "not a string"),
    "payload not base64url": (flattened(payload="a b"), "not base64url"),
    "payload not canonical": (flattened(payload="QQB"), "not canonical"),
    "payload beyond ASCII": (flattened(payload="\u00e9"), "not base64url"),
    "protected empty": (flattened(protected=""), "leave it out"),
    "protected a number": (flattened(protected=1), "leave it out"),
    "protected a list": (flattened(protected=b64("[]")), "not a JSON object"),
    "protected twice": (flattened(protected=b64('{"alg":"HS256","alg":"none"}')), "twice"),
    "protected deep": (flattened(protected=b64('{"a":' + "[" * 99 + "]" * 99 + "}")), "deeper"),
    "header empty": (flattened(header={}), "leave it out"),
    "header a list": (flattened(header=["alg"]), "leave it out"),
    "header null": (flattened().replace('"signature"', '"header": null, "signature"'), "leave it"),
    "headers overlap": (flattened(header={"alg": "HS256"}), "twice, protected and unprotected"),
    "no header": (flattened(protected=None), "the header has no alg"),
    "no alg": (flattened(protected=b64("{}")), "no alg"),
    "alg a number": (flattened(protected=b64('{"alg":1}')), "not a string"),
    "kid a number": (flattened(header={"kid": 1}), "not a string"),
    "a member twice": (flattened().replace('"payload"', '"payload": "QQ", "payload"'), "twice"),
    "a member twice within": ('{"signatures":[{"signature":"","signature":""}]}', "twice"),
    "half a surrogate pair": (
        flattened(protected=UNENCODED, payload="\ud800"),
        "surrogate",
    ),
    "a general JWE": ('{"ciphertext":"","protected":"e30","recipients":[]}', "JWE"),
    "a flattened JWE": ('{"ciphertext":"","iv":"","tag":"","encrypted_key":""}', "JWE"),
    "a compact JWE": ("a.b.c.d.e", "JWE"),
    "other JSON": ('{"keys":[]}', "no JWS"),
    "nested deeply": ('{"a":' * 100 + "1" + "}" * 100, "deeper"),
    "many arrays": ('{"signatures":[' + "[]," * 20_000 + "[]]}", "more than 10000"),
    "not JSON": ("{", "not JSON"),
    "NaN": ('{"signature":NaN}', "NaN"),
    "too long for JSON": ('{"payload":"' + "A" * MAX_JSON_JWS_BYTES + '"}', "over the limit"),
    "a header too long": (f"{'A' * 300_000}.QQ.QQ", "over the limit"),
    "a signature too long": (flattened(signature="A" * 300_000), "over the limit"),
    "a list": ("[]", "the JWS has 1 part;"),
    "no text": ("", "the JWS is empty"),
    "no parts": ("abc", "1 part"),
    "no header, compact": ("..", "the JWS's header is empty"),
    "line break": (f"{b64('{')}\n.QQ.QQ", "not base64url"),
    "unencoded with a control": (
        f"{UNENCODED}.a\nb.QQ",
        "section 5.2",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_what_readers_could_differ_on_is_malformed(name: str) -> None:
    text, words = MALFORMED[name]
    started = time.monotonic()
    for spelled in (text, text.encode("utf-8", "surrogatepass")):
        with pytest.raises(TokenRejected) as refused:
            jws.verify(spelled, key=SECRET)
        assert refused.value.code == "token.malformed"
        assert words in refused.value.message
        with pytest.raises(TokenRejected):
            jws.inspect(spelled)
    assert time.monotonic() - started < 5


def test_text_beyond_ascii_is_told_by_its_place() -> None:
    with pytest.raises(TokenRejected, match="the JWS holds a character that is not ASCII, at pos"):
        jws.inspect("a.\u00e9.c")


def test_bytes_beyond_ascii_are_malformed_in_every_part() -> None:
    for raw in (
        b"e30\xd0.QQ.QQ",
        b"eyJhbGciOiJIUzI1NiJ9.Q\xd0.QQ",
        b"eyJhbGciOiJIUzI1NiJ9.QQ.Q\xd0",
    ):
        with pytest.raises(TokenRejected) as refused:
            jws.inspect(raw)
        assert refused.value.code == "token.malformed"


def test_as_many_signatures_as_are_allowed_are_read() -> None:
    text = general(*[GOOD] * MAX_SIGNATURES)
    assert len(jws.verify(text, key=SECRET, require_all=True).verified) == MAX_SIGNATURES


def test_many_signatures_do_not_multiply_the_guessing() -> None:
    """Three hundred secrets, sixteen times, over a large payload took seconds."""
    forged = {"protected": b64('{"alg":"HS512"}'), "signature": "A" * 86}
    started = time.process_time()
    jws.inspect(general(*[forged] * MAX_SIGNATURES, payload="A" * 700_000))
    assert time.process_time() - started < 1.5


def test_many_signatures_over_little_are_guessed_each() -> None:
    guessable = entry({"alg": "HS256"}, key=secret_key(b"secret"))
    found = jws.inspect(general(*[guessable] * MAX_SIGNATURES)).findings
    codes = [(one.subject, one.code) for one in found if one.code == "token.lint.common-secret"]
    assert len(codes) == MAX_SIGNATURES


def test_one_malformed_signature_spoils_the_whole() -> None:
    """Readers that skip it, and readers that do not, would differ on the rest."""
    with pytest.raises(TokenRejected, match="signature 2: the header has 'alg' twice"):
        jws.verify(general(GOOD, {**GOOD, "header": {"alg": "HS256"}}), key=SECRET)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(SIGNATURE),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["alg", "kid", "b64", "crit", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["payload", "protected", "header", "signature", "signatures", "ciphertext", "note"]
)


@given(members=st.dictionaries(NAMES, JSON), base=st.booleans())
@settings(max_examples=300)
def test_no_members_raise_anything_but_a_verdict(members: dict[str, object], base: bool) -> None:
    whole = json.loads(flattened() if base else general(GOOD)) | members
    for read in (jws.inspect, lambda text: jws.verify(text, key=SECRET)):
        with contextlib.suppress(TokenRefused):
            read(json.dumps(whole))


@given(text=st.text() | st.binary() | st.text('{}[].:,"eyJ-_ \n'))
def test_no_text_raises_anything_but_a_verdict(text: str | bytes) -> None:
    for read in (jws.inspect, lambda text: jws.verify(text, key=SECRET)):
        with pytest.raises(TokenRefused):
            read(text)


@given(header=JSON)
def test_no_header_raises_anything_but_a_verdict(header: object) -> None:
    for members in (
        {"protected": b64(json.dumps(header))},
        {"header": header},
        {"protected": None, "header": header},
    ):
        with contextlib.suppress(TokenRefused):
            assert jws.verify(flattened(**members), key=SECRET).payload == PAYLOAD
