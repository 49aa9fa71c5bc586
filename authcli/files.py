"""Files that hold secrets or must not tear: owner-only, atomic, never through a symbolic link.

Two ways to write, and no third: `create` makes a file that must not exist (of two racers one
wins), `replace` swaps a whole file for another. Both leave the old state, or nothing, when the
disk fills, a signal comes or the machine stops. On Windows the modes do not apply; the folder's
permissions do.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from authcli.errors import Conflict, InvalidInput

__all__ = ["create", "others_can_read", "private_folder", "replace"]

PRIVATE, PUBLIC = 0o600, 0o644
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_BINARY = getattr(os, "O_BINARY", 0)
#: What file systems without hard links answer: FAT, some network and phone storage.
_NO_HARD_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | _BINARY


def create(path: Path, data: bytes | Iterable[bytes], *, mode: int = PRIVATE) -> None:
    """Write a file that does not exist yet, whole or not at all.

    The bytes are on the disk before the name is: a racer that finds the name can read all of it.

    Args:
        path: its name.
        data: its content; or pieces of it, which are written as they come.
        mode: its permissions.

    Raises:
        Conflict: the name is taken, be it by a dangling link.
        OSError: the folder or the disk refuses.
    """
    temporary = _write_beside(path, data, mode)
    try:
        _link(temporary, path)
    except FileExistsError:
        raise Conflict(
            f"{_shown(path)} exists already", hint="--force overwrites it", code="file.exists"
        ) from None
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
    _sync_folder(path.parent)


def replace(path: Path, data: bytes | Iterable[bytes], *, mode: int = PRIVATE) -> None:
    """Write a file, taking the place of one that may exist: temporary file, fsync, rename.

    The arguments are those of `create`. A symbolic link at `path` is replaced, not followed; one
    that leads to a device is refused, because replacing /dev/stdout would break the machine.

    Raises:
        InvalidInput: `path` is a folder or a device, or a link to a device, a pipe or a socket.
        OSError: the folder or the disk refuses; the old file is whole.
    """
    if not _replaceable(path):
        raise InvalidInput(f"{_shown(path)} is not a regular file", code="file.kind")
    temporary = _write_beside(path, data, mode)
    try:
        os.replace(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise
    _sync_folder(path.parent)


def private_folder(path: Path) -> Path:
    """Make the folder with mode 0700 where it is missing, its parents as the umask says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def others_can_read(status: os.stat_result) -> bool:
    """Say whether group or others may read a regular file; never on Windows."""
    return os.name == "posix" and stat.S_ISREG(status.st_mode) and bool(status.st_mode & 0o044)


def _replaceable(path: Path) -> bool:
    """Say whether `path` is free, a regular file, or a link to a file, a folder or nothing."""
    try:
        kind = os.lstat(path).st_mode
        if not stat.S_ISLNK(kind):
            return stat.S_ISREG(kind)
        leads_to = os.stat(path).st_mode
    except OSError:  # nothing there, or a link to nothing; else writing says what is wrong
        return True
    return stat.S_ISREG(leads_to) or stat.S_ISDIR(leads_to)


def _link(temporary: Path, path: Path) -> None:
    """Give a file its name; unlike renaming, that refuses a name that is taken."""
    try:
        os.link(temporary, path)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        os.close(os.open(path, _NEW, PRIVATE))  # whoever makes the name has won
        try:
            os.replace(temporary, path)
        except BaseException:
            os.unlink(path)
            raise


def _write_beside(path: Path, data: bytes | Iterable[bytes], mode: int) -> Path:
    """Write a synced temporary file in the folder of `path`; remove it when that fails."""
    temporary = path.with_name(f".{path.name[:64]}.{os.urandom(6).hex()}.tmp")
    descriptor = os.open(temporary, _NEW, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines((data,) if isinstance(data, bytes) else data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:  # an interrupt too leaves nothing behind
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    return temporary


def _sync_folder(folder: Path) -> None:
    """Make the new name durable; a file system that cannot is no reason to fail."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _shown(path: Path) -> str:
    return ascii(str(path))[1:-1]
