"""Protocol Buffers' wire format, as far as a migration payload needs it.

Numbers of up to 64 bits and chunks; every length is checked before anything is cut.

Source: protobuf.dev, "Encoding".
"""

from __future__ import annotations

from collections.abc import Iterator

from authcli.errors import InvalidInput

__all__ = ["chunk_field", "chunk_of", "fields", "malformed", "number_field", "number_of"]

_NUMBER, _EIGHT_BYTES, _CHUNK, _FOUR_BYTES = 0, 1, 2, 5
_FIXED = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}
_FOREIGN = "its data is not the protobuf of an export"


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Walk the fields of a message; those that are not known are the caller's to skip.

    Raises:
        InvalidInput: cut, or no protobuf ("otp.migration").
    """
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        number, kind = key >> 3, key & 7
        if not number:
            raise malformed(_FOREIGN)
        if kind == _NUMBER:
            value, position = _varint(message, position)
            yield number, value
            continue
        if kind == _CHUNK:
            length, position = _varint(message, position)
        elif kind in _FIXED:
            length = _FIXED[kind]
        else:
            raise malformed(_FOREIGN)
        if length > len(message) - position:
            raise malformed("its data was cut")
        yield number, message[position : position + length]
        position += length


def number_of(value: int | bytes) -> int:
    """Return a field's number, signed as int32 and int64 are; raise where it is a chunk."""
    if isinstance(value, bytes):
        raise malformed(_FOREIGN)
    return value - (1 << 64) if value >> 63 else value


def chunk_of(value: int | bytes) -> bytes:
    """Return a field's bytes; raise where it is a number."""
    if isinstance(value, int):
        raise malformed(_FOREIGN)
    return value


def number_field(number: int, value: int) -> bytes:
    """Return a field that holds a number, not negative."""
    return _written(number << 3 | _NUMBER) + _written(value)


def chunk_field(number: int, value: bytes) -> bytes:
    """Return a field that holds bytes: a text, a secret, a message."""
    return _written(number << 3 | _CHUNK) + _written(len(value)) + value


def malformed(why: str) -> InvalidInput:
    """Return the error of a payload that cannot be read."""
    return InvalidInput(f"this is no migration URI that can be read: {why}", code="otp.migration")


def _varint(message: bytes, position: int) -> tuple[int, int]:
    """Return a number, and where the next thing begins."""
    value = 0
    for shift in range(0, 70, 7):  # ten bytes: what a number of 64 bits takes at most
        if position >= len(message):
            raise malformed("its data was cut")
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80 and value < 1 << 64:
            return value, position
        if byte < 0x80:
            break
    raise malformed("its data holds a number of over 64 bits")


def _written(value: int) -> bytes:
    written = bytearray()
    while value >= 0x80:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
