"""Which commit and file a place in the output of `git log -p` belongs to.

Git indents messages and marks each line of a file, so no content can look like the two lines that
matter here: `commit <hash>` and `diff --git …`, both at the beginning of a line.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

__all__ = ["KEPT", "Patch", "Patches"]

#: How much is kept of what was searched, for a file's header that goes on in what is read next.
KEPT = 1 << 14

#: Both of one length.
_COMMIT_LINE, _HEADER_LINE = b"\ncommit ", b"\ndiff --"
_BEGINNING = re.compile(rb"commit [0-9a-f]{40}|diff --(?:git|cc|combined) ")
_COMMIT = re.compile(rb"\n?commit ([0-9a-f]{40,64})\b")
#: The new name, else the old one, where the file was deleted.
_NAME = re.compile(rb"\n(?:\+\+\+|---) (\"?)(?!/dev/null)(?:[abciw12]/)?([^\t\n]+?)\"?\t?\r?(?=\n)")
_HEADER_END = re.compile(rb"\n(?:@@|Binary |GIT binary )")
_ESCAPE = re.compile(rb"\\([abtnvfr\"\\]|[0-7]{3})")
_ESCAPED = dict(zip(b'abtnvfr"\\', b'\a\b\t\n\v\f\r"\\', strict=True))


class Patch(NamedTuple):
    """Where a line comes from."""

    commit: str | None = None
    file: str | None = None


class Patches:
    """Follows a stream through its commits and files, where it is one of `git log -p`.

    Args:
        beginning: the first bytes of the stream.
    """

    def __init__(self, beginning: bytes) -> None:
        self.recognised = _BEGINNING.match(beginning) is not None
        self._commit: bytes | None = None
        self._header: bytes | None = None
        #: Where the last header begins in the buffer; None where it was dropped, or is none.
        self._header_start: int | None = None
        #: How much of the buffer was looked at: each byte once, however many the places.
        self._seen = 0

    def at(self, buffer: bytearray, place: int, *, from_start: bool) -> Patch:
        """Return where a place in the buffer comes from; places come in order.

        Args:
            buffer: what is held of the stream.
            place: an index in it.
            from_start: whether the buffer begins with the stream.
        """
        if not self.recognised:
            return Patch()
        self._look(buffer, place, from_start=from_start)
        header, start = self._header, self._header_start
        if start is not None:
            header = bytes(buffer[start : min(start + KEPT, place)])
        commit = _COMMIT.match(self._commit) if self._commit else None
        return Patch(commit[1].decode() if commit else None, _file(header or b""))

    def passed(self, buffer: bytearray, end: int, *, whole: int, from_start: bool) -> None:
        """Remember what the buffer says before `end`: that is about to be dropped.

        Args:
            buffer: as `at` has it.
            end: an index in it, `KEPT` before `whole` where more is to come.
            whole: how much of the buffer is filled.
            from_start: as `at` has it.
        """
        if not self.recognised:
            return
        # A line that only begins before the end would be cut, and never be seen.
        self._look(buffer, min(end + len(_COMMIT_LINE) - 1, whole), from_start=from_start)
        start = self._header_start
        if start is not None and start < end:
            self._header = bytes(buffer[start : min(start + KEPT, whole)])
            self._header_start = None
        elif start is not None:
            self._header_start = start - end
        self._seen -= end

    def _look(self, buffer: bytearray, end: int, *, from_start: bool) -> None:
        """Note the last commit and the last file that begin before `end`."""
        if self._seen == 0 and from_start:
            self._commit = bytes(buffer[:80]) if _COMMIT.match(buffer) else None
            self._header_start = 0 if buffer.startswith(b"diff --") else None
        if end <= self._seen:
            return
        since = max(0, self._seen - len(_COMMIT_LINE) + 1)  # one may have been there in part
        commit = buffer.rfind(_COMMIT_LINE, since, end)
        header = buffer.rfind(_HEADER_LINE, since, end)
        if commit >= 0:
            self._commit = bytes(buffer[commit : commit + 80])
            self._header = self._header_start = None
        if header > commit:
            self._header_start = header
        self._seen = end


@lru_cache(maxsize=1)
def _file(header: bytes) -> str | None:
    """Return the file that a header names; a stranger may have written the name."""
    end = _HEADER_END.search(header)
    names = _NAME.findall(header[: end.start() + 1] if end else header)
    if not names:
        return None
    quoted, name = names[-1]
    return (_ESCAPE.sub(_unescaped, name) if quoted else name).decode("utf-8", "surrogateescape")


def _unescaped(match: re.Match[bytes]) -> bytes:
    text = match[1]
    return bytes([int(text, 8) & 255 if len(text) == 3 else _ESCAPED[text[0]]])
