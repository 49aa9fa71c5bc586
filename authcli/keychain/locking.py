"""The keychain's files: who may change them now, and reading them without being fooled.

A reader needs no lock, because files are replaced whole. Those who change them take turns by a
lock on `keychain.lock`, which ends with its process, however that ends.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from authcli import files
from authcli.errors import Unavailable
from authcli.keychain.model import lost

__all__ = ["locked", "read_bounded", "unwritable"]

LOCK = "keychain.lock"
#: How long others may keep us: opening the encrypted file takes each of them a fifth of a second.
PATIENCE_SECONDS = 30.0
_PAUSE_SECONDS = 0.005
_NO_FOLLOW = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a named pipe must not hang us
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one process at a time change the files of a folder, which is made where it is missing.

    Raises:
        Unavailable: another process keeps it too long ("keychain.busy"), or the folder cannot be
            written ("keychain.unwritable").
    """
    path = folder / LOCK
    try:
        files.private_folder(folder)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _NO_FOLLOW, files.PRIVATE)
    except OSError as error:
        raise unwritable(path, error) from None
    try:
        _wait(descriptor)
        yield
    finally:
        os.close(descriptor)


def read_bounded(path: Path, *, limit: int) -> bytes | None:
    """Return what a file of the keychain holds; None where there is none.

    Raises:
        Unavailable: a link, no regular file, too large, or it cannot be read.
    """
    name = ascii(str(path))[1:-1]
    try:
        descriptor = os.open(path, os.O_RDONLY | _NO_FOLLOW)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise lost(f"{name} is a symbolic link", hint="put the file itself there") from None
        raise _unreadable(name, error) from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise lost(f"{name} is not a regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise _unreadable(name, error) from None
    finally:
        os.close(descriptor)
    if len(data) > limit:
        raise lost(f"{name} is larger than {limit} bytes")
    return data


def _unreadable(name: str, error: OSError) -> Unavailable:
    reason = (error.strerror or "it failed").lower()
    return Unavailable(f"cannot read {name}: {reason}", code="keychain.unreadable")


def unwritable(path: Path, error: OSError) -> Unavailable:
    """Return what a failure to write a file of the keychain is; the old file is whole."""
    name = ascii(str(path))[1:-1]
    reason = (error.strerror or "it failed").lower()
    return Unavailable(f"cannot write {name}: {reason}", code="keychain.unwritable")


def _wait(descriptor: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows, where people do not set secrets eight at a time
        return
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise Unavailable(
                    f"another process has kept the keychain for {PATIENCE_SECONDS:.0f} seconds",
                    hint="look who holds it: fuser keychain.lock",
                    code="keychain.busy",
                ) from None
            time.sleep(_PAUSE_SECONDS)
        except OSError:  # a network's file system without locks
            return
        else:
            return
