"""Base64url, base62, canonical and strict JSON (RFC 7515, section 2; RFC 8259; RFC 8725, 2.4).

Reading is strict because two readers that differ on one text are an attack: no padding, no
stray character, no non-zero spare bit; UTF-8 without a BOM; no duplicate member, NaN or number
that overflows; depth and size bounded before anything is decoded.
"""

from __future__ import annotations

import binascii
import json
import re
from typing import Any

from authcli.errors import InvalidEncoding

__all__ = [
    "MAX_JSON_BYTES",
    "MAX_JSON_DEPTH",
    "base62_decode",
    "base62_encode",
    "base64url_decode",
    "base64url_encode",
    "canonical_json",
    "compact_json",
    "json_object",
    "read_json",
]

MAX_JSON_BYTES = 1 << 20
MAX_JSON_DEPTH = 64

#: From base64url to base64; what is no base64url becomes '*', which is neither.
_TO_STANDARD = bytes.maketrans(b"-_+/=", b"+/***")
_TO_URL = bytes.maketrans(b"+/", b"-_")
#: What makes whole quanta, by the length's remainder; no text has a remainder of one.
_PADDING = (b"", b"*", b"==", b"=")
#: The last characters whose spare bits are zero, by the same remainder.
_LAST = (b"", b"", b"AQgw", b"AEIMQUYcgkosw048")
# Patterns are compiled when they are first used, because most commands import this module.
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_BEGINS_WITH_MARK = "begins with a byte order mark; JSON has none"
_STRAY = rb"[^A-Za-z0-9_-]"
# Possessive: a string is never tried again in another way, nor a way back kept in memory; and one
# without an end takes all that follows, so that no quote in it is tried as a beginning.
_BRACKETS_OR_STRINGS = rb'(?s)"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]'


def base64url_encode(data: bytes) -> str:
    """Return base64url text without padding (RFC 7515, section 2)."""
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL, b"=").decode()


def base64url_decode(text: str | bytes, *, what: str = "value") -> bytes:
    """Return the bytes of unpadded base64url text, in its one canonical spelling.

    Args:
        text: base64url without padding, blanks or line breaks.
        what: what the text is, for the error ("header", "JWK member 'n'").

    Raises:
        InvalidEncoding: padding, a stray character, an impossible length or spare bits that
            are not zero.

    Source: RFC 7515, section 2; RFC 4648, sections 3.2, 3.3 and 3.5.
    """
    try:
        raw = text.encode("ascii") if isinstance(text, str) else text
        rest = len(raw) & 3
        data = binascii.a2b_base64(raw.translate(_TO_STANDARD) + _PADDING[rest], strict_mode=True)
    except UnicodeEncodeError:
        raise InvalidEncoding(f"the {what} is not base64url: it holds non-ASCII text") from None
    except binascii.Error:
        raise InvalidEncoding(f"the {what} {_fault(raw)}") from None
    if rest and raw[-1] not in _LAST[rest]:
        raise InvalidEncoding(f"the {what} is not canonical base64url: its spare bits are not zero")
    return data


def _fault(raw: bytes) -> str:
    """Say why a text is not base64url, as the end of a sentence."""
    if raw.endswith(b"="):
        return "is padded with '='; base64url here has no padding"
    if stray := re.search(_STRAY, raw):
        return f"is not base64url: a stray character at position {stray.start() + 1}"
    return f"is not base64url: {len(raw)} characters cannot be"


def base62_encode(number: int, *, width: int) -> str:
    """Return a number in digits, capitals and small letters, in that order, padded with zeros.

    Texts of one width sort as their numbers do.

    Args:
        number: not negative, and below 62 to the power of `width`.
        width: how many characters.

    Raises:
        ValueError: the number needs more.
    """
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(_BASE62[digit])
    if number:
        raise ValueError(f"the number needs more than {width} base62 characters")
    return "".join(reversed(digits))


def base62_decode(text: str) -> int:
    """Return the number that base62 text writes.

    Raises:
        InvalidEncoding: another character, or none.
    """
    number = 0
    for character in text:
        digit = _BASE62_VALUES.get(character)
        if digit is None:
            raise InvalidEncoding("the text is not base62: it holds another character")
        number = number * 62 + digit
    if not text:
        raise InvalidEncoding("the text is not base62: it is empty")
    return number


_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE62_VALUES = {character: value for value, character in enumerate(_BASE62)}


def compact_json(value: Any) -> bytes:
    """Return `value` as JSON without blanks, in the order given, as ASCII."""
    return _ENCODER.encode(value).encode()


def canonical_json(value: Any) -> bytes:
    """Return JSON without blanks and with sorted members, UTF-8 (RFC 7638, section 3.3)."""
    text = json.dumps(
        value, separators=(",", ":"), sort_keys=True, ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def read_json(
    text: bytes | str,
    *,
    what: str = "JSON",
    max_bytes: int = MAX_JSON_BYTES,
    max_depth: int = MAX_JSON_DEPTH,
) -> Any:
    """Read one JSON value that every reader must understand alike.

    Args:
        text: UTF-8 bytes, or text.
        what: what the text is, for the error ("header", "key file").
        max_bytes: the longest text accepted, in bytes.
        max_depth: the deepest nesting of arrays and objects accepted.

    Raises:
        InvalidEncoding: too long or deep, not UTF-8, a BOM, not JSON, a duplicate member, NaN,
            Infinity, or a number beyond what a double or 4,300 digits can hold.

    Source: RFC 8259; RFC 7515, section 4 (duplicate members); RFC 8725, section 2.4.
    """
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(raw) > max_bytes:
        raise InvalidEncoding(f"the {what} is {len(raw)} bytes long, over the limit of {max_bytes}")
    if raw.count(b"[") + raw.count(b"{") > max_depth:
        _check_depth(raw, what, max_depth)
    value, problem = _decoded(raw)
    if problem:
        # Raised here, so that no exception in its context holds the text, which may be a secret.
        raise InvalidEncoding(f"the {what} {problem}")
    return value


def _decoded(raw: bytes) -> tuple[Any, str | None]:
    """Return the value, or what is wrong with the text, as the end of a sentence."""
    try:
        text = raw.decode("utf-8")
        if text.startswith("{"):  # with no blank to skip first: half a microsecond less
            value, end = _DECODER.raw_decode(text)
            if end == len(text):
                return value, None
        return _DECODER.decode(text), None
    except UnicodeDecodeError as error:
        if raw.startswith(_MARKS):
            return None, _BEGINS_WITH_MARK
        return None, f"is not UTF-8: byte {error.start + 1}"
    except _Refused as error:
        return None, str(error)
    except json.JSONDecodeError as error:
        if raw.startswith(_MARKS):
            return None, _BEGINS_WITH_MARK
        fault = error.msg.lower().removesuffix(" starting at")
        return None, f"is not JSON: {fault} at character {error.pos + 1}"
    except (ValueError, RecursionError):
        return None, "holds a number that cannot be read"


def json_object(text: bytes | str, *, what: str = "JSON", **limits: int) -> dict[str, Any]:
    """Read a JSON object as `read_json` does; anything else raises `InvalidEncoding`."""
    value = read_json(text, what=what, **limits)
    if not isinstance(value, dict):
        raise InvalidEncoding(f"the {what} is not a JSON object")
    return value


class _Refused(Exception):
    """Valid to Python's reader, refused by ours; its text follows "the header …"."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise _Refused(f"has the member {ascii(twice)[:80]} twice")
    return members


def _constant(name: str) -> Any:
    raise _Refused(f"holds {name}, which is not JSON")


def _float(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise _Refused("holds a number too large for a double")
    return number


_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_constant=_constant, parse_float=_float
)


def _check_depth(raw: bytes, what: str, max_depth: int) -> None:
    """Bound the nesting before decoding; called where there are brackets enough."""
    depth = 0
    for part in re.finditer(_BRACKETS_OR_STRINGS, raw):
        first = part.group()[:1]
        if first in b"[{":
            depth += 1
            if depth > max_depth:
                raise InvalidEncoding(f"the {what} is nested deeper than {max_depth} levels")
        elif first in b"]}":
            depth -= 1
