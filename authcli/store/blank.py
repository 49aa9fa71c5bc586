"""A blank store: the newest schema and nothing in it, no root keys and no events, to be filled.

A store that is made to be used gets keys and a first event at once; what is copied or restored
brings its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from authcli.errors import Unavailable
from authcli.roots import ROOTS
from authcli.store.database import Database
from authcli.store.migrate import apply_pending, facts, schema_number
from authcli.store.urls import locate

__all__ = ["make_blank", "set_facts", "undone_on_failure"]

#: What stands beside an SQLite store.
_SUFFIXES = (
    *("", "-wal", "-shm", "-journal", ".lock", ".audit-head"),
    *(root.suffix for root in ROOTS.values()),
)


def make_blank(url: str, *, identity: Mapping[str, str] | None = None) -> bool:
    """Make a blank store where there is none; return whether it was made.

    Args:
        url: of the store.
        identity: what its table meta is to say ("store_id", "created_at"); by default it is a
            store of its own.
    """
    location = locate(url)
    database: Database
    if location.path is not None:
        from authcli.store.sqlite import open_sqlite

        database = open_sqlite(location.path, create=True, read_only=False, wait_seconds=5.0)
    else:
        from authcli.store.postgres import open_postgres

        database = open_postgres(location, read_only=False, wait_seconds=5.0)
    try:
        if schema_number(facts(database)):
            return False
        if database.engine == "sqlite" and database.row("SELECT 1 FROM sqlite_master"):
            raise Unavailable(
                f"{location.masked} is a database of something else",
                hint="name another file",
                code="store.foreign",
            )
        with database.writing():
            made = apply_pending(database) == 0
            if made and identity:
                set_facts(database, identity)
    finally:
        database.close()
    return made


def set_facts(database: Database, values: Mapping[str, str]) -> None:
    """Set rows of the table meta."""
    for name, value in values.items():
        database.run(
            "INSERT INTO meta (name, value) VALUES (:name, :value)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            name=name,
            value=value,
        )


@contextmanager
def undone_on_failure(url: str) -> Iterator[None]:
    """Remove the files of an SQLite store that were not there before, when the block raises."""
    path = locate(url).path
    new = path is not None and not os.path.lexists(path)
    before = set(_files_at(path)) if path is not None else set()
    try:
        yield
    except BaseException:
        if path is not None and new:
            for file in _files_at(path):
                if file not in before:
                    file.unlink(missing_ok=True)
        raise


def _files_at(path: Path) -> Iterator[Path]:
    for suffix in _SUFFIXES:
        file = path.with_name(path.name + suffix)
        if os.path.lexists(file):
            yield file
