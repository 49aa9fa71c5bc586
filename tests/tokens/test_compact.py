"""Reading three parts of base64url, and nothing that merely resembles them."""

from __future__ import annotations

import time

import pytest

from authcli import tokens
from authcli.encoding import base64url_encode
from authcli.errors import TokenRejected
from authcli.tokens.compact import MAX_TOKEN_BYTES, token_text
from tests.tokens.forging import LIVE, NOW, hmac_signed, secret_key, unsigned

HEADER = base64url_encode(b'{"alg":"HS256"}')
LONG_NUMBER = b'{"exp":' + b"9" * 190_000 + b"}"
GOOD = hmac_signed({"alg": "HS256"})


def refused(token: str | bytes, **options: bool) -> TokenRejected:
    with pytest.raises(TokenRejected) as error:
        tokens.decode(token, **options)
    with pytest.raises(TokenRejected) as verdict:
        tokens.verify(token, key=secret_key(), at=NOW, **options)
    assert verdict.value.report.check("signature").status != "pass"
    assert error.value.report.failures
    return error.value


@pytest.mark.parametrize(
    ("token", "says"),
    [
        ("", "the token is empty"),
        ("abc", "the token has 1 part; a signed one has 3"),
        ("a.b", "the token has 2 parts; a signed one has 3"),
        ("a.b.c.d", "the token has 4 parts; a signed one has 3"),
        ("a.b.c.d.e", "this token is encrypted (JWE, 5 parts)"),
        (f".{HEADER}.", "the token's header is empty"),
        (f"{HEADER}..c2ln", "the token's payload is empty: a detached JWS"),
        ('{"payload":"e30","signatures":[]}', "this is JSON, perhaps a JWS"),
        (f"{HEADER}.e30=.c2ln", "the token's payload is padded"),
        (f"{HEADER}.e30.c2l", "the token's signature is not canonical base64url"),
        (f"{HEADER}.e30.c2lnA", "cannot be"),
        (f"{HEADER}.e3 0.c2ln", "a stray character at position 3"),
        (f"{HEADER}.e30\n.c2ln", "a stray character at position 4"),
        (f" {GOOD}", "a stray character at position 1"),
        (f"{GOOD}\n", "stray character"),
        (GOOD.replace(".", ".\u200b", 1), "not ASCII, at position"),
        (b"\xff\xfe" + GOOD.encode(), "stray character"),
        (f"{HEADER}.e+0.c2ln", "stray character"),
    ],
)
def test_what_is_not_canonical_is_refused_in_words(token: str | bytes, says: str) -> None:
    error = refused(token)
    assert says in error.message
    assert error.code == "token.malformed"


def test_a_copied_token_with_a_line_break_gets_the_hint() -> None:
    assert "line break" in str(refused(f"{HEADER}.e\n0.c2ln").hint)
    assert "not base64url" in str(refused(f"{HEADER}.e+0.c2ln").hint)
    assert "--lenient" in str(refused(f"{HEADER}.e30=.c2ln").hint)


@pytest.mark.parametrize(
    "header",
    [
        b"[]",
        b'"alg"',
        b"{}",
        b'{"alg":"HS256"',
        b'{"alg":"HS256"}x',
        b'{"alg":"HS256","alg":"HS256"}',
        b'{"alg":"none","alg":"HS256"}',
        b'{"alg":"HS256","\\u0061lg":"none"}',
        b'\xef\xbb\xbf{"alg":"HS256"}',
        '{"alg":"HS256"}'.encode("utf-16"),
        b'{"alg":"HS256","x":"\xff"}',
        b'{"alg":"HS256","x":NaN}',
        b'{"alg":"HS256","x":1e999}',
        b'{"alg":256}',
        b'{"alg":["HS256"]}',
        b'{"alg":null}',
        b'{"alg":"HS256","kid":1}',
        b'{"alg":"HS256","typ":{}}',
        b'{"alg":"HS256","x":' + b"[" * 65 + b"]" * 65 + b"}",
    ],
)
def test_a_header_that_two_readers_may_take_differently_is_refused(header: bytes) -> None:
    """RFC 7515, section 4: duplicate members, BOM, NaN, wrong types, depth."""
    assert refused(unsigned(header, LIVE, b"sig")).code == "token.malformed"


@pytest.mark.parametrize(
    "payload",
    [
        b"[]",
        b"alice",
        b"",
        b'{"sub":"a","sub":"b"}',
        b'{"x":{"y":1,"y":2}}',
        b'\xef\xbb\xbf{"sub":"a"}',
        '{"sub":"a"}'.encode("utf-16"),
        b'{"exp":NaN}',
        b'{"exp":Infinity}',
        b'{"exp":1e999}',
        b'{"x":"\xc3\x28"}',
    ],
)
def test_a_payload_that_two_readers_may_take_differently_is_refused(payload: bytes) -> None:
    token = hmac_signed({"alg": "HS256"}, payload)
    with pytest.raises(TokenRejected):
        tokens.verify(token, key=secret_key(), at=NOW)
    with pytest.raises(TokenRejected):
        tokens.decode(token)


def test_lenient_forgives_padding_and_says_which() -> None:
    """An issuer that pads signs the padded text, so that text is what is verified."""
    padded = ".".join(part + "=" * (-len(part) % 4) for part in GOOD.split("."))
    decoded = tokens.decode(f"{GOOD}=", lenient=True)
    assert decoded.forgiven == ("the '=' padding of the signature",)
    report = tokens.verify(f"{GOOD}=", key=secret_key(), at=NOW, lenient=True).report
    assert report.warnings == ("forgiven: the '=' padding of the signature",)
    assert tokens.decode(padded, lenient=True).payload == LIVE


@pytest.mark.parametrize("tail", ["==", "===", "====", "=A", "= "])
def test_lenient_forgives_right_padding_alone(tail: str) -> None:
    refused(GOOD + tail, lenient=True)


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize(
    ("token", "part"),
    [
        (f"{GOOD}==", "signature"),
        (f"{HEADER}.e30==.c2ln", "payload"),
        (f"{HEADER}.e30.c2lnYQ=", "signature"),
        (f"{HEADER}.e30.c2ln====", "signature"),
    ],
)
def test_wrong_padding_is_not_sent_to_lenient(token: str, part: str, lenient: bool) -> None:
    """One '=' where two belong: --lenient does not forgive it, so its name is no help."""
    error = refused(token, lenient=lenient)
    assert f"the token's {part} is wrongly padded with '='" in error.message
    assert "--lenient" not in (error.hint or "")


def test_a_token_of_the_greatest_size_is_read_and_one_byte_more_is_not() -> None:
    room = MAX_TOKEN_BYTES - len(f"{HEADER}..") - 43
    payload = b'{"x":"' + b"a" * (room * 3 // 4 - 10) + b'"}'
    token = hmac_signed({"alg": "HS256"}, payload)
    assert len(token) <= MAX_TOKEN_BYTES
    assert len(token_text("A" * MAX_TOKEN_BYTES)) == MAX_TOKEN_BYTES
    assert tokens.decode(token).payload["x"]
    assert "over the limit" in refused(token + "A" * (MAX_TOKEN_BYTES - len(token) + 1)).message


@pytest.mark.parametrize(
    "token",
    [
        "A" * 20_000_000,
        b"A" * 20_000_000,
        "." * 1_000_000,
        unsigned({"alg": "HS256"}, b"[" * 5000 + b"]" * 5000, b"sig"),
        unsigned({"alg": "HS256"}, b'{"a":' * 5000 + b"1" + b"}" * 5000, b"sig"),
        unsigned({"alg": "HS256"}, b"{" * 5000, b"sig"),
        unsigned({"alg": "HS256"}, b"[" * 190_000, b"sig"),
        unsigned({"alg": "HS256"}, b"[[" * 2500 + b'"' * 9, b"sig"),
        unsigned({"alg": "HS256"}, LONG_NUMBER, b"sig"),
        unsigned(b"[" * 100_000, {}, b"sig"),
        "{" * 1_000_000,
        "é" * 1_000_000,
    ],
    ids=lambda token: f"{type(token).__name__}-{len(token)}",
)
def test_huge_and_deep_tokens_are_refused_within_a_second(token: str | bytes) -> None:
    start = time.perf_counter()
    refused(token)
    assert time.perf_counter() - start < 1
