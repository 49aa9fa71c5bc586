"""Looking a password up in Have I Been Pwned's list, kept on this machine.

    HASH:COUNT, sorted by hash      one file: 40 hexadecimal digits are SHA-1, 32 are NTLM
    SUFFIX:COUNT                    a folder with a file for each five first digits, as its
                                    downloader writes them: 00000.txt to FFFFF.txt

The file has 40 GB and more, so it is searched by halving: some forty reads of 256 bytes. A file in
another order (there is one by count) would say "not found" of anything, and is refused.
"""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from authcli.errors import InvalidInput
from authcli.passwords.schemes.libpass import nt_hash

__all__ = ["times_seen"]

_SHA1, _NTLM, _PREFIX = 40, 32, 5
_MAX_LINE = 256
_MAX_RANGE_BYTES = 4 << 20
_SAMPLES = 16


def times_seen(password: str, path: Path) -> int:
    """Return how often the list has the password; 0 where it has not.

    Args:
        password: text, hashed as UTF-8 (SHA-1) or UTF-16 (NTLM).
        path: the file, or the folder of files.

    Raises:
        InvalidInput: not such a list ("password.breach-file").
    """
    try:
        if path.is_dir():
            return _in_folder(password, path)
        with _opened(path) as file:
            size = file.seek(0, 2)
            _, first = _line_at(file, 0)
            digits = len(_key(first, _SHA1, _NTLM))
            _require_order(file, size)
            return _count(_find(file, size, _hash(password, digits)))
    except OSError as error:
        raise _unusable(f"it cannot be read: {error.strerror}") from None


def _hash(password: str, digits: int) -> bytes:
    if digits == _NTLM:
        return nt_hash(password).upper().encode()
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()


def _in_folder(password: str, folder: Path) -> int:
    for digits in (_SHA1, _NTLM):
        wanted = _hash(password, digits)
        prefix, suffix = wanted[:_PREFIX].decode(), wanted[_PREFIX:]
        path = next((p for p in (folder / f"{prefix}.txt", folder / prefix) if p.is_file()), None)
        if path is None:
            continue
        with _opened(path) as file:
            lines = file.read(_MAX_RANGE_BYTES).upper().splitlines()
        # Ranges of the other hash have files of the same names.
        if not lines or len(_key(lines[0], *(n - _PREFIX for n in (_SHA1, _NTLM)))) != len(suffix):
            continue
        line = next((line for line in lines if line.startswith(suffix)), b"")
        if line:
            _key(line, len(suffix))
        return _count(line)
    raise _unusable("the folder has no file for this password's range, such as 00000.txt")


def _opened(path: Path) -> BinaryIO:
    """Open a regular file; a pipe could not be searched, and would keep us waiting."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise _unusable("it is no regular file")
    return path.open("rb", buffering=0)


def _find(file: BinaryIO, size: int, wanted: bytes) -> bytes:
    """Return the line of a hash, or nothing."""
    low, high, line = 0, size, b""
    while low < high:
        middle = (low + high) // 2
        start, line = _line_at(file, middle)
        if not line or _key(line, len(wanted)) >= wanted:
            high = middle
        else:
            low = start + len(line)
    _, line = _line_at(file, low)
    return line if line and _key(line, len(wanted)) == wanted else b""


def _line_at(file: BinaryIO, offset: int) -> tuple[int, bytes]:
    """Return the first line that begins at or after an offset, and where it does."""
    file.seek(max(0, offset - 1))
    piece = file.read(2 * _MAX_LINE)
    begin = piece.find(b"\n") + 1 if offset else 0
    if offset and not begin:
        if len(piece) == 2 * _MAX_LINE:
            raise _unusable("it has lines of more than 256 bytes")
        return offset, b""
    end = piece.find(b"\n", begin) + 1 or len(piece)
    return max(0, offset - 1) + begin, piece[begin:end]


def _require_order(file: BinaryIO, size: int) -> None:
    """Refuse a list that is not sorted, by samples of it from begin to end."""
    keys = [*_samples(file, size)]
    if any(before > after for before, after in pairwise(keys)):
        raise _unusable("it is not sorted by hash; Have I Been Pwned has one that is")


def _samples(file: BinaryIO, size: int) -> Iterator[bytes]:
    offset = 0
    for number in range(_SAMPLES):
        # Two lines after each other, so that a short list is looked at too.
        for place in (max(offset, size * number // _SAMPLES), None):
            start, line = _line_at(file, offset if place is None else place)
            if not line:
                return
            yield _key(line, _SHA1, _NTLM)
            offset = start + len(line)


def _key(line: bytes, *digits: int) -> bytes:
    """Return the hash of a line, which has one of these numbers of digits."""
    found = re.fullmatch(rb"([0-9A-Fa-f]+)(?::[0-9]{1,12})?\s*", line)
    if found is None or len(found[1]) not in digits:
        raise _unusable("its lines are not HASH:COUNT with hashes of SHA-1 or NTLM")
    return found[1].upper()


def _count(line: bytes) -> int:
    _, colon, count = line.partition(b":")
    return int(count) if colon else int(bool(line))


def _unusable(why: str) -> InvalidInput:
    return InvalidInput(
        f"the list of breached passwords cannot be used: {why}",
        hint="get it with haveibeenpwned-downloader, sorted by hash",
        code="password.breach-file",
    )
