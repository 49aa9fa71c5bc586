"""Which files a path stands for: itself, or all below it, in a stable order.

Nothing outside the tree is reached: no symbolic link below a named folder is followed, and
devices, pipes and sockets are left alone. `/proc` and `/sys` are no files but the kernel's answers;
they are entered only by name.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Collection, Iterator, Sequence
from fnmatch import translate
from typing import NamedTuple

__all__ = ["Excluded", "Seen", "Unread", "walk"]

#: Below the root folder.
_KERNELS = (b"proc", b"sys")


class Seen(NamedTuple):
    """A regular file."""

    path: bytes
    size: int
    named: bool
    """Whether it was named itself, and may be a symbolic link."""


class Unread(NamedTuple):
    """A folder or a file that cannot be read."""

    path: bytes
    reason: str


class Excluded:
    """What is left out.

    Args:
        globs: each is for the name of a file or folder anywhere, or with a "/" in it for the path
            from the named folder on; `*` stands for any characters, also "/".
    """

    def __init__(self, globs: Collection[str] = ()) -> None:
        cleaned = [glob.rstrip("/") or glob for glob in globs]
        self._names = _one_of([glob for glob in cleaned if "/" not in glob])
        self._paths = _one_of([glob.removeprefix("./") for glob in cleaned if "/" in glob])

    def covers(self, name: bytes, path: bytes) -> bool:
        """Say whether something is left out.

        Args:
            name: its last part.
            path: from the named folder on.
        """
        return bool(
            (self._names and self._names.match(os.fsdecode(name)))
            or (self._paths and self._paths.match(os.fsdecode(path)))
        )


def walk(paths: Sequence[bytes], *, excluded: Excluded | None = None) -> Iterator[Seen | Unread]:
    """Yield the files that paths stand for: in their order, those of a folder in that of names.

    Args:
        paths: files and folders; symbolic links among them are followed.
        excluded: what to leave out, of the named ones too.
    """
    excluded = excluded or Excluded()
    for path in paths:
        if excluded.covers(path.rstrip(b"/").rpartition(b"/")[2], path.removeprefix(b"./")):
            continue
        try:
            status = os.stat(path)  # noqa: PTH116 - names are bytes here
        except (OSError, ValueError) as error:
            yield Unread(path, _reason(error))
            continue
        if stat.S_ISDIR(status.st_mode):
            yield from _below(path, excluded)
        elif stat.S_ISREG(status.st_mode):
            yield Seen(path, status.st_size, named=True)
        else:
            yield Unread(path, "neither a file nor a folder")


def _below(root: bytes, excluded: Excluded) -> Iterator[Seen | Unread]:
    """Yield the files below a folder; the folders on the way stand in a list, not on the stack."""
    inside = len(root.rstrip(b"/")) + 1
    left_alone = _KERNELS if os.path.abspath(root) == b"/" else ()  # noqa: PTH100 - as above
    waiting: list[Iterator[Seen | Unread | bytes]] = []
    waiting.append(_listed(root, inside, excluded, left_alone))
    while waiting:
        entry = next(waiting[-1], None)
        if entry is None:
            waiting.pop()
        elif isinstance(entry, bytes):
            waiting.append(_listed(entry, inside, excluded, left_alone))
        else:
            yield entry


def _listed(
    folder: bytes, inside: int, excluded: Excluded, left_alone: Collection[bytes]
) -> Iterator[Seen | Unread | bytes]:
    """Yield what a folder holds; other folders in it as their paths."""
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except FileNotFoundError:  # removed meanwhile
        return
    except OSError as error:
        yield Unread(folder, _reason(error))
        return
    for entry in entries:
        if excluded.covers(entry.name, entry.path[inside:]) or entry.path[inside:] in left_alone:
            continue
        try:
            if entry.is_dir(follow_symlinks=False):
                yield entry.path
            elif entry.is_file(follow_symlinks=False):
                yield Seen(entry.path, entry.stat(follow_symlinks=False).st_size, named=False)
        except FileNotFoundError:
            continue
        except OSError as error:
            yield Unread(entry.path, _reason(error))


def _one_of(globs: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(translate(glob) for glob in globs)) if globs else None


def _reason(error: OSError | ValueError) -> str:
    if getattr(error, "errno", None) == errno.ENAMETOOLONG:
        return "its path is too long"
    return (getattr(error, "strerror", None) or "not a usable name").lower()
