"""KeyText: an API key as it is written, `<prefix>_<id><secret><crc>`, read and checked offline.

    ak_live_ 0Bq3v9XkT1a 4fJ…43 characters…Qz 1x7Tq2
    prefix   id, 11      secret, 43           CRC-32 of all before it, 6

One word for a double click. The last sixty characters are base62 and of a fixed width, so a key is
read from the right, whatever its prefix. The checksum finds typing errors before a store is asked;
it proves nothing, because everybody can compute it: what is not in a store is only well-formed.
"""

from __future__ import annotations

import os
import re
from binascii import crc32
from functools import lru_cache
from typing import NamedTuple

from authcli.encoding import base62_decode, base62_encode
from authcli.errors import ApiKeyRejected, InvalidInput

__all__ = [
    "MAX_ID",
    "MAX_PREFIX",
    "SECRET_BYTES",
    "KeyText",
    "build",
    "check_prefix",
    "display_id",
    "holds_a_key",
    "id_of",
    "id_of_beginning",
    "id_range",
    "looks_like_a_key",
    "may_be_imported",
    "new_id",
    "new_secret",
    "parse",
]

MAX_PREFIX = 32
SECRET_BYTES = 32
MAX_ID = (1 << 63) - 1
ID_WIDTH, SECRET_WIDTH, CRC_WIDTH = 11, 43, 6
BODY_WIDTH = ID_WIDTH + SECRET_WIDTH + CRC_WIDTH
MAX_TEXT = MAX_PREFIX + 1 + BODY_WIDTH
#: The longest key that can be one that was imported.
MAX_IMPORTED = 512

#: Milliseconds of 2025-01-01T00:00:00Z, where ids begin to count.
ID_EPOCH_MS = 1_735_689_600_000
RANDOM_BITS = 21

_PREFIX = r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*"
_BASE62 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#: From a base62 character to its value; others are never looked at.
_VALUES = bytes.maketrans(_BASE62, bytes(range(62)))
#: What people and fonts confuse, each with all that it is taken for.
LOOK_ALIKES = {
    character: group.replace(character, "")
    for group in ("0OoQD", "1lIiJ7", "5S", "2Z", "8B", "6Gb", "9gq", "uvV", "cC", "sS", "wW", "xX")
    for character in group
}


class KeyText(NamedTuple):
    """A key whose shape and checksum are sound; nothing is known of it yet."""

    prefix: str
    id: int
    text: str


def parse(text: str) -> KeyText:
    """Read a key's text.

    Raises:
        ApiKeyRejected: it has not the shape of a key (code "apikey.malformed"), or not the
            checksum ("apikey.checksum"); the message says where to look, and holds no part of it.
    """
    key_id = id_of(text)
    if key_id is None:
        raise _refusal(text)
    return KeyText(text[:-61], key_id, text)


def id_of(text: str) -> int | None:
    """Return the id that a key's text names, or None where `parse` would raise."""
    if text[-61:-60] != "_" or not (text[-60:].isalnum() and text.isascii()):
        return None
    raw = text.encode()
    a, b, c, d, e, f = raw[-6:].translate(_VALUES)
    if crc32(raw[:-6]) != ((((a * 62 + b) * 62 + c) * 62 + d) * 62 + e) * 62 + f:
        return None
    a, b, c, d, e, f, g, h, i, j, k = raw[-60:-49].translate(_VALUES)
    high = ((((a * 62 + b) * 62 + c) * 62 + d) * 62 + e) * 62 + f
    key_id = high * 916_132_832 + (((g * 62 + h) * 62 + i) * 62 + j) * 62 + k  # 62 to the fifth
    return key_id if key_id <= MAX_ID and _is_prefix(text[:-61]) else None


def build(*, prefix: str, key_id: int, secret: bytes) -> str:
    """Return the text of a key.

    Args:
        prefix: one that `check_prefix` lets pass.
        key_id: 63 bits, of `new_id`.
        secret: 32 random bytes, of `new_secret`.
    """
    number = int.from_bytes(secret, "big")
    body = base62_encode(key_id, width=ID_WIDTH) + base62_encode(number, width=SECRET_WIDTH)
    text = f"{prefix}_{body}"
    return text + base62_encode(crc32(text.encode()), width=CRC_WIDTH)


def check_prefix(prefix: str) -> str:
    """Return the prefix, if keys may begin with it.

    Raises:
        InvalidInput: another character, or longer than 32 of them (code "apikey.prefix").
    """
    if len(prefix) > MAX_PREFIX:
        raise InvalidInput(
            f"the prefix is {len(prefix)} characters long, over the limit of {MAX_PREFIX}",
            code="apikey.prefix",
        )
    if not _is_prefix(prefix):
        raise InvalidInput(
            f"{ascii(prefix)} is no prefix of keys",
            hint="small letters and digits, in parts joined by '_': ak_live, acme_test",
            code="apikey.prefix",
        )
    return prefix


def display_id(key_id: int) -> str:
    """Return the id as people see it, whatever the key's prefix: "ak_0Bq3v9XkT1a"."""
    return f"ak_{base62_encode(key_id, width=ID_WIDTH)}"


def id_range(beginning: str) -> tuple[int, int]:
    """Return the first and the last id whose text begins so.

    Args:
        beginning: "ak_0Bq", or without "ak_"; eleven characters name one id.

    Raises:
        InvalidInput: no beginning of an id.
    """
    found = id_of_beginning(beginning)
    if found is None:
        raise InvalidInput(
            f"{ascii(beginning[:40])} is no id of an API key, nor the beginning of one",
            hint="ids are listed by: authcli apikey list",
            code="apikey.id",
        )
    return found


def id_of_beginning(beginning: str) -> tuple[int, int] | None:
    """Return what `id_range` does, or None where it would raise."""
    digits = beginning.removeprefix("ak_")
    if not (1 <= len(digits) <= ID_WIDTH and digits.isascii() and digits.isalnum()):
        return None
    low = base62_decode(digits.ljust(ID_WIDTH, "0"))
    high = base62_decode(digits.ljust(ID_WIDTH, "z"))
    return (low, min(high, MAX_ID)) if low <= MAX_ID else None


def new_id(*, now_ms: int) -> int:
    """Return an id that sorts by the time it was made: 42 bits of milliseconds, 21 random ones.

    Args:
        now_ms: the real time, in Unix milliseconds; a pretended one would disturb the order.
    """
    elapsed = max(0, now_ms - ID_EPOCH_MS) & ((1 << 42) - 1)
    return elapsed << RANDOM_BITS | int.from_bytes(os.urandom(4), "big") >> (32 - RANDOM_BITS)


def new_secret() -> bytes:
    """Return 256 random bits."""
    return os.urandom(SECRET_BYTES)


def looks_like_a_key(text: str) -> bool:
    """Return whether a text has a key's shape; its checksum may be wrong."""
    body = text.strip()
    return (
        len(body) <= MAX_TEXT
        and re.fullmatch(rf"{_PREFIX}_[0-9A-Za-z]{{{BODY_WIDTH}}}", body) is not None
    )


def holds_a_key(text: str) -> bool:
    """Return whether a text holds that of a key anywhere, whatever stands before and after it."""
    # What is before a key, as "NAME_" is in a .env, may read as a part of its prefix.
    return (
        len(text) > BODY_WIDTH
        and re.search(rf"_[0-9A-Za-z]{{{BODY_WIDTH}}}(?![0-9A-Za-z])", text) is not None
    )


def may_be_imported(text: str, refusal: ApiKeyRejected) -> bool:
    """Return whether a text that `parse` refused may be a key that was imported.

    Such keys have any form, but that of ours: one word of ASCII, as an HTTP header can hold.

    Args:
        text: what was refused.
        refusal: what `parse` said of it.
    """
    return (
        refusal.code == "apikey.malformed"
        and re.fullmatch(f"[!-~]{{1,{MAX_IMPORTED}}}", text) is not None
    )


@lru_cache(maxsize=64)
def _is_prefix(prefix: str) -> bool:
    return len(prefix) <= MAX_PREFIX and re.fullmatch(_PREFIX, prefix) is not None


def _refusal(text: str) -> ApiKeyRejected:
    """Say what is wrong with a text that `parse` refused, without repeating any of it."""
    if problem := _misshape(text):
        fault, hint = problem
        return ApiKeyRejected(
            f"this is no API key of the expected form: {fault}", hint=hint, code="apikey.malformed"
        )
    place = _look_alike(text)
    return ApiKeyRejected(
        "the API key's checksum does not match its text: it was mistyped or altered",
        hint="copy the key again, whole"
        if place is None
        else f"character {place} looks like another one (0 and O, 1 and l and I): is it right?",
        code="apikey.checksum",
    )


def _misshape(text: str) -> tuple[str, str | None] | None:
    """Return what a shape lacks and what to do, or None where it lacks nothing."""
    if not text:
        return "it is empty", None
    if stray := re.search(r"[^!-~]", text[: 4 * MAX_TEXT]):
        character = text[stray.start()]
        what = "a blank" if character.isspace() else "a control character"
        if character > "\x7f" and not character.isspace():
            what = "a character beyond ASCII"
        return f"it holds {what} at position {stray.start() + 1}", "copy the key alone, as it was"
    before, mark, body = text.rpartition("_")
    if mark and len(body) < BODY_WIDTH and len(text) <= MAX_TEXT and re.fullmatch(_PREFIX, before):
        fault = f"it is too short, with {len(body)} of the {BODY_WIDTH} characters after its prefix"
        return fault, "was it cut when it was copied?"
    if len(text) > MAX_TEXT or (mark and len(body) > BODY_WIDTH):
        return "it is too long", "copy the key alone, as it was"
    if not mark or len(body) < BODY_WIDTH:
        return f"it is not a prefix, '_' and {BODY_WIDTH} characters", None
    if odd := re.search(r"[^0-9A-Za-z]", body):
        return f"it holds a stray character at position {len(before) + 2 + odd.start()}", None
    if not _is_prefix(before):
        return "what stands before its last '_' is no prefix of keys", None
    if base62_decode(body[:ID_WIDTH]) > MAX_ID:
        return "its id is beyond all ids", None
    return None


def _look_alike(text: str) -> int | None:
    """Return the position, from 1, of the one character that a look-alike would mend."""
    body, mark = text[:-CRC_WIDTH].encode(), text[-CRC_WIDTH:]
    right = crc32(body)
    # CRC-32 is linear: what differs in one character differs in the same bits of every text.
    for after, bits in _flaws().get(right ^ base62_decode(mark), ()):
        index = len(body) - 1 - after
        if index >= 0 and chr(body[index] ^ bits) in LOOK_ALIKES.get(text[index], ""):
            return index + 1
    pairs = zip(mark, base62_encode(right, width=CRC_WIDTH), strict=True)
    wrong = [(place, *pair) for place, pair in enumerate(pairs) if pair[0] != pair[1]]
    if len(wrong) == 1 and wrong[0][2] in LOOK_ALIKES.get(wrong[0][1], ""):
        return len(body) + wrong[0][0] + 1
    return None


@lru_cache(maxsize=1)
def _flaws() -> dict[int, list[tuple[int, int]]]:
    """Return a difference of checksums -> (characters that follow, which bits of one differ)."""
    found: dict[int, list[tuple[int, int]]] = {}
    bits = {ord(one) ^ ord(other) for one, others in LOOK_ALIKES.items() for other in others}
    for after in reversed(range(MAX_TEXT - CRC_WIDTH)):
        zeros = b"\0" * after
        for flipped in sorted(bits):
            place = crc32(bytes([flipped]) + zeros) ^ crc32(b"\0" + zeros)
            found.setdefault(place, []).append((after, flipped))
    return found
