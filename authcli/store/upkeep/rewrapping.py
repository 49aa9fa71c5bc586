"""A new KEK, when the old one may have been seen, or is old: every private half is sealed anew.

All of them at once, in the transaction that names the new one, so that none ever hangs on a key
that is on its way out; the old one is retired with it. Each is opened before anything is written:
where one cannot be, nothing is changed. Backups that were made before need the old one still.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from authcli.errors import Unavailable
from authcli.roots import check_mac
from authcli.signing.halves import resealed
from authcli.store.upkeep.successors import following, install

if TYPE_CHECKING:
    from authcli.signing.model import SigningKey
    from authcli.store.store import Store

__all__ = ["Kek", "Rewrapped", "keks_of", "old_places", "rekey_kek", "try_kek"]

_KEKS = "SELECT id, state, created_at FROM root_keys WHERE root = 'kek' ORDER BY id"
_SEALED = (
    "SELECT kek_id, count(*) FROM signing_keys WHERE private_sealed IS NOT NULL GROUP BY kek_id"
)
_RETIRE = "UPDATE root_keys SET state = 'retired' WHERE root = 'kek' AND state = 'verify_only'"
_RETIRED = "SELECT check_mac FROM root_keys WHERE root = 'kek' AND state = 'retired'"


class Kek(NamedTuple):
    """One KEK of a store; never the KEK itself."""

    id: int
    state: str
    """"active", or "retired"."""
    created_at: int
    """Unix milliseconds."""
    halves: int
    """Private halves that are sealed under it."""


class Rewrapped(NamedTuple):
    """What a new KEK meant."""

    key_id: int
    """The new KEK's."""
    before: int | None
    """The old one's, which is retired."""
    halves: int
    """Private halves that were sealed anew."""
    found: bool
    """Whether the new one was held already: put there by hand, or before a crash."""


def keks_of(store: Store) -> list[Kek]:
    """Return a store's KEKs, the oldest first, and how much is sealed under each."""
    with store.database.reading():
        rows = store.database.rows(_KEKS)
        sealed = {kek_id: int(number) for kek_id, number in store.database.rows(_SEALED)}
    return [Kek(kek_id, state, at, sealed.get(kek_id, 0)) for kek_id, state, at in rows]


def rekey_kek(store: Store) -> Rewrapped:
    """Give a store a new KEK, seal every private half under it, and retire the old one.

    A key that is held and that the store does not name yet becomes the new one: somebody put it
    there because the source is not ours to write, or a crash left it.

    Args:
        store: the open store.

    Raises:
        Unavailable: nothing was ever sealed ("store.kek-unused"); the KEK is not held
            ("root.missing", "root.wrong") or a half was changed ("jwks.tampered"); the source
            cannot be written ("root.fixed", "root.unwritable"). Then nothing was changed.
    """
    with store.change() as journal:
        _require_used(store)
        new = following(store, "kek")
        keys = store.signing_keys
        sealed = resealed(keys, _signing(store), kek_id=new.id, kek=new.key)
        install(store, "kek", new)
        for kid, half in sealed.items():
            keys.reseal(kid, half)
        store.database.run(_RETIRE)
        journal.record(
            "store.rekeyed",
            target=("root", f"kek {new.id}"),
            detail={"root": "kek", "before": new.before, "resealed": len(sealed)},
        )
    store.root_keys("kek").refresh()
    return Rewrapped(new.id, new.before, len(sealed), new.found)


def try_kek(store: Store) -> int:
    """Return how many halves `rekey_kek` would seal anew; raises what it would for them."""
    _require_used(store)
    new = following(store, "kek")
    return len(resealed(store.signing_keys, _signing(store), kek_id=new.id, kek=new.key))


def old_places(store: Store) -> tuple[int, ...]:
    """Return where retired KEKs stand among the keys that are held: 1 is a file's first line."""
    macs = {str(mac) for (mac,) in store.database.rows(_RETIRED)}
    held = enumerate(store.roots["kek"].read(), 1)
    return tuple(place for place, key in held if check_mac("kek", key) in macs)


def _signing(store: Store) -> list[SigningKey]:
    return [key for key in store.signing_keys.find() if key.can_sign]


def _require_used(store: Store) -> None:
    if not store.database.row(_KEKS):
        raise Unavailable(
            "nothing is sealed in this store yet",
            hint="managed signing keys are: authcli jwks init ES256",
            code="store.kek-unused",
        )
