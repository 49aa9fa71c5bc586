"""base64url, base62, base32 and strict JSON: one reading or none."""

from __future__ import annotations

import base64
import json
import math

from authcli import otp
from authcli.encoding import (
    MAX_JSON_DEPTH,
    base62_decode,
    base62_encode,
    base64url_decode,
    base64url_encode,
    canonical_json,
    compact_json,
    read_json,
)
from tests.fuzz.model import Target, attempt, promise

__all__ = ["JSON_WORDS", "TARGETS"]

JSON_WORDS = (b"{", b"}", b"[", b"]", b'":', b'","', b"true", b"null", b"1e400", b"NaN")
JSON_WORDS += (b"\\ud800", b"\\u0000", b"-0.0", b'{"a":1,"a":2}', b"1E5", b"Infinity", b"\\n")


def _base64url(data: bytes) -> None:
    found = attempt(base64url_decode, data)
    if found is not None:
        promise(base64url_encode(found).encode() == data, "a text of base64url has one spelling")
        padded = data + b"=" * (-len(data) % 4)
        promise(base64.urlsafe_b64decode(padded) == found, "Python reads the same")


def _base62(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")[:200]
    found = attempt(base62_decode, text)
    if found is not None:
        promise(base62_encode(found, width=len(text)) == text, "a text of base62 has one spelling")


def _json(data: bytes) -> None:
    for given in (data, data.decode("utf-8", "surrogateescape")):
        found = attempt(_boxed, given)
        if found is None:
            continue
        value = found[0]
        text = data.decode() if isinstance(given, bytes) else given
        promise(_same(json.loads(text), value), "Python's reader reads the same")
        again = read_json(compact_json(value))
        promise(_same(again, value), "what is written again reads the same")
        if _is_unicode(value):
            canonical = canonical_json(value)
            promise(canonical_json(read_json(canonical)) == canonical, "a canonical form is one")


def _boxed(given: bytes | str) -> tuple[object]:
    return (read_json(given, max_depth=min(MAX_JSON_DEPTH, 64)),)


def _same(one: object, other: object) -> bool:
    """Compare with the types: 1 is neither true nor 1.0."""
    if isinstance(one, float) and isinstance(other, float):
        return one == other and math.copysign(1, one) == math.copysign(1, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return [*one] == [*other] and all(map(_same, one.values(), other.values()))
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and one == other


def _is_unicode(value: object) -> bool:
    text = json.dumps(value, ensure_ascii=False)
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _otp_secret(data: bytes) -> None:
    found = attempt(otp.read_secret, data)
    if found is not None:
        for grouped in (False, True):
            again = otp.read_secret(otp.write_secret(found.secret, grouped=grouped))
            promise(again == found, "a secret is written as it is read")


TARGETS = {
    "base64url": Target(_base64url, lambda: [b"eyJhbGciOiJIUzI1NiJ9", b"AA", b"__-_", b"QUI="]),
    "base62": Target(_base62, lambda: [b"0Bq3v9XkT1a", b"z" * 43, b"0"]),
    "json": Target(
        _json,
        lambda: [
            b'{"sub":"alice","exp":1796086800,"roles":["a",{"b":null}],"x":-1.5e3}',
            b'["\\u00e9\\ud83d\\ude00", "\\ud800", true, false, 0.1]',
            b' {"a" : {"b" : [1, 2]}} ',
            b"12345678901234567890123",
        ],
        JSON_WORDS,
    ),
    "otp-secret": Target(
        _otp_secret,
        lambda: [b"JBSWY3DPEHPK3PXP", b"jbsw y3dp-ehpk 3pxp====", b"MFRGG", b"77777777"],
    ),
}
