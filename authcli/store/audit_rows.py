"""Rows of the audit as they are: also where somebody put text there that is no UTF-8.

SQLite gives such a text to nobody who asks for text, and with it no row after it. Whoever reads
the audit must see all of it, so what cannot be read as text is read as hex.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from authcli.audit.model import COLUMNS, Head
from authcli.errors import Unavailable

if TYPE_CHECKING:
    from authcli.store.database import Database, Row

__all__ = ["SELECT_HEAD", "event_rows", "head_row"]

_HEAD = " FROM audit_head WHERE one = 1"
SELECT_HEAD = f"SELECT {', '.join(Head._fields)}{_HEAD}"
_EVENTS = f"SELECT {', '.join(COLUMNS)} FROM audit_events"


def _as_hex(columns: tuple[str, ...]) -> str:
    return ", ".join(f"typeof({name}) || ':' || hex({name})" for name in columns)


def head_row(database: Database) -> Row | None:
    """Return the columns of the head; a text that is no UTF-8 has lone surrogates in it."""
    try:
        return database.row(SELECT_HEAD)
    except Unavailable as error:
        _require_readable(database, error)
    row = database.row(f"SELECT {_as_hex(Head._fields)}{_HEAD}")
    return None if row is None else tuple(map(_value, row))


def event_rows(
    database: Database,
    *,
    where: str = "1 = 1",
    values: Mapping[str, object] = MappingProxyType({}),
    newest_first: bool = False,
    limit: int | None = None,
) -> Iterator[Row]:
    """Yield the columns of events, as `head_row` does, in constant memory.

    Args:
        database: of the store.
        where: the condition.
        values: name in it -> value.
        newest_first: the order of their numbers, reversed.
        limit: at most so many.
    """
    seq: object = None
    count = 0
    end = f"ORDER BY seq{' DESC' if newest_first else ''}"
    given = dict(values)
    if limit is not None:
        end, given["limit"] = f"{end} LIMIT :limit", limit
    try:
        for row in database.stream(f"{_EVENTS} WHERE {where} {end}", **given):
            yield row
            seq = row[0]
            count += 1
        return
    except Unavailable as error:
        _require_readable(database, error)
    if limit is not None:
        given["limit"] = limit - count
    if count:  # go on behind the last one that could be read
        where, given["seen"] = f"({where}) AND seq {'<' if newest_first else '>'} :seen", seq
    sql = f"SELECT {_as_hex(COLUMNS)} FROM audit_events WHERE {where} {end}"
    for row in database.stream(sql, **given):
        yield tuple(map(_value, row))


def _require_readable(database: Database, error: Unavailable) -> None:
    """Raise the error again, unless another way of reading may help."""
    if database.engine != "sqlite" or error.code != "store.corrupt":
        raise error


def _value(text: object) -> object:
    """Return the value of "text:C3A9": its type in SQLite, and the bytes of it as text."""
    kind, _, digits = str(text).partition(":")
    data = bytes.fromhex(digits)
    if kind == "text":
        return data.decode("utf-8", "surrogateescape")
    if kind == "blob":
        return data
    if kind == "null":
        return None
    return int(data) if kind == "integer" else float(data)
