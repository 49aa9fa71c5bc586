"""API keys: their text, finding them in bytes, exports of other systems."""

from __future__ import annotations

import io
import re

from authcli.apikeys.importing import FORMATS, ORIGINS, import_keys, records
from authcli.apikeys.scan import Scanner, find
from authcli.apikeys.text import (
    build,
    holds_a_key,
    id_of,
    looks_like_a_key,
    parse,
)
from authcli.revocation.refresh_text import require_shape
from tests.fuzz.model import Target, attempt, promise
from tests.fuzz.targets.encodings import JSON_WORDS

__all__ = ["TARGETS"]

_ID = 17_654_321_098_765
_KEYS = tuple(
    build(prefix=prefix, key_id=_ID + number, secret=bytes(range(number, number + 32)))
    for number, prefix in enumerate(("ak_live", "ak", "acme_test_2", "rt", "a" * 32))
)
_HEX = b"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_BASE64 = b"n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="


def _text(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    key = attempt(parse, text)
    promise((id_of(text) is None) == (key is None), "id_of and parse agree")
    if key is not None:
        promise(key.text == text and text.startswith(f"{key.prefix}_"), "a key is its text")
        promise(looks_like_a_key(text) and holds_a_key(text), "what is a key looks like one")
        promise(any(one.key == key for one in find(data)), "what is a key is found")
    attempt(require_shape, text)


def _scan(data: bytes) -> None:
    found = [(one.start, one.key.text) for one in find(data)]
    promise(found == [*_slowly_found(data)], "a slow search finds the same keys")
    for part in (7, 61, 4096):
        stream = io.BytesIO(data)
        reader = lambda view, stream=stream, part=part: stream.readinto(view[:part])  # noqa: E731
        places = [*Scanner().places(reader, may_be_patches=True)]
        promise(
            [one.key.text for one in places] == [text for _, text in found], "in parts as whole"
        )
        for place, (start, _) in zip(places, found, strict=True):
            line = data.count(b"\n", 0, start) + 1
            column = start - (data.rfind(b"\n", 0, start) + 1) + 1
            promise((place.line, place.column) == (line, column), "line and column are right")


def _slowly_found(data: bytes) -> list[tuple[int, str]]:
    """Every key by every beginning: the longest prefix counts, and no key is cut short."""
    found = []
    for match in re.finditer(rb"(?=_[0-9A-Za-z]{60}(?![0-9A-Za-z]))", data):
        mark = match.start()
        for start in range(max(0, mark - 32), mark):
            text = data[start : mark + 61].decode("latin-1")
            if text.isascii() and id_of(text) is not None:
                found.append((start, text))
                break
    return found


def _import(data: bytes) -> None:
    for form in (None, *FORMATS):
        found = attempt(lambda form=form: [*records(io.BytesIO(data), form=form)])
        for origin in ORIGINS if found else ():
            attempt(
                import_keys, None, found, origin=origin, dry_run=True, skip_bad=True, at_ms=10**12
            )


def _texts() -> list[bytes]:
    return [*(key.encode() for key in _KEYS), _KEYS[0][:-1].encode(), b"ak_live_short"]


def _sources() -> list[bytes]:
    first, second, third = (key.encode() for key in _KEYS[:3])
    patch = b"commit " + b"a" * 40 + b"\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n+"
    return [
        b"KEY=" + first + b"\n\\n" + second + b'"\0\xff' + third + b"\n",
        patch + first + b"\n",
        b'diff --git "a/\\303\\244" "b/\\303\\244"\n+++ "b/\\303\\244"\n@@ @@\n+' + second,
    ]


def _exports() -> list[bytes]:
    drf = b"id,prefix,hashed_key,name,created,revoked,expiry_date\n"
    drf += b'ABCDEFGH.x,ABCDEFGH,sha512$$%b,"a ""b""",2026-01-01T00:00:00Z,f,\n' % (b"0f" * 64)
    unkey = b'{"data":{"keys":[{"id":"k","hash":"%b","name":"n","permissions":["a"],' % _BASE64
    unkey += b'"ratelimits":[{"limit":5,"duration":1000,"autoApply":true}],"remaining":3}]}}'
    return [
        drf,
        unkey,
        b"sha256,name,owner,scopes,expires\n%b,n,o,read write,2027-01-01\n" % _HEX,
        _HEX + b"\n",
        b'[{"sha256":"%b","name":"n","expires":1796086800},{"hash":"x"}]' % _HEX,
        b'{"model":"a.b","pk":"ABCDEFGH.%b","fields":{"revoked":true}}\n' % (b"a" * 20),
    ]


TARGETS = {
    "api-key": Target(_text, _texts, (b"ak_live_", b"rt_", b"_", b"0" * 60)),
    "api-key-scan": Target(
        _scan, _sources, (b"\ncommit ", b"\ndiff --git ", b"\n+++ b/", b"ak_", b"\n@@", b"_")
    ),
    "api-key-import": Target(
        _import,
        _exports,
        (
            b"sha256",
            b"hashed_key",
            b"sha512$$",
            b"prefix",
            b'"',
            b'""',
            b";",
            b"\t",
            b"ratelimit",
            b"refill",
            b"credits",
            b"identity",
            b"fields",
            b"NULL",
            _HEX,
            _BASE64,
            *JSON_WORDS,
        ),
    ),
}
