"""Mirror: the copy of the audit's head outside the database, which an older database betrays.

It is replaced after each commit, whole, and only by a newer one. It may be behind the head (the
machine stopped between the two, the disk was full), and never ahead of it.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from authcli import files
from authcli.audit.chain import MAX_HEAD_BYTES, head_from_text, head_to_text
from authcli.audit.model import Head
from authcli.errors import AuthError, InvalidInput
from authcli.store.locks import WriteLock

__all__ = ["Mirror", "read_head"]

_READ = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)  # a named pipe must not hang us
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_WAIT_SECONDS = 5.0


class Mirror:
    """The file of one store.

    Args:
        path: where it is.
        shared: whether processes that do not hold one another's write lock may write it: those
            of a host that share a database on another one. They take turns by a file beside it.
    """

    def __init__(self, path: Path, *, shared: bool) -> None:
        self.path = path
        self.name = ascii(str(path))[1:-1]
        self._shared = shared

    def read(self) -> Head | None:
        """Return what it says; None where it does not exist.

        Raises:
            InvalidInput: it is no copy of a head, or a link.
            OSError: it cannot be read.
        """
        with suppress(FileNotFoundError):
            return read_head(self.path, follow=False)
        return None

    def look(self) -> tuple[Head | None, str | None]:
        """Return what it says; or why it cannot be read, as the end of a sentence."""
        try:
            return self.read(), None
        except AuthError as error:
            return None, error.message.removeprefix(f"{self.name} ")
        except OSError as error:
            return None, f"cannot be read: {error.strerror}"

    def write(self, head: Head | None, *, renew: bool = False) -> str | None:
        """Write it unless it is newer already; return what went wrong, as a sentence.

        A failure must not undo what is committed, so it is returned, not raised.

        Args:
            head: what it is to say; None removes it.
            renew: whether to write it whatever is there.
        """
        lock = WriteLock(self.path.with_name(self.path.name + ".lock")) if self._shared else None
        try:
            if lock and not lock.acquire(seconds=_WAIT_SECONDS):
                return f"{self.name} was not written: others held it all the time"
            known = None if renew else self.read()
            if head is None:
                self.path.unlink(missing_ok=True)
            elif known is None or known.seq < head.seq:
                files.replace(self.path, head_to_text(head))
        except OSError as error:
            reason = (error.strerror or "it failed").lower()
            return f"{self.name}, the copy of the audit's head, was not written: {reason}"
        except AuthError as error:
            return f"{self.name} was not written: {error.message}"
        finally:
            if lock:
                lock.close()
        return None


def read_head(path: Path, *, follow: bool = True) -> Head:
    """Read a copy of a head from a file.

    Raises:
        InvalidInput: it is none (`code` "audit.anchor-file").
        OSError: it cannot be read.
    """
    name = ascii(str(path))[1:-1]
    descriptor = os.open(path, _READ | (0 if follow else _NO_FOLLOW))
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise InvalidInput(f"{name} is not a regular file", code="audit.anchor-file")
        data = os.read(descriptor, MAX_HEAD_BYTES + 1)  # of a regular file, all at once
    finally:
        os.close(descriptor)
    return head_from_text(data, name=name)
