"""The rows of root_keys: which root keys a store has, and its first ones."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from authcli import files
from authcli.clock import now_ms
from authcli.errors import Unavailable
from authcli.roots import ROOTS, FileSource, FixedSource, RootSource, check_mac, first_key

if TYPE_CHECKING:
    from authcli.store.database import Database, Row
    from authcli.store.store import Store

__all__ = ["FROM_THE_START", "default_source", "establish", "root_rows"]

#: Root -> the tables whose rows say that a key of it is there, and how; of the audit, the newest.
_UNLISTED = {
    "pepper": {
        table: f"SELECT DISTINCT pepper_id FROM {table} WHERE pepper_id IS NOT NULL"
        " AND pepper_id NOT IN (SELECT id FROM root_keys WHERE root = 'pepper')"
        for table in ("api_keys", "recovery_codes", "refresh_tokens")
    },
    "kek": {
        "signing_keys": "SELECT DISTINCT kek_id FROM signing_keys WHERE private_sealed IS NOT NULL"
        " AND kek_id NOT IN (SELECT id FROM root_keys WHERE root = 'kek')"
    },
    "audit": {
        "audit_events": "SELECT key_id FROM audit_events"
        " WHERE seq = (SELECT max(seq) FROM audit_events)"
        " AND key_id NOT IN (SELECT id FROM root_keys WHERE root = 'audit')"
    },
}
_LISTED = "SELECT root, id, state, check_mac FROM root_keys ORDER BY id"
#: What every store has a key of from its first change on; others get theirs when first needed.
FROM_THE_START = ("audit", "pepper")


def root_rows(database: Database, root: str) -> list[tuple[int, str, str]]:
    """Return (id, state, check_mac) of each key of a root."""
    return database.rows(
        "SELECT id, state, check_mac FROM root_keys WHERE root = :root ORDER BY id", root=root
    )


def unlisted(database: Database, root: str) -> list[int]:
    """Return the ids of keys that other rows hang on, and that are not listed: rows were lost."""
    found = [
        key_id
        for table, sql in _UNLISTED.get(root, {}).items()
        if database.has_table(table)  # an older schema has fewer
        for (key_id,) in database.rows(sql)
    ]
    return list(dict.fromkeys(found))


def default_source(root: str, path: Path | None) -> RootSource:
    """Return where the keys of a root are held, unless a setting says otherwise.

    Args:
        root: a name of `ROOTS`.
        path: its file; None where the store has no folder for one.
    """
    if path is None:
        return FixedSource(f"the setting {ROOTS[root].setting} (which is not set)", [])
    return FileSource(path)


def establish(store: Store, roots: Iterable[str]) -> None:
    """Give a store first keys of the roots that it has none of; inside a writing transaction.

    A key is kept before its row is: if the row is undone, the key serves the next time. What the
    store knew of those that it has is taken over anew: another process may have added one.

    Raises:
        Unavailable: a key cannot be kept; or there was one, whose row is lost ("root.missing").
    """
    listed: dict[str, list[Row]] = {}
    for root, *row in store.database.rows(_LISTED):
        listed.setdefault(str(root), []).append(tuple(row))
    for root in roots:
        if root in listed:
            store.root_keys(root).renew(listed[root])
        else:
            if lost := unlisted(store.database, root):
                store.root_keys(root).refresh()
                store.root_keys(root).key(lost[0])  # raises, and says what is wrong
            key = _first_key(store, store.roots[root])
            store.database.run(
                "INSERT INTO root_keys (root, id, state, created_at, check_mac)"
                " VALUES (:root, 1, 'active', :at, :mac)",
                root=root,
                at=now_ms(),
                mac=check_mac(root, key),
            )
            store.root_keys(root).refresh()


def _first_key(store: Store, source: RootSource) -> bytes:
    path = getattr(source, "path", None)
    if store.path is None and isinstance(path, Path):
        try:
            files.private_folder(path.parent.parent)
            files.private_folder(path.parent)
        except OSError as error:
            reason = (error.strerror or "it failed").lower()
            raise Unavailable(
                f"cannot make the folder of {source.name}: {reason}", code="root.unwritable"
            ) from None
    return first_key(source)
