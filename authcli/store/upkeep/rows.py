"""Rows of every table, as they travel between stores: counted, and added up on the way.

They travel as they come, so memory does not grow with their number. Both sides are added up: how
many rows a table has, and a sum of their SHA-256 values, which no order of rows changes, since
engines sort text differently.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from authcli.errors import Unavailable

if TYPE_CHECKING:
    from authcli.store.database import Database

__all__ = [
    "TABLES",
    "Contents",
    "Progress",
    "contents",
    "copy_rows",
    "counted",
    "delete_rows",
    "require_same",
    "silent",
]

#: How far work is: (rows done, rows in all). Called every few hundred rows.
Progress: TypeAlias = Callable[[int, int], None]

#: Every table but `meta`, which says what the store itself is -> the order its rows are copied in.
#: A table comes after those that it refers to, and so does a row.
TABLES: dict[str, str] = {
    "root_keys": "",
    "audit_events": "",
    "audit_head": "",
    "api_keys": "ORDER BY lineage_id, rotation_no",
    "api_key_quotas": "",
    "api_key_usage": "",
    "rate_buckets": "",
    "otp_states": "",
    "recovery_codes": "",
    "signing_rings": "",
    "signing_keys": "",
    "key_publications": "",
    "revocations": "",
    "revocation_state": "",
    "issued_tokens": "",
    "token_families": "",
    "refresh_tokens": "",
}

_COLUMNS = {
    "sqlite": "SELECT name FROM pragma_table_info(:name) ORDER BY name",
    "postgresql": "SELECT column_name FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND table_name = :name"
    ' ORDER BY column_name COLLATE "C"',
}
_STEP = 512


class Contents(NamedTuple):
    """What a table holds, as two engines can compare it."""

    rows: int
    digest: str
    """Sum of the SHA-256 values of the rows, modulo 2^256, as hex."""


def silent(done: int, total: int) -> None:
    """Report nothing."""


def copy_rows(
    source: Database, target: Database, *, progress: Progress = silent
) -> dict[str, Contents]:
    """Copy the rows of every table into empty tables of the same schema.

    Inside a snapshot of the source and a transaction of the target, which are the caller's.

    Returns:
        Table -> what was sent.
    """
    total = sum(counted(source).values())
    sent: dict[str, Contents] = {}
    for table in TABLES:
        before = sum(found.rows for found in sent.values())
        columns, adding = _columns(source, table), _Sum()
        values = ", ".join(f":{name}" for name in columns)
        with _rows(source, table, columns) as rows:
            target.run_many(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})",
                (
                    dict(zip(columns, row, strict=True))
                    for row in _told(adding.passing(rows), before, total, progress)
                ),
            )
        sent[table] = adding.contents()
    return sent


def contents(database: Database) -> dict[str, Contents]:
    """Return what each table holds."""
    found = {}
    for table in TABLES:
        adding = _Sum()
        with _rows(database, table, _columns(database, table)) as rows:
            for _ in adding.passing(rows):
                pass
        found[table] = adding.contents()
    return found


def counted(database: Database) -> dict[str, int]:
    """Return how many rows each table has."""
    found = {}
    for table in TABLES:
        row = database.row(f"SELECT count(*) FROM {table}")
        found[table] = int(row[0]) if row else 0
    return found


def delete_rows(database: Database) -> None:
    """Delete the rows of every table, inside a transaction."""
    for table in reversed(TABLES):
        database.run(f"DELETE FROM {table}")


def require_same(sent: Mapping[str, Contents], target: Database) -> None:
    """Raise where the target holds other rows than were sent."""
    arrived = contents(target)
    differing = [table for table in TABLES if arrived[table] != sent[table]]
    if differing:
        counts = ", ".join(
            f"{table} {sent[table].rows} -> {arrived[table].rows}" for table in differing
        )
        raise Unavailable(
            f"what arrived is not what was sent ({counts}); nothing was changed",
            hint="authcli store status --full",
            code="store.copy",
        )


class _Sum:
    """Adds up rows that pass."""

    def __init__(self) -> None:
        self._rows = 0
        self._sum = 0

    def passing(self, rows: Iterable[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
        for row in rows:
            self._rows += 1
            self._sum += int.from_bytes(
                sha256(repr(tuple(row)).encode("utf-8", "replace")).digest()
            )
            yield row

    def contents(self) -> Contents:
        return Contents(self._rows, format(self._sum % (1 << 256), "064x"))


@contextmanager
def _rows(
    database: Database, table: str, columns: tuple[str, ...]
) -> Iterator[Iterator[tuple[object, ...]]]:
    """Give a table's rows; the query ends with the block, also where that ends early."""
    sql = f"SELECT {', '.join(columns)} FROM {table} {TABLES[table]}"
    rows = database.stream(sql)
    try:
        yield rows
    finally:
        if isinstance(rows, Generator):
            rows.close()


def _told(
    rows: Iterable[tuple[object, ...]], before: int, total: int, progress: Progress
) -> Iterator[tuple[object, ...]]:
    for number, row in enumerate(rows, before + 1):
        if not number % _STEP:
            progress(number, max(number, total))
        yield row


def _columns(database: Database, table: str) -> tuple[str, ...]:
    """Return a table's columns by name, whatever order migrations left them in."""
    return tuple(str(name) for (name,) in database.rows(_COLUMNS[database.engine], name=table))
