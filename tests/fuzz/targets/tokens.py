"""Compact tokens: as text, and as the header and the claims in them; forgeries never verify."""

from __future__ import annotations

import json
from functools import cache

from authcli import tokens
from authcli.encoding import base64url_encode, compact_json, read_json
from tests.fuzz.model import Target, attempt, promise
from tests.fuzz.targets.encodings import JSON_WORDS
from tests.fuzz.targets.fixed_keys import private_keys, public_set

__all__ = ["GENUINE_AT", "TARGETS", "genuine"]

GENUINE_AT = 1_796_086_800
_CLAIMS = {
    "iss": "https://issuer.example",
    "sub": "alice",
    "aud": ["api", "web"],
    "iat": GENUINE_AT - 60,
    "exp": GENUINE_AT + 900,
    "scope": "read write",
}
#: Members that make a difference, and what attackers have put there.
_WORDS = (
    *(b'"alg":"none"', b'"alg":"HS256"', b'"alg":"ES256"', b'"alg":"EdDSA"', b'"kid":"rs"'),
    *(b'"crit":["b64"]', b'"b64":false', b'"jwk":{"kty":"oct","k":"AA"}', b'"jku":"http://a"'),
    *(b'"typ":"JWT"', b'"cty":"JWT"', b'"zip":"DEF"', b'"x5c":["MA=="]', b'"nbf":', b'"exp":'),
    *(b'"aud":[]', b'"iat":1e3', b'"jti":', b'"cnf":{"jkt":""}', b'"act":{"sub":"a"}'),
    *(b'"events":{}', b'"nonce":', b'"azp":', b'"auth_time":', b'"at_hash":'),
    *JSON_WORDS,
)


@cache
def genuine() -> frozenset[bytes]:
    """Return tokens that were signed with the keys of `private_keys`; nothing else verifies."""
    made = [
        tokens.mint(_CLAIMS, key=key, at=GENUINE_AT, jti=False, **options)
        for key in private_keys().values()
        for options in ({}, {"typ": "at+jwt", "kid": False})
    ]
    return frozenset(token.encode() for token in made)


def _token(data: bytes) -> None:
    verified = attempt(tokens.verify, data, key=public_set(), at=GENUINE_AT, lenient=True)
    if verified is not None:
        signed = {token.rpartition(b".")[0] for token in genuine()}
        promise(data.rpartition(b".")[0] in signed, "only what was signed verifies")
    for lenient in (False, True):
        decoded = attempt(tokens.decode, data, lenient=lenient)
        anatomy = attempt(tokens.inspect, data, at=GENUINE_AT, lenient=lenient)
        if decoded is None:
            continue
        promise(anatomy is not None, "what decodes can be inspected")
        promise(json.loads(decoded.compact.header) == decoded.header, "json reads the same header")
        promise(json.loads(decoded.compact.payload) == decoded.payload, "and the same claims")
        if not lenient:
            texts = (decoded.compact.header, decoded.compact.payload, decoded.compact.signature)
            rebuilt = ".".join(base64url_encode(text) for text in texts)
            promise(rebuilt.encode() == data, "a token has one spelling")
        compared = tokens.diff(data, data, lenient=lenient)
        promise(not compared.differences, "a token differs in nothing from itself")


def _parts(data: bytes) -> None:
    header, _, rest = data.partition(b"\n")
    payload, _, signature = rest.partition(b"\n")
    token = ".".join(base64url_encode(part) for part in (header, payload, signature)).encode()
    _token(token)
    key = private_keys()["hs"]
    edited = attempt(tokens.edit, token, key=key, at=GENUINE_AT)
    if edited is not None:
        before, after = tokens.decode(token), tokens.decode(edited)
        promise(after.payload == before.payload, "an edit without changes changes no claim")
        promise([*after.payload] == [*before.payload], "nor their order")


def _claims(data: bytes) -> None:
    claims = attempt(read_json, data)
    if not isinstance(claims, dict):
        return
    key = private_keys()["hs"]
    token = attempt(tokens.mint, claims, key=key, at=GENUINE_AT)
    if token is None:
        return
    decoded = tokens.decode(token)
    promise(json.dumps(claims) == json.dumps({n: decoded.payload[n] for n in claims}), "as given")
    # Whatever is minted verifies, unless its times or its audience say otherwise.
    verified = attempt(tokens.verify, token, key=key, at=GENUINE_AT)
    promise(verified is None or verified.payload == decoded.payload, "one reading of claims")


def _split(token: bytes) -> bytes:
    header, payload, signature = tokens.decode(token).compact[1:4]
    return b"\n".join((header, payload, signature))


def _claim_seeds() -> list[bytes]:
    return [
        compact_json(_CLAIMS),
        b'{"aud":"a","nbf":1796086000,"cnf":{"jkt":"x"},"roles":["a","b"],"n":1.5}',
        b'{"sub":"\\ud83d\\ude00","act":{"sub":"b","act":{"sub":"c"}},"exp":1796087000.5}',
        b"{}",
    ]


def _part_seeds() -> list[bytes]:
    return [
        *map(_split, sorted(genuine())),
        b'{"alg":"none"}\n{"sub":"a"}\n',
        b'{"alg":"HS256","typ":"JWT","kid":"hs","crit":["exp"],"exp":1}\n{"exp":1}\nabc',
        b'{"alg":"ES256","jwk":{"kty":"EC"},"x5c":["MA=="],"jku":"https://a"}\n[1,2]\nabc',
    ]


TARGETS = {
    "token": Target(
        _token,
        lambda: [*sorted(genuine()), b"a.b.c", b"eyJhbGciOiJub25lIn0.e30.", b"e30.e30.e30"],
        (b".", b"=", b"eyJ", b"e30", b"eyJhbGciOiJub25lIn0", b"eyJhbGciOiJIUzI1NiJ9"),
    ),
    "token-parts": Target(_parts, _part_seeds, _WORDS),
    "claims-set": Target(_claims, _claim_seeds, _WORDS),
}
