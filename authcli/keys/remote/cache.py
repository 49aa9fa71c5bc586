"""The file that remembers what a URL answered: one for each URL, owner-only, replaced atomically.

Whoever can write these files can sign tokens that verify, so a file or folder that others own or
may write is not believed. Everything in a file is checked when it is read; one that is torn, of
another URL, from the future or not ours counts as absent and is replaced by the next answer.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from authcli import clock, encoding, files
from authcli.errors import InvalidEncoding

__all__ = ["MAX_LIFETIME_SECONDS", "Entry", "load", "save"]

SCHEMA = "authcli/remote-cache/1"
#: A body of 1 MiB grows at most threefold as ASCII JSON.
MAX_FILE_BYTES = 4 << 20
#: How far a clock may have been set back between two runs before an entry counts as false.
MAX_FUTURE_SECONDS = 60
#: No answer is used for longer without asking again, whatever its server or its file says.
MAX_LIFETIME_SECONDS = 86_400

_TIMES = ("fetched_at", "asked_at", "expires_at")
_MEMBERS = {"schema", "url", "body", *_TIMES}
_OPEN = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a FIFO in its place must not hang us
    | getattr(os, "O_BINARY", 0)
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer, with times in epoch seconds of the real clock."""

    url: str
    body: bytes
    """The document, UTF-8 JSON, as it was received."""
    fetched_at: int
    """When it was received."""
    asked_at: int
    """When it was last asked for; later than `fetched_at` where that attempt failed."""
    expires_at: int
    """Until when it is used without asking again."""


def load(folder: Path, *, url: str) -> Entry | None:
    """Return what `url` answered, or None where no file that can be trusted says so."""
    try:
        if _others_can_write(folder.stat()):
            return None
        descriptor = os.open(_path(folder, url), _OPEN)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or _others_can_write(status):
                return None
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError:
        return None
    return _entry(data, url)


def save(folder: Path, entry: Entry) -> None:
    """Write the entry in place of an older one; the folder is made 0700 where it is missing.

    Raises:
        OSError: the folder or the disk refuses, or others may write to the folder.
    """
    if _others_can_write(files.private_folder(folder).stat()):
        raise PermissionError("it belongs to another user, or others may write to it")
    members = {"schema": SCHEMA, "url": entry.url, "body": entry.body.decode()}
    times = {name: getattr(entry, name) for name in _TIMES}
    files.replace(_path(folder, entry.url), encoding.compact_json(members | times))


def _path(folder: Path, url: str) -> Path:
    return folder / f"{hashlib.sha256(url.encode()).hexdigest()}.json"


def _others_can_write(status: os.stat_result) -> bool:
    """Say whether anyone but this user (and root) could have written it; never on Windows."""
    if os.name != "posix":  # pragma: no cover
        return False
    return status.st_uid not in (os.geteuid(), 0) or bool(status.st_mode & 0o022)


def _entry(data: bytes, url: str) -> Entry | None:
    """Return the entry that a file's bytes hold, None where they hold anything else."""
    try:
        members = encoding.json_object(data, what="cache file", max_bytes=MAX_FILE_BYTES)
    except InvalidEncoding:
        return None
    if set(members) != _MEMBERS or members["schema"] != SCHEMA or members["url"] != url:
        return None
    times = [members[name] for name in _TIMES]
    if not isinstance(members["body"], str) or any(type(time) is not int for time in times):
        return None
    fetched_at, asked_at, expires_at = times
    if not 0 <= fetched_at <= asked_at <= clock.now() + MAX_FUTURE_SECONDS:
        return None
    if not fetched_at <= expires_at <= fetched_at + MAX_LIFETIME_SECONDS:
        return None
    try:
        body = members["body"].encode()
    except UnicodeEncodeError:  # a lone surrogate
        return None
    return Entry(url, body, fetched_at, asked_at, expires_at)
