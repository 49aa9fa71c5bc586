"""Files that hold secrets or must not tear: owner-only, atomic, never through a symbolic link.

Four ways to write, and no fifth: `create` makes a file that must not exist (of two racers one
wins), `replace` swaps a whole file for another, `made_beside` is either for what writes by name,
`create_folder` makes a folder with many files in it. Each leaves the old state, or nothing, when
the disk fills, a signal comes or the machine stops. On Windows the modes do not apply; the
folder's permissions do.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from authcli.errors import AuthError, Conflict, InvalidInput

__all__ = [
    "cannot_write",
    "create",
    "create_folder",
    "made_beside",
    "others_can_read",
    "private_folder",
    "replace",
    "sync_folder",
]

PRIVATE, PUBLIC = 0o600, 0o644
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_BINARY = getattr(os, "O_BINARY", 0)
#: What file systems without hard links answer: FAT, some network and phone storage.
_NO_HARD_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
#: What is not the fault of whoever named the file.
_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)
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
    with _temporary(path) as temporary:
        _write(temporary, data, mode)
        _name_new(temporary, path)


def replace(path: Path, data: bytes | Iterable[bytes], *, mode: int = PRIVATE) -> None:
    """Write a file, taking the place of one that may exist: temporary file, fsync, rename.

    The arguments are those of `create`. A symbolic link at `path` is replaced, not followed; one
    that leads to a device is refused, because replacing /dev/stdout would break the machine.

    Raises:
        InvalidInput: `path` is a folder or a device, or a link to a device, a pipe or a socket.
        OSError: the folder or the disk refuses; the old file is whole.
    """
    _require_replaceable(path)
    with _temporary(path) as temporary:
        _write(temporary, data, mode)
        _name_again(temporary, path)


@contextmanager
def made_beside(path: Path, *, force: bool, mode: int = PRIVATE) -> Iterator[Path]:
    """Give an empty file to write, which takes the name `path` when the block ends, whole.

    For what writes by name, as databases do; else `create` and `replace`. Where the block raises,
    nothing stays.

    Args:
        path: the name that it will have.
        force: whether it may take the place of a file, as with `replace`.
        mode: its permissions.

    Raises:
        Conflict: the name is taken, and may not be.
        InvalidInput: `path` is no regular file.
        OSError: the folder or the disk refuses.
    """
    _require_replaceable(path)
    if not force and os.path.lexists(path):
        raise _taken(path)
    with _temporary(path) as temporary:
        os.close(os.open(temporary, _NEW, mode))
        yield temporary
        _sync(temporary)
        (_name_again if force else _name_new)(temporary, path)


def create_folder(path: Path, members: Mapping[str, tuple[bytes, int]]) -> None:
    """Make a folder with all its files, or not at all: built beside its place, then renamed.

    The files are synced together at the end. One by one, as `create` would, each waits for the
    disk on its own, twice: 200 files take twice as long on a fast disk, and seconds on a slow one.

    Args:
        path: its name; nothing but an empty folder may have it.
        members: a file's path in the folder, with "/" between the parts -> its content and
            permissions.

    Raises:
        OSError: the name is taken, or the disk refuses.
    """
    beside = _beside(path)
    try:
        beside.mkdir()
        written = [beside.joinpath(*name.split("/")) for name in members]
        for file, (data, mode) in zip(written, members.values(), strict=True):
            file.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(file, _NEW, mode), "wb") as stream:
                stream.write(data)
        for file in written:
            _sync(file)
        for folder in {beside, *(file.parent for file in written)}:
            sync_folder(folder)
        beside.rename(path)
    except BaseException:  # an interrupt too leaves nothing behind
        _remove_folder(beside)
        raise
    sync_folder(path.parent)


def private_folder(path: Path) -> Path:
    """Make the folder with mode 0700 where it is missing, its parents as the umask says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def others_can_read(status: os.stat_result) -> bool:
    """Say whether group or others may read a regular file; never on Windows."""
    return os.name == "posix" and stat.S_ISREG(status.st_mode) and bool(status.st_mode & 0o044)


def cannot_write(what: str, error: OSError | ValueError) -> AuthError:
    """Return what a failure to write is: a usage error, or a failure where the disk is at fault.

    Args:
        what: the name that was to be written.
        error: of the operating system; a ValueError is a name that cannot be.
    """
    reason = (getattr(error, "strerror", None) or "not a usable name").lower()
    message = f"cannot write {ascii(what[:200])[1:-1]}: {reason}"
    if getattr(error, "errno", None) in _DISK_ERRORS:
        return AuthError(message, code="output.failed")
    return InvalidInput(message, code="output.path")


def sync_folder(folder: Path) -> None:
    """Make new names durable; a file system that cannot is no reason to fail."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _name_new(temporary: Path, path: Path) -> None:
    """Give a finished file a name that nothing has."""
    try:
        _link(temporary, path)
    except FileExistsError:
        raise _taken(path) from None
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
    sync_folder(path.parent)


def _name_again(temporary: Path, path: Path) -> None:
    """Give a finished file a name that another may have."""
    os.replace(temporary, path)
    sync_folder(path.parent)


def _taken(path: Path) -> Conflict:
    return Conflict(
        f"{_shown(path)} exists already", hint="--force overwrites it", code="file.exists"
    )


def _require_replaceable(path: Path) -> None:
    if not _replaceable(path):
        raise InvalidInput(f"{_shown(path)} is not a regular file", code="file.kind")


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


@contextmanager
def _temporary(path: Path) -> Iterator[Path]:
    """Give a name in the folder of `path`; nothing has it when the block has ended.

    All that is done with the file is done in the block, up to its last name: a signal's exception
    may come between any two steps.
    """
    temporary = _beside(path)
    try:
        yield temporary
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)


def _write(path: Path, data: bytes | Iterable[bytes], mode: int) -> None:
    """Write a new file, synced."""
    with os.fdopen(os.open(path, _NEW, mode), "wb") as file:
        file.writelines((data,) if isinstance(data, bytes) else data)
        file.flush()
        os.fsync(file.fileno())


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name[:64]}.{os.urandom(6).hex()}.tmp")


def _sync(file: Path) -> None:
    descriptor = os.open(file, os.O_RDWR | _NO_FOLLOW | _BINARY)  # Windows syncs no reader's
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_folder(path: Path) -> None:
    import shutil

    shutil.rmtree(path, ignore_errors=True)


def _shown(path: Path) -> str:
    return ascii(str(path))[1:-1]
