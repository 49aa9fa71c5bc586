"""Migrations: the numbered files of `schema/`, which bring a store to the newest schema.

A new store is one that is migrated from nothing. All that is pending happens in one transaction,
with the schema's number and the event that says so: a store is of one schema or of another.
"""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from authcli.clock import now_ms
from authcli.errors import Unavailable
from authcli.files import made_beside
from authcli.store.database import Database, TableMissing

if TYPE_CHECKING:
    from authcli.roots import RootSource
    from authcli.store.store import Store

__all__ = [
    "NEWEST",
    "Migrated",
    "apply_pending",
    "back_up_before",
    "bring_up",
    "meta_rows",
    "migrate_store",
    "pending_since",
    "require_newest",
    "schema_files",
    "schema_number",
    "set_meta",
    "statements",
]

#: The number of the last file; a constant, because every command compares it.
NEWEST = 5

#: The one type that differs: on SQLite it makes the column the rowid.
_INT64_KEY = {"sqlite": "INTEGER", "postgresql": "BIGINT"}


class Migrated(NamedTuple):
    """What a migration did."""

    before: int
    """The schema's number before; 0 where nothing was there."""
    after: int
    backup: Path | None
    """The copy of an SQLite store from before; None where there was no need or it has no file."""


def migrate_store(
    url: str,
    *,
    dry_run: bool = False,
    roots: Mapping[str, RootSource] | None = None,
    side_folder: Path | None = None,
    actor: str = "library",
    process: str = "",
    request_id: str | None = None,
    wait_seconds: float = 5.0,
) -> Migrated:
    """Bring a store to the newest schema; `dry_run` says what would be done.

    The other arguments are `open_store`'s. An SQLite store is copied first, to a file beside it.
    What is empty becomes a store. Of two that come at once one does it, the other sees it done.

    Raises:
        Unavailable: there is nothing ("store.missing"), it is newer than this authcli
            ("store.newer"), or it cannot be changed; then it is what it was.
    """
    from authcli.store.store import open_store

    with open_store(
        url,
        older=True,
        read_only=dry_run,
        roots=roots,
        side_folder=side_folder,
        actor=actor,
        process=process,
        request_id=request_id,
        wait_seconds=wait_seconds,
    ) as store:
        before = schema_number(meta_rows(store.database))
        if dry_run or before == NEWEST:
            return Migrated(before, NEWEST, None)
        return bring_up(store)


def bring_up(store: Store) -> Migrated:
    """Run what is pending and say so in the audit, in one transaction; copy the file first."""
    database = store.database
    with database.writing():
        before = pending_since(database)
        if before == NEWEST:
            return Migrated(before, NEWEST, None)
        backup = None
        if before > 0 and store.path is not None:
            backup = back_up_before(database, store.path, number=before)
        try:
            apply_pending(database)
            store.identify(meta_rows(database))
            with store.change() as journal:
                if before == 0:
                    journal.record("store.created")
                else:
                    journal.record("store.migrated", detail={"from": before, "to": NEWEST})
        except BaseException:
            if backup is not None:
                backup.unlink(missing_ok=True)  # the store itself is what it was
            raise
    return Migrated(before, NEWEST, backup)


def schema_number(meta: Mapping[str, str] | None) -> int:
    """Return the number of a store's schema; 0 where it has none.

    Args:
        meta: the rows of its table meta; None where there is no such table.

    Raises:
        Unavailable: the table is there, but is not one of authcli's ("store.foreign").
    """
    if meta is None:
        return 0
    number = meta.get("schema", "")
    if not re.fullmatch("[0-9]{1,9}", number) or "store_id" not in meta:
        raise Unavailable(
            "the database holds a table meta that is not authcli's",
            hint="name another database, or on PostgreSQL another schema of it",
            code="store.foreign",
        )
    return int(number)


def require_newest(number: int, *, name: str) -> None:
    """Refuse a store of another schema than ours.

    Raises:
        Unavailable: it is newer ("store.newer") or older ("store.older").
    """
    if number > NEWEST:
        raise Unavailable(
            f"{name} has schema {number}, and this authcli knows none after {NEWEST}",
            hint="use the newer authcli that wrote it",
            code="store.newer",
        )
    if number < NEWEST:
        raise Unavailable(
            f"{name} has schema {number}, and this authcli needs {NEWEST}",
            hint="authcli store migrate",
            code="store.older",
        )


def meta_rows(database: Database) -> dict[str, str] | None:
    """Return the rows of the table meta; None where there is no such table."""
    try:
        return {
            str(name): str(value) for name, value in database.rows("SELECT name, value FROM meta")
        }
    except TableMissing:
        return None


def set_meta(database: Database, /, **values: str) -> None:
    """Set rows of the table meta."""
    for name, value in values.items():
        database.run(
            "INSERT INTO meta (name, value) VALUES (:name, :value)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            name=name,
            value=value,
        )


def pending_since(database: Database) -> int:
    """Return the number of a store's schema, inside a transaction that writes.

    Raises:
        Unavailable: its schema is newer than ours.
    """
    before = schema_number(meta_rows(database) if database.has_table("meta") else None)
    if before > NEWEST:
        require_newest(before, name="the store")
    return before


def apply_pending(database: Database, *, upto: int = NEWEST) -> int:
    """Run what a store lacks, inside a transaction that writes; return the number before.

    Args:
        database: it is asked again what it has: of two that migrate at once one has done it.
        upto: where to stop; tests make older stores by it.

    Raises:
        Unavailable: its schema is newer than ours.
    """
    before = pending_since(database)
    for number, text in schema_files():
        if before < number <= upto:
            for statement in statements(text, engine=database.engine):
                database.run(statement)
    if before == 0:
        from uuid import uuid4

        set_meta(database, store_id=str(uuid4()), created_at=str(now_ms()))
    if before < upto:
        set_meta(database, schema=str(upto))
    return before


def back_up_before(database: Database, path: Path, *, number: int) -> Path:
    """Copy an SQLite store to a file beside it, before it is migrated; return its path.

    The transaction that migrates has begun, so nobody else writes meanwhile; the copy shows what
    was committed before it.

    Raises:
        Unavailable: the copy cannot be written.
    """
    moment = now_ms()
    second = time.strftime("%Y%m%dT%H%M%S", time.gmtime(moment // 1000))
    backup = path.with_name(f"{path.name}.schema-{number}.{second}.{moment % 1000:03}Z.backup")
    try:
        with made_beside(backup, force=False) as temporary:
            database.copy_to(temporary)
    except OSError as error:
        reason = (error.strerror or "it failed").lower()
        raise Unavailable(
            f"cannot write the copy that is made before a migration: {reason}",
            hint="nothing was changed",
            code="store.full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "store.read-only",
        ) from None
    return backup


def schema_files() -> list[tuple[int, str]]:
    """Return the number and the text of each file of `schema/`, in order."""
    from importlib.resources import files

    found = [
        (int(entry.name[:4]), entry.read_text("utf-8"))
        for entry in files("authcli.store").joinpath("schema").iterdir()
        if entry.name.endswith(".sql")
    ]
    return sorted(found)


def statements(text: str, *, engine: str) -> list[str]:
    """Return the statements of a file, as an engine takes them.

    They stand alone because sqlite3's executescript would commit before the first. A file's
    strings hold neither a semicolon nor two hyphens.
    """
    bare = re.sub(r"--[^\n]*", "", text).replace("INT64_KEY", _INT64_KEY[engine])
    return [statement.strip() for statement in bare.split(";") if statement.strip()]
