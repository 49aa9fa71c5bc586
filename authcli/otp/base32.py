"""Secrets as people write them: base32 (RFC 4648, section 6), forgiving where apps are.

Blanks, dashes, lower case and missing padding are how services print a secret for typing. What
cannot be a slip of the layout is refused: another character, or a length that no bytes have.
By hand, because `base64` costs 5 ms of start-up.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from authcli.errors import InvalidInput
from authcli.otp.model import MAX_SECRET_BYTES
from authcli.secret import Secret

__all__ = ["LEAST_BITS", "ReadSecret", "new_secret", "read_secret", "write_secret"]

#: RFC 4226, section 4, R6: at least 128 bits, 160 recommended.
LEAST_BITS = 128
_LEAST_NEW_BYTES, _MOST_CHARACTERS = 16, 2048
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
#: Python reads and writes base 32 in these digits, in linear time.
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
_TO_DIGITS = str.maketrans(_ALPHABET, _DIGITS)
#: How many characters, modulo 8, are no whole number of bytes with under 5 bits to spare.
_IMPOSSIBLE = (1, 3, 6)


class ReadSecret(NamedTuple):
    """A secret that was read, and what is to be said about it."""

    secret: Secret
    warnings: tuple[str, ...]


def new_secret(size_bytes: int = 20) -> Secret:
    """Return a random secret.

    Args:
        size_bytes: 16 to 512; 20 is what RFC 4226 recommends, 32 and 64 what RFC 6238 does for
            SHA256 and SHA512.

    Raises:
        InvalidInput: another size.

    Source: RFC 4226, section 4, R6.
    """
    if not _LEAST_NEW_BYTES <= size_bytes <= MAX_SECRET_BYTES:
        raise InvalidInput(
            f"a new secret has {_LEAST_NEW_BYTES} to {MAX_SECRET_BYTES} bytes, not {size_bytes}",
            hint="20 bytes are what every authenticator app takes",
            code="otp.secret",
        )
    return Secret(os.urandom(size_bytes))


def read_secret(text: str | bytes) -> ReadSecret:
    """Return the secret that base32 text holds, and a warning where it is short.

    Args:
        text: base32 in either case, with or without padding, blanks and dashes.

    Raises:
        InvalidInput: "otp.secret": empty, no base32, or too long. The text is not repeated.

    Source: RFC 4648, section 6; RFC 4226, section 4, R6.
    """
    letters = _letters(text)
    _check(letters)
    # What is left over of the last character is dropped, as every app does, zeros or not.
    size, spare_bits = divmod(len(letters) * 5, 8)
    secret = (int(letters.translate(_TO_DIGITS), 32) >> spare_bits).to_bytes(size, "big")
    if size > MAX_SECRET_BYTES:
        raise _unreadable(f"the secret has {size} bytes, more than {MAX_SECRET_BYTES}")
    return ReadSecret(Secret(secret), _warnings(size * 8))


def write_secret(secret: Secret, *, grouped: bool = False) -> str:
    """Return the secret in base32: upper case, without padding.

    Args:
        secret: its bytes.
        grouped: with a blank after every four characters, for typing.

    Source: RFC 4648, section 6.
    """
    raw = secret.reveal()
    length = -(-len(raw) * 8 // 5)
    bits = int.from_bytes(raw, "big") << (length * 5 - len(raw) * 8)
    text = "".join(_ALPHABET[bits >> shift & 31] for shift in range(length * 5 - 5, -1, -5))
    return " ".join(text[i : i + 4] for i in range(0, length, 4)) if grouped else text


def _letters(text: str | bytes) -> str:
    """Return the text without its layout; bounded before anything is made of it."""
    if len(text) > _MOST_CHARACTERS:
        raise _unreadable(f"{len(text)} characters are too long for a secret")
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError:
            raise _unreadable("the secret is not text") from None
    # `split` knows every blank of Unicode: web pages group secrets with those that do not break.
    letters = "".join(text.split()).replace("-", "").rstrip("=")
    # Before upper(), which makes an I of a dotless one.
    return letters.upper() if letters.isascii() else letters


def _check(letters: str) -> None:
    if not letters:
        raise _unreadable("the secret is empty")
    for position, letter in enumerate(letters, 1):
        if letter not in _ALPHABET:
            raise _unreadable(f"character {position} of the secret is not one of base32")
    if len(letters) % 8 in _IMPOSSIBLE:
        raise _unreadable(
            f"no base32 has {len(letters)} characters: one is missing, or one too many"
        )


def _warnings(bits: int) -> tuple[str, ...]:
    if bits >= LEAST_BITS:
        return ()
    return (f"the secret has {bits} bits; RFC 4226 wants {LEAST_BITS} or more",)


def _unreadable(message: str) -> InvalidInput:
    return InvalidInput(
        message,
        hint="base32 is A to Z and 2 to 7; a 0, 1 or 8 is an O, I or B misread",
        code="otp.secret",
    )
