"""Random UUIDs, as a jti wants one (RFC 9562, section 5.4): many at a time, without `uuid`.

Importing `uuid` costs a start of the command more than a token does, and a call of it more than a
token of a batch.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

__all__ = ["UUID_LENGTH", "random_uuids"]

UUID_LENGTH = 36
_AT_ONCE = 512
#: The digit that holds the variant has four values: each of the sixteen random ones picks one.
_VARIANT = dict(zip(b"0123456789abcdef", (b"8", b"9", b"a", b"b") * 4, strict=True))


def random_uuids(count: int) -> Iterator[bytes]:
    """Yield so many version 4 UUIDs in their text form, as ASCII."""
    for start in range(0, count, _AT_ONCE):
        digits = os.urandom(16 * min(_AT_ONCE, count - start)).hex().encode()
        for i in range(0, len(digits), 32):
            yield b"%b-%b-4%b-%b%b-%b" % (
                digits[i : i + 8],
                digits[i + 8 : i + 12],
                digits[i + 13 : i + 16],
                _VARIANT[digits[i + 16]],
                digits[i + 17 : i + 20],
                digits[i + 20 : i + 32],
            )
