"""Finding our keys in bytes, at the speed of memory: by their shape, then by their checksum.

Every key has an underscore before sixty base62 characters, and what they count bounds two of them:
an id has 63 bits, a checksum 32. Few runs of text pass that; for those that do, the checksum says
where the prefix begins: `MYKEY_ak_live_…` and `\\nak_live_…` hold a key of the prefix `ak_live`.
"""

from __future__ import annotations

import re
from binascii import crc32
from collections.abc import Collection, Iterator
from typing import NamedTuple

from authcli.apikeys.text import MAX_PREFIX, KeyText, parse
from authcli.encoding import base62_decode
from authcli.errors import ApiKeyRejected

__all__ = ["BEHIND", "BODY", "SHAPE", "Found", "find"]

#: From a key's last underscore on; the same in the rules for other scanners. The first digit of
#: an id of 63 bits is at most "A", that of a checksum of 32 bits at most "4".
BODY = "[0-9A][0-9A-Za-z]{53}[0-4][0-9A-Za-z]{5}"
SHAPE = re.compile(rf"_{BODY}(?![0-9A-Za-z])".encode())
#: How much of what follows an underscore must be there, to tell whether it is a key's: sixty
#: characters, and one that is none of them.
BEHIND = 62

_ID_END, _CRC = 12, 55
_PREFIX_CHARACTERS = re.compile(rb"[a-z0-9_]*\Z")


class Found(NamedTuple):
    """A key, and where in the bytes it stands."""

    start: int
    mark: int
    """Where its last underscore is, after the prefix."""
    key: KeyText


def find(
    data: bytes | bytearray,
    *,
    first: int = 0,
    before: int | None = None,
    end: int | None = None,
    prefixes: Collection[str] = (),
) -> Iterator[Found]:
    """Yield the keys in some bytes.

    Args:
        data: of any kind, text or not.
        first: where the first underscore may be; a prefix may begin earlier.
        before: where the last underscore must be before; by default `end`.
        end: where the bytes end; by default all of them.
        prefixes: keys with these alone; empty is any.
    """
    end = len(data) if end is None else end
    for match in SHAPE.finditer(data, first, end):
        mark = match.start()
        if before is not None and mark >= before:
            return
        head = bytes(data[max(0, mark - MAX_PREFIX) : mark])
        found = _keyed(head, match[0])
        if found is not None and (not prefixes or found.prefix in prefixes):
            yield Found(mark - len(found.prefix), mark, found)


def _keyed(head: bytes, body: bytes) -> KeyText | None:
    """Return the key that ends in `body`, if its checksum fits some prefix at the end of `head`.

    Args:
        head: what stands before the last underscore.
        body: the underscore and sixty characters.
    """
    checksum = base62_decode(body[_CRC:].decode())
    match = _PREFIX_CHARACTERS.search(head)
    checked = body[:_CRC]
    for start in range(match.start() if match else len(head), len(head)):
        if crc32(checked, crc32(head[start:])) == checksum:
            try:
                return parse((head[start:] + body).decode())
            except ApiKeyRejected:  # no prefix begins like that; one further right may
                continue
    return None
