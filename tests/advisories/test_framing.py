"""Attacks on the reading: two readers of one text that find two tokens in it."""

from __future__ import annotations

import json
import time

import pytest

from authcli import tokens
from authcli.encoding import base64url_encode
from authcli.errors import TokenRejected
from tests.tokens.forging import LIVE, NOW, hmac_signed, key_for, secret_key, signed, unsigned

KEY = secret_key()
GOOD = hmac_signed({"alg": "HS256"})


def rejected(token: str) -> str | None:
    with pytest.raises(TokenRejected) as refused:
        tokens.verify(token, key=KEY, at=NOW)
    return refused.value.code


def test_cve_2022_39227_compact_and_json_in_one_text() -> None:
    """python-jwt: one parser verified the JSON form, another took the claims from its inside."""
    header, payload, signature = GOOD.split(".")
    evil = base64url_encode(json.dumps({**LIVE, "sub": "root"}).encode())
    mixed = (
        f'{{"  {header}.{evil}.":"","protected":"{header}", '
        f'"payload":"{payload}","signature":"{signature}"}}'
    )
    assert rejected(mixed) == "token.malformed"


def test_rfc_7515_4_duplicate_members() -> None:
    """The first `alg` for the filter, the last for the verifier."""
    for header in ('{"alg":"none","alg":"HS256"}', '{"alg":"HS256","\\u0061lg":"HS256"}'):
        assert rejected(hmac_signed(header)) == "token.malformed"


def test_rfc_7519_4_duplicate_claims() -> None:
    for payload in ('{"sub":"alice","sub":"root"}', '{"act":{"sub":"a","sub":"b"}}'):
        assert rejected(hmac_signed({"alg": "HS256"}, payload)) == "token.claims"


def test_rfc_4648_3_5_base64url_has_one_spelling() -> None:
    """Spare bits, padding, line breaks: a deny list of tokens misses the other spellings."""
    head, _, tail = GOOD.rpartition(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    # 43 characters carry 32 bytes and two spare bits: three more spellings of the last one.
    last = alphabet.index(tail[-1])
    twins = [tail[:-1] + alphabet[last + spare] for spare in (1, 2, 3)]
    twins += [f"{tail}=", f"{tail}\n", f" {tail}", f"{tail[:9]}\r\n{tail[9:]}", f"{tail}%3D"]
    for respelt in twins:
        assert rejected(f"{head}.{respelt}") == "token.malformed"
    for separator in ("..", ". ", "\u3002", "\uff0e", ",", "/"):
        assert rejected(GOOD.replace(".", separator, 1)) == "token.malformed"


def test_cve_2025_61920_oversized_parts() -> None:
    """Authlib: parts of hundreds of megabytes were decoded before anybody asked for a key."""
    for token in (
        f"{'A' * 10_000_000}.e30.c2ln",
        f"e30.{'A' * 10_000_000}.c2ln",
        f"e30.e30.{'A' * 10_000_000}",
        "." * 10_000_000,
    ):
        start = time.perf_counter()
        assert rejected(token) == "token.malformed"
        assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b"[{"])
def test_billions_of_brackets(opening: bytes) -> None:
    """Python's reader recurses: depth is bounded before it is asked."""
    for count in (100, 5000, 60_000):
        closing = {b"[": b"]", b'{"a":': b"}", b"[{": b"}]"}[opening]
        deep = opening * count + b"1" + closing * count
        for payload in (deep[:180_000], deep):
            assert rejected(unsigned({"alg": "HS256"}, payload, b"sig")) is not None
            assert rejected(unsigned(payload, {}, b"sig")) == "token.malformed"


def test_cve_2024_33664_a_compressed_bomb_is_not_inflated() -> None:
    """python-jose: `zip: DEF` in a JWE; here `zip` means nothing and a JWE is refused unread."""
    assert rejected(f"{base64url_encode(b'{}')}....") == "token.malformed"
    header = {"alg": "HS256", "zip": "DEF"}
    assert tokens.verify(hmac_signed(header), key=KEY, at=NOW).payload == LIVE


def test_rfc_7797_7_an_unencoded_payload_is_not_for_jwts() -> None:
    """`b64: false` changes what was signed: a reader that ignores it sees other claims."""
    for value in (False, True, "false"):
        for crit in ({}, {"crit": ["b64"]}):
            token = hmac_signed({"alg": "HS256", "b64": value, **crit})
            assert rejected(token) == "token.critical"


def test_cve_2026_32597_and_cve_2025_59420_unknown_critical_extensions() -> None:
    """PyJWT and Authlib accepted tokens whose `crit` they did not understand."""
    for crit in (
        ["x-policy"],
        ["x-policy", "x-policy"],
        ["missing"],
        ["alg"],
        ["exp"],
        [],
        [""],
        [1],
        [None],
        [["x-policy"]],
        "x-policy",
        {"x-policy": 1},
        None,
        0,
        False,
    ):
        token = hmac_signed({"alg": "HS256", "x-policy": 1, "crit": crit})
        assert rejected(token) == "token.critical"


def test_a_byte_order_mark_and_other_encodings() -> None:
    """PyJWT reads UTF-16 payloads that others refuse."""
    text = json.dumps(LIVE)
    for payload in (b"\xef\xbb\xbf" + text.encode(), text.encode("utf-16"), text.encode("utf-32")):
        assert rejected(hmac_signed({"alg": "HS256"}, payload)) == "token.claims"


def test_a_nested_token_is_not_unwrapped() -> None:
    """cty: JWT says the payload is a token; what was verified is the outer one alone."""
    inner = signed({"alg": "ES256"}, key=key_for("ES256"), algorithm="ES256")
    assert rejected(hmac_signed({"alg": "HS256", "cty": "JWT"}, inner)) == "token.claims"
