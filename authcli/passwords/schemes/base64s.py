"""The base64 of hashes: without padding (PHC), with "." for "+" (libpass), and crypt(3)'s own."""

from __future__ import annotations

import binascii
import re

from authcli.errors import HashMalformed

__all__ = [
    "BCRYPT_ALPHABET",
    "CRYPT_ALPHABET",
    "decode",
    "decode_crypt",
    "decode_padded",
    "encode",
    "malformed",
]

CRYPT_ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BCRYPT_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def encode(data: bytes, *, dots: bool = False) -> str:
    """Return base64 without padding; with `dots` as libpass writes it."""
    text = binascii.b2a_base64(data, newline=False).decode().rstrip("=")
    return text.replace("+", ".") if dots else text


def decode(text: str, *, scheme: str, what: str) -> bytes:
    """Return the bytes of base64 without padding, where "." may stand for "+".

    Raises:
        HashMalformed: a stray character, padding, or a length that no bytes have.
    """
    if "=" in text or len(text) % 4 == 1:
        raise malformed(scheme, f"its {what} is cut, or no base64")
    return decode_padded(text.replace(".", "+") + "=" * (-len(text) % 4), scheme=scheme, what=what)


def decode_padded(text: str, *, scheme: str, what: str) -> bytes:
    """Return the bytes of base64 with padding; raises `HashMalformed`."""
    try:
        if len(text) % 4 or re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", text) is None:
            raise binascii.Error
        return binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        raise malformed(scheme, f"its {what} is cut, or no base64") from None


def decode_crypt(text: str, *, scheme: str, what: str) -> bytes:
    """Return the bytes of crypt(3)'s base64, the low bits first; raises `HashMalformed`."""
    spare = 6 * len(text) % 8
    number = 0
    for place, letter in enumerate(text):
        if letter not in CRYPT_ALPHABET:
            raise malformed(scheme, f"its {what} is no crypt(3) base64")
        number |= CRYPT_ALPHABET.index(letter) << 6 * place
    size = 6 * len(text) // 8
    if spare == 6 or number >> 8 * size:
        raise malformed(scheme, f"its {what} is cut")
    return number.to_bytes(size, "little")


def malformed(scheme: str, why: str) -> HashMalformed:
    """Return the error for a hash that begins as one of `scheme` and does not go on so."""
    return HashMalformed(
        f"this is no whole {scheme} hash: {why}",
        hint="copy it whole, and single-quote it in a shell: '$' begins a variable there",
    )
