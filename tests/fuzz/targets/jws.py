"""JWS in its serialisations: as text, and as the headers and the payload in it."""

from __future__ import annotations

import json
from functools import cache

from authcli.encoding import base64url_decode, base64url_encode, compact_json
from authcli.tokens import jws
from authcli.tokens.jws import serialisations
from tests.fuzz.model import Target, attempt, promise
from tests.fuzz.targets.encodings import JSON_WORDS
from tests.fuzz.targets.fixed_keys import private_keys, public_set

__all__ = ["TARGETS"]

_PAYLOAD = b"any bytes, 12.50 EUR"
_WORDS = (
    *(b'"payload":', b'"protected":', b'"header":', b'"signature":', b'"signatures":[', b'"b64"'),
    *(b'"crit":["b64"],"b64":false', b'"alg":"HS256"', b'"alg":"none"', b'"kid":"ed"', b".."),
    *(b'{"protected":"","signature":""}', b"eyJhbGciOiJIUzI1NiJ9"),
    *JSON_WORDS,
)


@cache
def _signed() -> tuple[str, ...]:
    return tuple(
        jws.sign(_PAYLOAD.replace(b".", b","), key=key, **options)
        for key in private_keys().values()
        for options in ({}, {"detached": True}, {"unencoded": True})
    )


@cache
def _genuine() -> frozenset[tuple[bytes, bytes]]:
    """Return (protected header as written, payload) of all that was signed."""
    payload = _PAYLOAD.replace(b".", b",")
    return frozenset((text.partition(".")[0].encode(), payload) for text in _signed())


def _json_forms() -> list[bytes]:
    parts = [text.split(".") for text in _signed()[::3]]
    signatures = [{"protected": p[0], "signature": p[2]} for p in parts]
    general = {"payload": parts[0][1], "signatures": signatures}
    flattened = {"payload": parts[0][1], "header": {"note": "other", "x": [1]}, **signatures[1]}
    unsigned = {"payload": parts[0][1], "header": {"alg": "HS256"}, "signature": parts[0][2]}
    return [compact_json(general), compact_json(flattened), compact_json(unsigned)]


def _text(data: bytes) -> None:
    for payload in (None, _PAYLOAD.replace(b".", b",")):
        verified = attempt(jws.verify, data, key=public_set(), payload=payload)
        if verified is not None:
            promise(verified.verified, "one signature at least has verified")
            message = serialisations.read(data, payload=payload)
            texts = [one.text for one in message.signatures]
            held = {(text, verified.payload) for text in texts} & _genuine()
            promise(held, "only what was signed verifies")
    anatomy = attempt(jws.inspect, data)
    message = attempt(serialisations.read, data)
    promise((anatomy is None) == (message is None), "what reads can be inspected")
    if message is not None and message.form == "compact" and message.encoded:
        for signature in message.signatures:
            text = base64url_decode(signature.text)
            promise(json.loads(text) == signature.protected, "json reads the same header")


def _parts(data: bytes) -> None:
    form, _, rest = data.partition(b"\n")
    protected, unprotected, payload, *_ = (rest + b"\n\n\n").split(b"\n")
    text = base64url_encode(protected)
    body = base64url_encode(payload)
    signature = base64url_encode(form)
    header = unprotected.decode("utf-8", "replace") or "{}"
    one = f'"protected":"{text}","header":{header},"signature":"{signature}"'
    if form[:1] == b"f":
        made = f'{{"payload":"{body}",{one}}}'
    elif form[:1] == b"g":
        made = f'{{"payload":"{body}","signatures":[{{{one}}},{{{one}}}]}}'
    else:
        made = f"{text}.{body}.{signature}"
    _text(made.encode())


def _part_seeds() -> list[bytes]:
    return [
        b'f\n{"alg":"HS256","b64":false,"crit":["b64"]}\n{"kid":"hs"}\npayload',
        b'g\n{"alg":"EdDSA"}\n{"kid":"ed"}\n{"sub":"a"}',
        b'c\n{"alg":"RS256","kid":"rs","typ":"x+jwt","x5c":["MA=="]}\n\npayload',
        b'f\n\n{"alg":"ES256","jwk":{"kty":"EC"}}\n',
    ]


TARGETS = {
    "jws": Target(_text, lambda: [*_json_forms(), *(t.encode() for t in _signed())], _WORDS),
    "jws-parts": Target(_parts, _part_seeds, _WORDS),
}
