"""The file of an SQLite store: found, made owner-only, and never anything but a regular file."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from authcli import files
from authcli.errors import InvalidInput, Unavailable
from authcli.store.leftovers import nothing_at
from authcli.store.sqlite_errors import shown

__all__ = ["can_write", "create_file", "found_file", "require_readable"]

_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
_WITH_EFFECTIVE_IDS = os.access in os.supports_effective_ids


def found_file(path: Path) -> Path:
    """Return the absolute path of the file that a path names, which need not exist.

    A link to a regular file is followed, so that the files beside it are the same by every name.

    Raises:
        InvalidInput: it is a folder, a device or a pipe ("store.url").
        Unavailable: it is a link to nothing, or cannot be reached.
    """
    try:
        kind = os.lstat(path).st_mode
        if stat.S_ISLNK(kind):
            path = Path(os.path.realpath(path, strict=True))
            kind = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink():
            raise Unavailable(
                f"{shown(path)} is a link to a file that does not exist",
                hint="remove the link, or put back what it names",
                code="store.missing",
            ) from None
        return path.absolute()
    except (OSError, ValueError) as error:
        raise _unreachable(path, error) from None
    if not stat.S_ISREG(kind):
        what = "a folder" if stat.S_ISDIR(kind) else "not a regular file"
        raise InvalidInput(f"{shown(path)} is {what}", hint="a store is a file", code="store.url")
    return path.absolute()


def create_file(path: Path) -> None:
    """Make an empty file, 0600, in a folder that is made 0700; leave one that exists.

    Of two that come at once one makes it, and both go on: who fills it is settled under a lock.

    Raises:
        Unavailable: the folder or the disk refuses.
    """
    try:
        if not path.parent.exists():
            files.private_folder(path.parent)
    except FileExistsError:  # what stands in a folder's place, and leads nowhere
        raise _unreachable(path, OSError(0, "a folder of it is a link to nothing")) from None
    except OSError as error:
        raise _unreachable(path, error) from None
    try:
        os.close(os.open(path, _NEW, files.PRIVATE))
    except FileExistsError:
        if path.stat().st_size == 0:  # somebody's `touch`, with the modes of the umask
            path.chmod(files.PRIVATE)
    except OSError as error:
        raise _unreachable(path, error) from None


def can_write(path: Path) -> bool:
    """Say whether the file itself can be written."""
    return os.access(path, os.W_OK, effective_ids=_WITH_EFFECTIVE_IDS)


def require_readable(path: Path) -> None:
    """Refuse a file that is not there, or that we may not read.

    Raises:
        Unavailable: so it is.
    """
    if not os.access(path, os.R_OK, effective_ids=_WITH_EFFECTIVE_IDS):
        if not path.exists():
            raise nothing_at(path)
        raise _unreachable(path, PermissionError(errno.EACCES, "permission denied"))


def _unreachable(path: Path, error: OSError | ValueError) -> Unavailable:
    reason = (getattr(error, "strerror", None) or "not a usable name").lower()
    return Unavailable(
        f"cannot open {shown(path)}: {reason}",
        hint="name another place: --store sqlite:///PATH",
        code="store.unreachable",
    )
