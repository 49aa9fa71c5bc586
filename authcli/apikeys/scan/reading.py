"""Reading a file, a part of one or a stream through a window, and telling line and column.

The window is one buffer, used again and again, so memory stays the same however long the input or
a line of it is. What was searched last is kept at its front: a key may begin in one read and end
in the next. Lines are counted only where something comes after them that needs their number.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from typing import NamedTuple, TypeAlias

from authcli.apikeys.scan.finder import BEHIND, find
from authcli.apikeys.scan.patches import KEPT, Patch, Patches
from authcli.apikeys.text import MAX_PREFIX, KeyText

__all__ = ["Part", "Place", "Reader", "Scanner", "scan_file", "scan_part"]

#: Fits the processor's cache: what was copied there is searched there.
WINDOW = 1 << 20

#: Fills the beginning of a buffer and returns how much; nothing is the end.
Reader: TypeAlias = Callable[[memoryview], int]

_FLAGS = (
    *(os.O_RDONLY, getattr(os, "O_NONBLOCK", 0), getattr(os, "O_NOCTTY", 0)),
    *(getattr(os, "O_CLOEXEC", 0), getattr(os, "O_BINARY", 0)),
)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)


class Place(NamedTuple):
    """A key, and where it stands. Its text is a secret."""

    line: int
    """From one."""
    column: int
    """Of its first byte, from one, in bytes."""
    key: KeyText
    commit: str | None = None
    """In the output of `git log -p`: the commit, and the file in it."""
    file: str | None = None


class Part(NamedTuple):
    """What was found in one part of a file, counted from the part's beginning."""

    places: list[Place]
    lines: int
    """How many lines end in it."""
    tail: int
    """How many bytes follow the last of those ends; all of them where no line ends in it."""

    def moved(self, *, lines: int, tail: int) -> list[Place]:
        """Return the places as they are in the file, behind so many lines and bytes."""
        return [
            place._replace(
                line=place.line + lines, column=place.column + (tail if place.line == 1 else 0)
            )
            for place in self.places
        ]


class Scanner:
    """Searches one stream after the other with one window.

    Args:
        prefixes: for keys with these alone; empty is any.
    """

    def __init__(self, *, prefixes: Collection[str] = ()) -> None:
        self._prefixes = frozenset(prefixes)
        self._buffer = bytearray(WINDOW + KEPT + BEHIND)
        self._restart(0)

    def places(
        self, read: Reader, *, skip: int = 0, stop: int | None = None, may_be_patches: bool = False
    ) -> Iterator[Place]:
        """Yield the keys of a stream in their order; exhaust it before the next stream.

        Args:
            read: gives the stream's bytes.
            skip: how many bytes come first that belong to the part before.
            stop: where the part ends, from `skip` on: keys whose last underscore is beyond it
                belong to the next part, which `read` must nevertheless begin to give.
            may_be_patches: whether to look for the lines of `git log -p`.
        """
        self._restart(skip)
        patches: Patches | None = None
        left = stop
        with memoryview(self._buffer) as view:
            while True:
                size = read(view[self._held :])
                self._held += size
                if patches is None and (self._held >= BEHIND or not size):
                    patches = Patches(bytes(view[:BEHIND]) if may_be_patches else b"")
                limit = max(self._first, self._held - BEHIND) if size else self._held
                if left is not None:
                    limit = min(limit, self._first + left)
                    left -= limit - self._first
                yield from self._between(limit, patches)
                if not size or left == 0:
                    return
                if len(view) - self._held < WINDOW // 2:
                    self._drop(view, patches)

    def part(self, read: Reader, *, skip: int, stop: int | None) -> Part:
        """Search one part of a file whole; the arguments are those of `places`."""
        found = list(self.places(read, skip=skip, stop=stop))
        self._count(self._first)
        return Part(found, self._lines, self._tail)

    def _restart(self, skip: int) -> None:
        self._held, self._first, self._counted = 0, skip, skip
        self._lines = self._tail = 0
        self._from_start = True

    def _between(self, limit: int, patches: Patches | None) -> Iterator[Place]:
        """Search from where the search has come to, up to an index of the buffer."""
        found = find(
            self._buffer,
            first=self._first,
            before=limit,
            end=self._held,
            prefixes=self._prefixes,
        )
        for _, mark, key in found:
            self._count(mark)
            where = Patch()
            if patches is not None:
                where = patches.at(self._buffer, mark, from_start=self._from_start)
            column = self._tail - len(key.prefix) + 1
            yield Place(self._lines + 1, column, key, where.commit, where.file)
        self._first = limit

    def _count(self, end: int) -> None:
        """Count the lines that end before an index of the buffer."""
        lines = self._buffer.count(b"\n", self._counted, end)
        if lines:
            self._lines += lines
            self._tail = end - 1 - self._buffer.rfind(b"\n", self._counted, end)
        else:
            self._tail += end - self._counted
        self._counted = end

    def _drop(self, view: memoryview, patches: Patches | None) -> None:
        """Make room at the end of the buffer by dropping what need not be seen again."""
        followed = patches is not None and patches.recognised
        drop = self._first - (KEPT if followed else MAX_PREFIX)
        if drop <= 0:
            return
        if patches is not None:
            patches.passed(self._buffer, drop, whole=self._held, from_start=self._from_start)
        self._count(max(drop, self._counted))
        view[: self._held - drop] = view[drop : self._held]
        self._held, self._first = self._held - drop, self._first - drop
        self._counted, self._from_start = self._counted - drop, False


def scan_file(scanner: Scanner, path: bytes, *, follow: bool) -> list[Place] | None:
    """Return the keys in a file; None where there is no regular file of that name any more.

    Args:
        scanner: what searches.
        path: the file's name.
        follow: whether it may be a symbolic link.

    Raises:
        OSError: it cannot be read.
    """
    opened = _opened(path, follow=follow)
    if opened is None:
        return None
    with closing(opened) as file:
        return list(scanner.places(_reader(file)))


def scan_part(
    scanner: Scanner, path: bytes, *, start: int, size: int | None, follow: bool
) -> Part | None:
    """Return the keys in a part of a file: see `scan_file`.

    Args:
        scanner: what searches.
        path: the file's name.
        start: where the part begins.
        size: how long it is; None is up to the end, wherever that is by now.
        follow: whether it may be a symbolic link.

    Raises:
        OSError: it cannot be read.
    """
    opened = _opened(path, follow=follow)
    if opened is None:
        return None
    with closing(opened) as file:
        skip = min(start, MAX_PREFIX)
        file.seek(start - skip)
        return scanner.part(_reader(file), skip=skip, stop=size)


def _opened(path: bytes, *, follow: bool) -> io.FileIO | None:
    flags = sum(_FLAGS) if follow else sum(_FLAGS, _NO_FOLLOW)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if not follow and error.errno in (errno.ENOENT, errno.ELOOP, errno.ENXIO, errno.ENODEV):
            return None  # another process removed it, or put something else in its place
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return io.FileIO(descriptor)


def _reader(file: io.FileIO) -> Reader:
    def read(view: memoryview) -> int:
        size = file.readinto(view)
        if size is None:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return size

    return read
