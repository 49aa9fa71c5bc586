"""What SQLite's errors mean to people; the one place that reads them."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

from authcli.errors import AuthError, Conflict, InvalidInput, Unavailable
from authcli.store.database import TableMissing

__all__ = ["damaged", "locked", "meaning", "no_shared_memory", "read_only", "shown"]

_UNIQUE = (
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    sqlite3.SQLITE_CONSTRAINT_ROWID,
)
#: What a migration meets in a database that has what it is about to make.
_THERE_ALREADY = r"(?s)^(?:table|index) .* already exists$|^duplicate column name: "
#: SQLite says FULL for ENOSPC alone; over a quota or a limit of file sizes it says these.
_FULL = (
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_SHMOPEN,  # its first byte; where it cannot be opened, CANTOPEN is said
    sqlite3.SQLITE_IOERR_SHMSIZE,
    sqlite3.SQLITE_IOERR_TRUNCATE,
)


def meaning(error: Exception, *, path: Path, seconds: float) -> Exception:
    """Return the error to raise for one of sqlite3's; a bug of ours remains what it is."""
    if isinstance(error, OverflowError | UnicodeEncodeError | sqlite3.DataError):
        return InvalidInput("a value is too large, or no text that can be kept", code="store.value")
    code = getattr(error, "sqlite_errorcode", 0)
    name = shown(path)
    if code == sqlite3.SQLITE_ERROR and re.search(_THERE_ALREADY, str(error)):
        words = ascii(str(error)[:80])[1:-1]
        return damaged(path, f"{words}, and not in the schema that it names")
    if code == sqlite3.SQLITE_ERROR and str(error).startswith("no such "):
        kind = TableMissing if "table" in str(error) else Unavailable
        return kind(
            f"{name} is a database, but not a store of authcli: {str(error)[:80]}",
            hint="name another file: --store sqlite:///PATH",
            code="store.foreign",
        )
    if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        return Conflict("what it refers to is not there any more", code="store.conflict")
    if code in _UNIQUE:
        return Conflict("exists already", code="store.conflict")
    if code in _FULL:
        code = sqlite3.SQLITE_FULL
    # Python's own, which have no code; and a header that names a format to come.
    unread = str(error).startswith(("Could not decode to UTF-8", "unsupported file format"))
    if unread or isinstance(error, UnicodeDecodeError):
        code = sqlite3.SQLITE_CORRUPT
    by_class = _BY_CLASS.get(code & 0xFF)
    if by_class is not None:
        text, hint, stable = by_class
        return Unavailable(text.format(name), hint=hint, code=stable)
    if code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return locked(path, seconds=seconds)
    if code & 0xFF in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return read_only(path)
    return error


def damaged(path: Path, what: str) -> Unavailable:
    """Return what is wrong when a store lost something, or was changed by others."""
    return Unavailable(
        f"the store {shown(path)} is damaged: {what}", hint=_RESTORE, code="store.corrupt"
    )


def locked(path: Path, *, seconds: float) -> AuthError:
    """Return what is wrong when others write for too long."""
    return Unavailable(
        f"another process kept {shown(path)} from being written for {seconds:g} seconds",
        hint="try again; if it lasts, look for a stopped process: fuser -v FILE",
        code="store.locked",
    )


def read_only(path: Path) -> AuthError:
    """Return what is wrong when the file or its folder cannot be written."""
    return Unavailable(
        f"{shown(path)} cannot be written",
        hint="look at the modes of the file, its -wal, its -shm and its folder, and at the mount",
        code="store.read-only",
    )


def no_shared_memory(path: Path) -> AuthError:
    """Return what is wrong when the files cannot be made by which readers see what is written.

    SQLite's `immutable=1` would do without them, and without the revocations that are still in
    the log.
    """
    return Unavailable(
        f"{shown(path)} cannot be read: its -wal and -shm files are missing, and cannot be made",
        hint="let who may write there keep the store open, or put a backup there, which needs no"
        " files beside it: authcli store backup",
        code="store.read-only",
    )


def shown(path: Path) -> str:
    """Return a path for a message."""
    return ascii(str(path)[:200])[1:-1]


_RESTORE = "keep a copy of it, then put back the last backup: authcli store restore"
_BY_CLASS = {
    sqlite3.SQLITE_FULL: (
        "no room for {0}: the disk, a quota or a limit is used up",
        "nothing was changed; make room, then try again",
        "store.full",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "{0} is damaged",
        _RESTORE,
        "store.corrupt",
    ),
    sqlite3.SQLITE_NOTADB: (
        "{0} is not an SQLite database, or its beginning is damaged",
        "name another file, or put back the last backup: authcli store restore",
        "store.corrupt",
    ),
    sqlite3.SQLITE_IOERR: (
        "the disk failed while {0} was used",
        "see the system's log (dmesg); nothing was changed",
        "store.disk",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "cannot open {0}, or the files that SQLite keeps beside it (-wal, -shm)",
        "in a folder that cannot be written, put a backup: it needs no files beside it",
        "store.read-only",
    ),
}
