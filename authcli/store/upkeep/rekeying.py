"""A new pepper, when the old one may have been seen, or is old.

The new one is held durably before the database names it, so that a crash between the two leaves a
store that works; what was held and not named is taken up the next time. Every key moves to the
new pepper at its first use, since only then its text is there. The old one is kept for those that
were not used yet, and is retired when no living key needs it. A recovery code is used but once, so
it never moves: the old one is kept until it is spent, or its name has new ones. Refresh tokens
follow one another on the new one; the old one is kept while one of the past could be presented
again, be it by a thief.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from authcli.clock import format_instant
from authcli.errors import Conflict
from authcli.roots import check_mac
from authcli.store.api_key_states import MAY_LIVE
from authcli.store.upkeep.successors import following, install

if TYPE_CHECKING:
    from authcli.store.database import Row
    from authcli.store.store import Store

__all__ = [
    "Pepper",
    "Rekeyed",
    "finish_pepper",
    "hanging_in_words",
    "peppers_of",
    "places_of",
    "rekey_pepper",
]

_PEPPERS = (
    "SELECT id, state, created_at, check_mac FROM root_keys WHERE root = 'pepper' ORDER BY id"
)
_LIVING = f"""
    SELECT k.pepper_id, count(*) FROM api_keys k
    WHERE k.hash_alg = 'hmac-sha256' AND {MAY_LIVE} GROUP BY k.pepper_id"""
_UNSPENT = "SELECT pepper_id, count(*) FROM recovery_codes WHERE used_at IS NULL GROUP BY pepper_id"
_WHOSE = """
    SELECT DISTINCT c.name FROM recovery_codes c JOIN root_keys r ON r.id = c.pepper_id
    WHERE c.used_at IS NULL AND r.root = 'pepper' AND r.state = 'verify_only'
    ORDER BY c.name LIMIT 2"""
_REFRESH = """
    FROM refresh_tokens t JOIN token_families f ON f.id = t.family_id
    WHERE f.revoked_at IS NULL AND f.expires_at > :at AND t.expires_at > :at"""
_REFRESHING = f"SELECT t.pepper_id, count(*) {_REFRESH} GROUP BY t.pepper_id"
_LAST_REFRESH = f"""
    SELECT max(t.expires_at) {_REFRESH} AND t.pepper_id IN
    (SELECT id FROM root_keys WHERE root = 'pepper' AND state = 'verify_only')"""
_RETIRE = (
    "UPDATE root_keys SET state = 'retired' WHERE root = 'pepper' AND state = 'verify_only'"
    " AND id = :id"
)


class Pepper(NamedTuple):
    """One pepper of a store; never the pepper itself."""

    id: int
    state: str
    """"active", "verify_only" or "retired"."""
    created_at: int
    """Unix milliseconds."""
    living: int
    """API keys that hang on it and are neither revoked nor over."""
    codes: int
    """Recovery codes that hang on it and are not spent."""
    refreshes: int
    """Refresh tokens that hang on it, used or not, whose time is not over."""


class Rekeyed(NamedTuple):
    """What a rekeying did."""

    key_id: int
    """The new pepper's."""
    before: int | None
    """The old one's."""
    waiting: int
    """API keys that move to the new one at their first use."""
    codes: int
    """Recovery codes that keep the old one until they are spent."""
    refreshes: int
    """Refresh tokens that keep the old one until their time is over."""
    found: bool
    """Whether the new one was held already: put there by hand, or before a crash."""


def peppers_of(store: Store, *, at_ms: int) -> list[Pepper]:
    """Return a store's peppers, the oldest first, and how much hangs on each.

    Raises:
        Unavailable: their list is damaged ("store.corrupt").
    """
    with store.database.reading():
        rows = store.database.rows(_PEPPERS)
        living = {key_id: int(n) for key_id, n in store.database.rows(_LIVING, at=at_ms)}
        codes = {key_id: int(n) for key_id, n in store.database.rows(_UNSPENT)}
        refreshes = {key_id: int(n) for key_id, n in store.database.rows(_REFRESHING, at=at_ms)}
    store.peppers.renew((key_id, state, mac) for key_id, state, _, mac in rows)
    if not all(type(created) is int for _, _, created, _ in rows):
        raise store.database.damaged("a pepper was made at no time")
    return [
        Pepper(key_id, state, created, *(of.get(key_id, 0) for of in (living, codes, refreshes)))
        for key_id, state, created, _ in rows
    ]


def rekey_pepper(store: Store, *, at_ms: int) -> Rekeyed:
    """Give a store a new pepper, and keep the old one for what hangs on it.

    A key that is held and that the store does not name yet becomes the new one: somebody put it
    there because the source is not ours to write, or a crash left it.

    Args:
        store: the open store.
        at_ms: the instant that keys are living or over at.

    Raises:
        Unavailable: the source cannot be written ("root.fixed", "root.unwritable"), or what it
            holds is not this store's ("root.missing", "root.wrong").
    """
    with store.change() as journal:
        new = following(store, "pepper")
        install(store, "pepper", new)
        waiting = _on_others(store.database.rows(_LIVING, at=at_ms), active=new.id)
        codes = _on_others(store.database.rows(_UNSPENT), active=new.id)
        refreshes = _on_others(store.database.rows(_REFRESHING, at=at_ms), active=new.id)
        result = Rekeyed(new.id, new.before, waiting, codes, refreshes, new.found)
        journal.record(
            "store.rekeyed",
            target=("root", f"pepper {new.id}"),
            detail={
                "root": "pepper",
                "before": new.before,
                "waiting": waiting,
                "codes": codes,
                "refreshes": refreshes,
            },
        )
    return result


def finish_pepper(store: Store, *, at_ms: int) -> tuple[int, ...]:
    """Retire the old peppers; return their ids, none where there are none.

    Args:
        store: the open store.
        at_ms: the instant that keys are living or over at.

    Raises:
        Conflict: keys that live, codes that are not spent, or refresh tokens hang on them (`code`
            "store.waiting").
    """
    with store.change() as journal:
        found = peppers_of(store, at_ms=at_ms)
        old = [pepper for pepper in found if pepper.state == "verify_only"]
        _refuse_waiting(store, old, at_ms=at_ms)
        for pepper in old:
            store.database.run(_RETIRE, id=pepper.id)
        if old:
            journal.record(
                "store.rekeyed",
                target=("root", "pepper"),
                detail={"root": "pepper", "retired": [pepper.id for pepper in old]},
            )
    store.peppers.refresh()
    return tuple(pepper.id for pepper in old)


def hanging_in_words(old: list[Pepper]) -> tuple[str, bool]:
    """Return "1 old pepper; 2 API keys wait under it", and whether nothing hangs on them."""
    living, codes = sum(p.living for p in old), sum(p.codes for p in old)
    refreshes = sum(p.refreshes for p in old)
    text = f"{len(old)} old pepper{'s' * (len(old) > 1)}; "
    text += f"{living} API key{'s wait' if living != 1 else ' waits'} under it"
    for number, noun in ((codes, "recovery code"), (refreshes, "refresh token")):
        text += f", and {number} {noun}{'s' * (number != 1)}" if number else ""
    return text, not living + codes + refreshes


def places_of(store: Store, ids: Collection[int]) -> tuple[int, ...]:
    """Return where peppers stand among the keys that are held: 1 is the first line of a file."""
    macs = {str(mac) for key_id, *_, mac in store.database.rows(_PEPPERS) if key_id in ids}
    held = enumerate(store.roots["pepper"].read(), 1)
    return tuple(place for place, key in held if check_mac("pepper", key) in macs)


def _refuse_waiting(store: Store, old: list[Pepper], *, at_ms: int) -> None:
    """Raise `Conflict` where something would be lost with old peppers."""
    if waiting := sum(pepper.living for pepper in old):
        raise Conflict(
            f"{waiting} API key{'s' * (waiting != 1)} still hanging on an old pepper would be "
            "lost with it: a key moves to the new one at its next use",
            hint="have them used, rotated or revoked: authcli apikey list --unused-for 30d",
            code="store.waiting",
        )
    if codes := sum(pepper.codes for pepper in old):
        first, *more = (str(name) for (name,) in store.database.rows(_WHOSE))
        raise Conflict(
            f"{codes} unspent recovery code{'s' * (codes != 1)} still hanging on an old pepper, of "
            f"{ascii(first[:80])}{' and others' * bool(more)}, would be lost with it",
            hint="have them spent, or make new ones: authcli totp recovery new NAME",
            code="store.waiting",
        )
    if refreshes := sum(pepper.refreshes for pepper in old):
        last = store.database.row(_LAST_REFRESH, at=at_ms) or (at_ms,)
        raise Conflict(
            f"{refreshes} refresh token{'s' * (refreshes != 1)} that may still be presented hang"
            f"{'s' * (refreshes == 1)} on an old pepper, and would be unknown without it",
            hint=f"the last of them ends at {format_instant(int(last[0]) // 1000)}; or end their "
            "families: authcli jwt revoke --family ID",
            code="store.waiting",
        )


def _on_others(rows: list[Row], *, active: int) -> int:
    """Return how much hangs on another pepper than the active one."""
    return sum(int(n) for key_id, n in rows if key_id is not None and key_id != active)
