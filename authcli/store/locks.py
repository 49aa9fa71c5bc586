"""Who may write an SQLite store now: a file beside it that one writer holds at a time.

SQLite's own lock is polled with growing pauses, so that a tight writer starves the others; and
the kernel wakes all who wait for a file's lock, so that the one on the luckier core wins. Here
writers pass two locks. Whoever holds the first, the turnstile, is next to write; and whoever has
written must go through the turnstile again, behind those that are waiting there.

It is about fairness alone: what keeps transactions apart is SQLite's lock. So a system without
`fcntl`, or a folder that cannot be written, does without.
"""

from __future__ import annotations

import errno
import os
import time
from contextlib import suppress
from pathlib import Path

from authcli.errors import Unavailable

try:
    import fcntl
except ImportError:  # Windows
    _HAS_LOCKS = False
else:
    _HAS_LOCKS = True

__all__ = ["WriteLock"]

_FLAGS = (
    os.O_RDWR
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a named pipe must not hang us
    | getattr(os, "O_CLOEXEC", 0)
)
#: A folder that we may not write in has no such file, and a file of another user may be closed.
_WITHOUT = (errno.EACCES, errno.EPERM, errno.EROFS)
#: Between two looks at a lock: the next to write looks more often than those behind it.
_PAUSE_SECONDS, _NEXT_PAUSE_SECONDS = 0.0005, 0.0002


class WriteLock:
    """The lock of one store, for one thread of one process.

    Args:
        path: the file, made where it is missing (0600); never followed through a link. The
            turnstile, `<path>-next`, is made when two meet for the first time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turnstile_path = path.with_name(path.name + "-next")
        self._file: int | None = None
        self._turnstile: int | None = None

    def acquire(self, *, seconds: float) -> bool:
        """Wait for the lock; return False where others held it all the time.

        Raises:
            Unavailable: something that is no file stands in its place ("store.lock").
        """
        end = time.monotonic() + seconds
        if self._file is None:
            self._file = _opened(self._path, os.O_CREAT)
        if self._file is None:
            return True
        if self._turnstile is None:
            self._turnstile = _opened(self._turnstile_path, 0)
        if self._turnstile is None:
            if _locked(self._file):
                return True
            self._turnstile = _opened(self._turnstile_path, os.O_CREAT)
        if not _waited(self._turnstile, end, _PAUSE_SECONDS):
            return False
        try:
            return _waited(self._file, end, _NEXT_PAUSE_SECONDS)
        finally:
            _unlock(self._turnstile)

    def release(self) -> None:
        """Let the next one write."""
        _unlock(self._file)

    def close(self) -> None:
        """Close the files; the lock is released with them.

        In a process that was forked off the parent's lock stays: the files are shared, and only
        `release` would give it up.
        """
        for descriptor in (self._file, self._turnstile):
            if descriptor is not None:
                os.close(descriptor)
        self._file = self._turnstile = None


def _opened(path: Path, flags: int) -> int | None:
    """Open a file for locking; None where there is none, and can be none."""
    if not _HAS_LOCKS:
        return None
    try:
        return os.open(path, _FLAGS | flags, 0o600)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in _WITHOUT:
            return None
        raise _no_file(path, error) from None


def _waited(descriptor: int | None, end: float, pause_seconds: float) -> bool:
    while not _locked(descriptor):
        if time.monotonic() >= end:
            return False
        time.sleep(pause_seconds)
    return True


def _locked(descriptor: int | None) -> bool:
    if descriptor is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:  # a network's file system without locks
        return error.errno not in (errno.EACCES, errno.EAGAIN)
    return True


def _unlock(descriptor: int | None) -> None:
    if descriptor is not None:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)


def _no_file(path: Path, error: OSError) -> Unavailable:
    name = ascii(str(path)[:200])[1:-1]
    reason = "it is a symbolic link" if error.errno == errno.ELOOP else str(error.strerror).lower()
    return Unavailable(
        f"cannot open {name}, by which writers take turns: {reason}",
        hint="remove it; it holds nothing",
        code="store.lock",
    )
