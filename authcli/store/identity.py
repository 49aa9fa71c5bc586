"""What a database is: a store, nothing yet, something else's, or a store that was damaged.

Who lost a table wants to hear of backups, and who named another program's database wants to hear
that; so what is damaged is known by what is left of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from authcli.errors import Unavailable
from authcli.store.migrate import meta_rows, schema_number

if TYPE_CHECKING:
    from authcli.store.database import Database

__all__ = ["identified"]

#: Of our tables, those that nobody else has.
_PECULIAR = ("root_keys", "audit_head")
#: Whatever has the name of one of our tables where ours would be, be it a view.
_TAKEN = (
    "SELECT relname FROM pg_catalog.pg_class WHERE relname IN ({names}) AND relnamespace ="
    " (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema())"
)


def identified(database: Database, *, name: str) -> dict[str, str] | None:
    """Return the rows of a store's table meta; None where a store can be made.

    Args:
        database: open, outside a transaction.
        name: what to call it.

    Raises:
        Unavailable: it holds something else ("store.foreign"), or what is left of a store
            ("store.corrupt").
    """
    found = _sound(database)
    if found is None and _occupied(database):
        found = _sound(database)  # somebody may have made it since
        if found is None:
            raise _lost_meta(database, name)
    return found


def _sound(database: Database) -> dict[str, str] | None:
    try:
        meta = meta_rows(database)
        schema_number(meta)
    except Unavailable as error:
        if error.code == "store.foreign" and _was_store(database):
            raise database.damaged("its table meta was changed") from None
        raise
    return meta


def _occupied(database: Database) -> bool:
    if database.engine == "sqlite":
        return database.row("SELECT 1 FROM sqlite_master") is not None
    from authcli.store.upkeep.rows import TABLES

    names = {f"name{number}": table for number, table in enumerate(TABLES)}
    sql = _TAKEN.format(names=", ".join(f":{key}" for key in names))
    return database.row(sql, **names) is not None


def _was_store(database: Database) -> bool:
    return database.is_marked() or all(database.has_table(table) for table in _PECULIAR)


def _lost_meta(database: Database, name: str) -> Exception:
    if _was_store(database):
        return database.damaged("its table meta is gone")
    if database.engine == "sqlite":
        return Unavailable(
            f"{name} is a database of something else",
            hint="name another file: --store sqlite:///PATH",
            code="store.foreign",
        )
    return Unavailable(
        f"{name} holds tables of something else, with the names of ours",
        hint="name another database, or another schema: ?options=-csearch_path%3DNAME",
        code="store.foreign",
    )
