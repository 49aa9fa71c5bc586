"""The next key of a root: held durably before a row names it, and then active.

A crash between the two leaves a store that works; a key that is held and that no row names is
taken up the next time. Somebody may also have put it there, since the source is not ours to write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from authcli.clock import now_ms
from authcli.roots import check_mac, new_root_key

if TYPE_CHECKING:
    from authcli.store.store import Store

__all__ = ["Successor", "following", "install"]

_ROWS = "SELECT id, state, check_mac FROM root_keys WHERE root = :root ORDER BY id"
_STEP_DOWN = "UPDATE root_keys SET state = 'verify_only' WHERE root = :root AND state = 'active'"
_ADD = (
    "INSERT INTO root_keys (root, id, state, created_at, check_mac)"
    " VALUES (:root, :id, 'active', :at, :mac)"
)


class Successor(NamedTuple):
    """A key that a root is to have next."""

    id: int
    key: bytes
    before: int | None
    """The id of the one that is active until then."""
    found: bool
    """Whether it is held already: put there by hand, or before a crash."""

    def __repr__(self) -> str:
        return f"Successor(id={self.id}, before={self.before}, found={self.found})"


def following(store: Store, root: str) -> Successor:
    """Return the newest key that is held and that the store does not name, or else a new one.

    Nothing is changed.

    Args:
        store: the open store.
        root: a name of `authcli.roots.ROOTS`.

    Raises:
        Unavailable: what is held is not this store's ("root.missing", "root.wrong"): a new key
            would hide that all that hangs on the old one is lost.
    """
    keys = store.root_keys(root)
    keys.refresh()
    keys.check()
    rows = store.database.rows(_ROWS, root=root)
    known = {str(mac) for *_, mac in rows}
    before = next((int(key_id) for key_id, state, _ in rows if state == "active"), None)
    held = reversed(store.roots[root].read())
    unnamed = next((key for key in held if check_mac(root, key) not in known), None)
    key_id = max((int(row[0]) for row in rows), default=0) + 1
    return Successor(key_id, unnamed or new_root_key(), before, unnamed is not None)


def install(store: Store, root: str, successor: Successor) -> None:
    """Make a key the active one of its root; the one before only verifies. Inside `change`.

    Raises:
        Unavailable: the source cannot be written ("root.fixed", "root.unwritable").
    """
    if not successor.found:
        store.roots[root].add(successor.key)
    store.database.run(_STEP_DOWN, root=root)
    mac = check_mac(root, successor.key)
    store.database.run(_ADD, root=root, id=successor.id, at=now_ms(), mac=mac)
    store.root_keys(root).refresh()
