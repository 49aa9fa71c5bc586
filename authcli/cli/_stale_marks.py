"""A private copy of a store's deny marks, for `--on-store-error stale`: as it was known last.

It is a file in the cache folder, this user's alone: a head, then a mark a line, as JSON. All marks
that can hit a token are in it or it is not written: what a part leaves out would pass. It is
renewed at most once a minute, after a check that the store answered; it is refused when nobody
renewed it for a day.
"""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from authcli.cli._folders import cache_folder
from authcli.errors import AuthError, Unavailable

if TYPE_CHECKING:
    from authcli.cli._store import Place
    from authcli.revocation.model import Mark, Target
    from authcli.store import Store

__all__ = ["MAX_AGE_SECONDS", "StaleMarks", "copy_path", "keep_copy", "read_copy"]

RENEWED_AFTER_SECONDS = 60
MAX_AGE_SECONDS = 86_400
#: More would make each command that renews the copy slow: these take about 0.3 s.
MAX_MARKS = 50_000
MAX_BYTES = 64 << 20
_FORMAT = 1
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class StaleMarks:
    """Marks in memory: fills `Denials`.

    Args:
        marks: all of them.
        renewed_at: when the store said so last, in epoch seconds.
    """

    def __init__(self, marks: Sequence[Mark], *, renewed_at: float) -> None:
        self._marks: dict[Target, Mark] = {mark[:3]: mark for mark in marks}
        self._renewed_at = renewed_at

    def find(self, targets: Sequence[Target]) -> list[Mark]:
        """Return the marks of these targets."""
        return [self._marks[target] for target in targets if target in self._marks]

    def age_seconds(self) -> int:
        """Return how long ago the store said so.

        Raises:
            Unavailable: too long ago, or in the future: a clock was wrong.
        """
        age = time.time() - self._renewed_at
        if not -RENEWED_AFTER_SECONDS <= age <= MAX_AGE_SECONDS:
            raise Unavailable(
                f"the copy of what was denied is {_hours(age)} h old, and counts for"
                f" {MAX_AGE_SECONDS // 3600} h",
                hint="mend the store",
            )
        return max(0, int(age))


def copy_path(place: Place) -> Path | None:
    """Return where the copy of a store's marks is; None where its name cannot be told apart."""
    from authcli.store.urls import locate

    location = locate(place.url)
    if location.path is not None:
        name = str(location.path.absolute())
    elif len(place.url) <= 200:  # what people are shown of a longer one is cut
        name = location.masked
    else:
        return None
    digest = sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    return cache_folder() / "revocation" / f"{digest[:32]}.jsonl"


def keep_copy(path: Path, store: Store, *, at_ms: int) -> None:
    """Renew the copy, where it is time to; where nothing was denied since, its date alone.

    Raises:
        Unavailable: it cannot be written, or there are too many marks.
    """
    from authcli import files

    try:
        if _renewed_within(path, RENEWED_AFTER_SECONDS):
            return
        generation = f"{store.store_id} {store.tokens.generation()}"
        if _generation_of(path) == generation:
            os.utime(path)
            return
        rows = store.tokens.page(after=-1, number=MAX_MARKS + 1, at_ms=at_ms)
        if len(rows) > MAX_MARKS:
            raise Unavailable(
                f"more than {MAX_MARKS:,} denials live: no copy of them is kept",
            )
        head = {"authcli": "deny-marks", "format": _FORMAT, "generation": generation}
        lines = [json.dumps({**head, "marks": len(rows)}), *(json.dumps(mark) for _, mark in rows)]
        files.private_folder(path.parent)
        files.replace(path, "\n".join([*lines, ""]).encode())
    except (OSError, AuthError) as error:
        reason = error.message if isinstance(error, AuthError) else (error.strerror or "it failed")
        raise Unavailable(
            f"the copy for --on-store-error stale was not renewed: {reason}",
        ) from None


def read_copy(path: Path | None) -> StaleMarks:
    """Read the copy.

    Raises:
        Unavailable: there is none, or it cannot be used.
    """
    if path is None:
        raise _missing()
    try:
        with _opened(path) as file:
            renewed_at = os.fstat(file.fileno()).st_mtime
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _missing() from None
    except OSError as error:
        raise _damaged((error.strerror or "it cannot be read").lower()) from None
    try:
        marks = _marks(data)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise _damaged("it is not what was written") from None
    return StaleMarks(marks, renewed_at=renewed_at)


def _marks(data: bytes) -> list[Mark]:
    from authcli.revocation.model import Mark

    first, *lines = data.decode("ascii").splitlines()
    head: dict[str, Any] = json.loads(first)
    if head["format"] != _FORMAT or head["marks"] != len(lines) or not data.endswith(b"\n"):
        raise ValueError
    marks = [Mark(*json.loads(line)) for line in lines]
    for mark in marks:
        numbers = (mark.revoked_at, mark.expires_at)
        texts = (mark.kind, mark.issuer, mark.value)
        if (
            not all(type(number) is int for number in numbers)
            or not all(isinstance(text, str) for text in texts)
            or not (mark.issued_before is None or type(mark.issued_before) is int)
            or not (mark.reason is None or isinstance(mark.reason, str))
        ):
            raise ValueError
    return marks


def _generation_of(path: Path) -> str | None:
    """Return what the copy bears, from its head alone."""
    try:
        with _opened(path) as file:
            head = json.loads(file.readline(1000))
        return str(head["generation"]) if head["format"] == _FORMAT else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError, Unavailable):
        return None


def _renewed_within(path: Path, seconds: int) -> bool:
    try:
        return 0 <= time.time() - path.lstat().st_mtime < seconds
    except FileNotFoundError:
        return False


def _opened(path: Path) -> BinaryIO:
    """Open the copy, if it is this user's own file."""
    descriptor = os.open(path, _READ)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _damaged("it is no regular file")
        if os.name == "posix" and (status.st_uid != os.geteuid() or status.st_mode & 0o022):
            raise _damaged("another user owns it or can write it")
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def _missing() -> Unavailable:
    return Unavailable("no copy of what was denied is kept here", hint="mend the store")


def _damaged(what: str) -> Unavailable:
    return Unavailable(
        f"the copy of what was denied cannot be used: {what}",
        hint="mend the store",
    )


def _hours(seconds: float) -> str:
    return format(seconds / 3600, ".0f")
