"""A refresh token as it is written: `rt_<id><secret><crc>`, opaque to who holds it.

It has the shape of our API keys, so that whatever masks, refuses or finds those in messages, logs
and repositories does so with these.
"""

from __future__ import annotations

import os
import re
from binascii import crc32
from hmac import digest
from typing import TYPE_CHECKING

from authcli.encoding import base62_encode
from authcli.errors import Rejected

if TYPE_CHECKING:
    from authcli.roots import RootKeys

__all__ = ["digests_of", "new_text", "require_shape"]

_PREFIX = "rt_"
#: 0 or 1 leads it, as in the ids of API keys: so a piece of one is masked in messages, too.
_NUMBERS = 2 * 62**10
_SHAPE = re.compile(r"rt_[0-9A-Za-z]{60}")


def new_text() -> str:
    """Return a new refresh token: 60 random bits that look like an id, 256 that are the secret."""
    number = int.from_bytes(os.urandom(16), "big") % _NUMBERS
    secret = int.from_bytes(os.urandom(32), "big")
    body = _PREFIX + base62_encode(number, width=11) + base62_encode(secret, width=43)
    return body + _checksum(body)


def require_shape(text: str) -> str:
    """Return a text that may be a refresh token.

    Raises:
        Rejected: it has not the shape of one, or a character was lost on the way
            ("refresh.malformed"); the message holds no part of it.
    """
    if _SHAPE.fullmatch(text) is None or _checksum(text[:-6]) != text[-6:]:
        raise Rejected(
            "this is no refresh token, or not a whole one",
            hint="it begins with rt_ and has 63 characters: authcli jwt mint --refresh gives one",
            code="refresh.malformed",
        )
    return text


def digests_of(text: str, peppers: RootKeys) -> list[str]:
    """Return a refresh token's digest under each pepper that rows may hang on."""
    return [
        digest(peppers.key(pepper_id), text.encode(), "sha256").hex() for pepper_id in peppers.ids
    ]


def _checksum(body: str) -> str:
    return base62_encode(crc32(body.encode()), width=6)
