"""Changing a whole file while others do the same: read, write beside it, rename, by turns.

The lock is on the file itself, so that nothing else lies about. Whoever replaces it locks a file
that has no name any more: the one who waited for it sees that, and takes the lock of the new one.
Where there is no file yet, the one who makes it wins, and the others change that.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from authcli import files
from authcli.errors import AuthError, Conflict, InvalidInput, Unavailable

try:
    import fcntl

    _HAS_LOCKS = True
except ImportError:  # Windows
    _HAS_LOCKS = False

__all__ = ["change", "content", "shown"]

_PATIENCE_SECONDS, _PAUSE_SECONDS = 10.0, 0.005
_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


def content(path: Path, *, limit: int) -> bytes:
    """Return what is in a file.

    Raises:
        InvalidInput: there is none, it is none, or has more than `limit` bytes ("htpasswd.file").
    """
    with _opened(path, os.O_RDONLY) as descriptor:
        return _content(descriptor, path, limit)


def change(
    path: Path,
    changed: Callable[[bytes | None], bytes],
    *,
    limit: int,
    create: bool = True,
) -> None:
    """Replace a file by what is made of it, whole or not at all.

    Args:
        path: of the file; a symbolic link is followed.
        changed: makes the new content of the old one, of None where there is no file; is called
            again where another writer was first.
        limit: the most bytes that it may have.
        create: whether there may be none, which makes one for its owner alone.

    Raises:
        InvalidInput: no regular file ("htpasswd.file"), or one whose owner would change
            ("htpasswd.owner").
        Unavailable: another writer does not end ("htpasswd.locked").
        AuthError: the disk refuses.
    """
    path = Path(os.path.realpath(path))
    try:
        while create and not os.path.lexists(path):
            try:
                return files.create(path, changed(None))
            except Conflict:
                continue
        with _locked(path) as descriptor:
            _replace(path, descriptor, changed(_content(descriptor, path, limit)))
    except OSError as error:
        raise files.cannot_write(str(path), error) from None


def shown(path: Path) -> str:
    """Return a path for a message."""
    return ascii(str(path)[:200])[1:-1]


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """Give a descriptor of the file that has this name now, once no other writer has it."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while True:
        with _opened(path, os.O_RDWR) as descriptor:
            if _lock(descriptor) and _still_named(path, descriptor):
                yield descriptor
                return
        if time.monotonic() > end:
            raise Unavailable(
                f"another program has been writing {shown(path)} for {_PATIENCE_SECONDS:.0f} s",
                hint=f"see which: fuser {shown(path)}",
                code="htpasswd.locked",
            )
        time.sleep(_PAUSE_SECONDS)


def _lock(descriptor: int) -> bool:
    if not _HAS_LOCKS:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def _still_named(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _replace(path: Path, descriptor: int, data: bytes) -> None:
    """Put new content in the file's place; owner, mode and attributes stay."""
    old = os.fstat(descriptor)
    with files.made_beside(path, force=True) as beside:
        beside.write_bytes(data)
        new = beside.stat()
        if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
            _keep_owner(beside, old, path)
        shutil.copystat(path, beside)
        os.utime(beside)


def _keep_owner(beside: Path, old: os.stat_result, path: Path) -> None:
    try:
        os.chown(beside, old.st_uid, old.st_gid)
    except OSError:
        raise InvalidInput(
            f"{shown(path)} belongs to someone else, and would not any more",
            hint="do it as its owner, or with sudo",
            code="htpasswd.owner",
        ) from None


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    try:
        descriptor = os.open(path, flags | _FLAGS)
    except (OSError, ValueError) as error:
        why = (getattr(error, "strerror", None) or "not a usable name").lower()
        raise _unusable(path, why) from None
    try:
        kind = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(kind):
            why = "it is a folder" if stat.S_ISDIR(kind) else "it is no regular file"
            raise _unusable(path, why)
        yield descriptor
    finally:
        os.close(descriptor)


def _content(descriptor: int, path: Path, limit: int) -> bytes:
    parts = []
    size = 0
    while part := os.read(descriptor, 1 << 20):
        parts.append(part)
        size += len(part)
        if size > limit:
            raise _unusable(path, f"it has more than {limit >> 20} MiB")
    data = b"".join(parts)
    if b"\0" in data:
        raise _unusable(path, "it holds zero bytes, and is no file of users")
    return data


def _unusable(path: Path, why: str) -> AuthError:
    return InvalidInput(f"cannot use {shown(path)}: {why}", code="htpasswd.file")
