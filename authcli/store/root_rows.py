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
    from authcli.store.database import Database
    from authcli.store.store import Store

__all__ = ["FROM_THE_START", "default_source", "establish", "root_rows"]

#: What every store has a key of from its first change on; others get theirs when first needed.
FROM_THE_START = ("audit", "pepper")


def root_rows(database: Database, root: str) -> list[tuple[int, str, str]]:
    """Return (id, state, check_mac) of each key of a root."""
    return database.rows(
        "SELECT id, state, check_mac FROM root_keys WHERE root = :root ORDER BY id", root=root
    )


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

    A key is kept before its row is: if the row is undone, the key serves the next time.

    Raises:
        Unavailable: a key cannot be kept.
    """
    known = {str(root) for (root,) in store.database.rows("SELECT DISTINCT root FROM root_keys")}
    for root in roots:
        if root not in known:
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
