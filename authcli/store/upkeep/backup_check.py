"""Looking at a backup before anything is done with it: is it one, is it whole, is it ours.

A file may be anything that somebody calls a backup. It is opened for reading alone; one of an older
schema is brought to the newest in a copy, and stays what it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from authcli.errors import AuthError, InvalidInput
from authcli.store.migrate import NEWEST, apply_pending, meta_rows, require_newest, schema_number

if TYPE_CHECKING:
    from authcli.store.sqlite import SQLite

__all__ = ["Checked", "checked_backup"]


class Checked(NamedTuple):
    """A backup that is whole, and of the newest schema by now."""

    path: Path
    """As it was named."""
    database: Path
    """Where it can be read: itself, or a copy of the newest schema."""
    schema: int
    """As it was written."""
    identity: Mapping[str, str]
    """Its "store_id" and "created_at"."""


@contextmanager
def checked_backup(path: Path) -> Iterator[Checked]:
    """Look at a backup, and yield what can be restored of it.

    Raises:
        InvalidInput: it is no backup of a store, or is damaged or cut (`code` "backup.invalid").
        Unavailable: its schema is newer ("store.newer"), or it cannot be read.
    """
    from authcli.store.sqlite import open_sqlite

    name = ascii(str(path))[1:-1]
    if not os.path.exists(path):  # noqa: PTH110 - Path.exists raises for some names
        raise InvalidInput(f"there is no backup {name}", code="backup.missing")
    try:
        source = open_sqlite(path, create=False, read_only=True, wait_seconds=5.0)
    except AuthError as error:
        raise _invalid(name, error) from None
    try:
        with TemporaryDirectory(prefix="authcli-") as folder:
            database, schema, identity = _sound(source, name, Path(folder))
            yield Checked(path, database, schema, identity)
    finally:
        source.close()


def _sound(source: SQLite, name: str, folder: Path) -> tuple[Path, int, dict[str, str]]:
    """Check a database's pages, rows and references; return where it is in the newest schema."""
    try:
        known = meta_rows(source) or {}
        number = schema_number(known or None)
        if number > NEWEST:
            require_newest(number, name=name)
        if number == 0:
            raise InvalidInput("it holds no store", code="backup.invalid")
        words = source.rows("PRAGMA integrity_check(1)")
        if words != [("ok",)]:
            said = " ".join(str(words[0][0]).split())  # SQLite's own words come in lines
            raise InvalidInput(f"it is damaged: {ascii(said[:200])[1:-1]}", code="backup.invalid")
        if source.row("PRAGMA foreign_key_check"):
            raise InvalidInput("a row refers to one that is not there", code="backup.invalid")
        path = source.path if number == NEWEST else _upgraded(source, folder)
    except AuthError as error:
        raise _invalid(name, error) from None
    return path, number, {word: known[word] for word in ("store_id", "created_at") if word in known}


def _upgraded(source: SQLite, folder: Path) -> Path:
    """Bring a copy of an older backup to the newest schema; the backup stays what it is."""
    from authcli.store.sqlite import open_sqlite

    path = folder / "newest.db"
    source.row("VACUUM INTO :path", path=str(path))
    database = open_sqlite(path, create=False, read_only=False, wait_seconds=5.0)
    try:
        with database.writing():
            apply_pending(database)
    finally:
        database.close()
    return path


def _invalid(name: str, error: AuthError) -> AuthError:
    if error.code in ("store.newer", "store.full", "store.locked"):
        return error
    return InvalidInput(
        f"{name} is not a backup that can be restored: {error.message}",
        hint="name a file that `authcli store backup` wrote",
        code="backup.invalid",
    )
