"""Collecting what is dead: what ended long ago, old roll-ups, rates that nobody waits for.

Each kind is deleted some thousands of rows at a time, so that others write in between; what was
deleted stays deleted when the rest fails. The audit says what was found dead in the transaction of
the first of them, and names each key as it goes; what it knows of them it keeps.

A deny mark is dead with the last token that it can hit, on the real clock too: under a wrong one
that token would be taken again. Used refresh tokens are kept as long, since one that is presented
again tells of a thief; and compromised signing keys for ever, since they are never taken in again.

Of one-time codes nothing is dead but the counts of wrong ones: what was accepted must stay known,
and is a row a secret. Recovery codes go when their name has new ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from authcli.apikeys.forgetting import RETENTION_MS, forget
from authcli.clock import now_ms
from authcli.revocation.revoking import LEEWAY_MS
from authcli.signing import forgetting
from authcli.store.api_key_states import DEAD, WHY_DEAD
from authcli.store.upkeep.rows import Progress, silent

if TYPE_CHECKING:
    from authcli.store.store import Store

__all__ = ["ROLL_UP_MS", "Dead", "collect", "dead_rows", "vacuum"]

#: How long roll-ups of keys that live are kept.
ROLL_UP_MS = 365 * 86_400_000
_AT_ONCE = 20_000

_KEYS = f"SELECT {WHY_DEAD} AS why, count(*) FROM api_keys k WHERE {DEAD} GROUP BY 1"
_SIGNING = "SELECT count(*) FROM signing_keys WHERE state = 'retired' AND retired_at < :dead"


class _Kind(NamedTuple):
    """A table whose dead rows are deleted without an event for each."""

    table: str
    key: str
    dead: str
    """The condition; of instants, `:dead` and `_instants`' others."""
    again: bool = False
    """Whether it is asked again of each row that goes: others may write without our lock."""

    @property
    def counting(self) -> str:
        return f"SELECT count(*) FROM {self.table} WHERE {self.dead}"

    @property
    def deleting(self) -> str:
        some = f"SELECT {self.key} FROM {self.table} WHERE {self.dead} LIMIT {_AT_ONCE}"
        still = f" AND {self.dead}" if self.again else ""
        return f"DELETE FROM {self.table} WHERE ({self.key}) IN ({some}){still}"


#: Revoked, at its end, or not refreshed for its idle time.
_OVER = """(revoked_at < :dead OR expires_at < :dead
    OR COALESCE(last_refreshed_at, created_at) + idle_ms < :dead)"""
#: A member of `Dead` -> what it counts, in the order in which it is deleted.
_KINDS = {
    "usage": _Kind(
        "api_key_usage",
        "api_key_id, hour, outcome",
        f"(hour < :old OR api_key_id IN (SELECT k.id FROM api_keys k WHERE {DEAD}))",
    ),
    "buckets": _Kind("rate_buckets", "bucket", "expires_at < :real", again=True),
    "denied": _Kind("revocations", "id", "expires_at < :past", again=True),
    "issued": _Kind("issued_tokens", "issuer, jti", "expires_at < :unregistered"),
    "refreshes": _Kind(
        "refresh_tokens",
        "digest",
        "((used_at IS NOT NULL AND expires_at < :dead)"
        f" OR family_id IN (SELECT id FROM token_families WHERE {_OVER}))",
    ),
    "families": _Kind("token_families", "id", _OVER),
}


class Dead(NamedTuple):
    """What is dead, or was deleted: rows by kind."""

    keys: Mapping[str, int]
    """Why ("revoked", "expired", "superseded") -> API keys."""
    usage: int
    """Roll-ups: of these keys, and those older than a year."""
    buckets: int
    """States of rate limits whose time is over."""
    denied: int = 0
    """Deny marks whose tokens are all dead."""
    issued: int = 0
    """Records of issued tokens."""
    refreshes: int = 0
    """Refresh tokens: used up, or of these families."""
    families: int = 0
    """Families that were revoked, or are over."""
    signing: int = 0
    """Retired signing keys."""

    @property
    def counts(self) -> Mapping[str, int]:
        """All of them but API keys, by kind."""
        return {kind: number for kind, number in self._asdict().items() if kind != "keys"}

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.keys.values()) + sum(self.counts.values())


def dead_rows(store: Store, *, at_ms: int, retention_ms: int = RETENTION_MS) -> Dead:
    """Count what `collect` would delete; nothing is changed.

    Args:
        store: the open store.
        at_ms: the instant of the store's dates.
        retention_ms: how long dead keys, families and records of tokens are kept.
    """
    database = store.database
    times = _instants(at_ms, retention_ms)
    with database.reading():
        keys = {str(why): int(n) for why, n in database.rows(_KEYS, dead=times["dead"])}
        rows = {name: database.row(kind.counting, **times) for name, kind in _KINDS.items()}
        rows["signing"] = database.row(_SIGNING, dead=times["dead"])
    return Dead(keys, **{name: int(row[0]) if row else 0 for name, row in rows.items()})


def collect(
    store: Store, *, at_ms: int, retention_ms: int = RETENTION_MS, progress: Progress = silent
) -> Dead:
    """Delete what is dead, and record how much of it was found.

    Args:
        store: the open store.
        at_ms: the instant of the store's dates.
        retention_ms: how long dead keys, families and records of tokens are kept.
        progress: told how far it is.

    Returns:
        What was deleted.
    """
    expected = dead_rows(store, at_ms=at_ms, retention_ms=retention_ms)
    if not expected.total:
        return expected
    times = _instants(at_ms, retention_ms)
    gone = dict.fromkeys(_KINDS, 0)
    with store.change() as journal:
        gone["usage"] = store.database.run(_KINDS["usage"].deleting, **times)
        journal.record(
            "store.collected",
            target=("store", store.store_id),
            detail={
                "keys": expected.keys,
                **expected.counts,
                "older_than_seconds": retention_ms // 1000,
            },
        )
    progress(gone["usage"], expected.total)
    for name, kind in _KINDS.items():
        while some := store.database.run(kind.deleting, **times):
            gone[name] += some
            progress(sum(gone.values()), expected.total)
    before = sum(gone.values())
    signing = forgetting.forget(store.signing_keys, retention_ms=retention_ms, at_ms=at_ms)
    keys = forget(
        store.api_keys,
        retention_ms=retention_ms,
        at_ms=at_ms,
        progress=lambda done: progress(before + signing + done, expected.total),
    )
    return Dead(dict(keys), **gone, signing=signing)


def _instants(at_ms: int, retention_ms: int) -> dict[str, int]:
    """Return the instants that conditions name: what ended before them is dead."""
    real, dead = now_ms(), at_ms - retention_ms
    return {
        "dead": dead,
        "old": at_ms - ROLL_UP_MS,
        "real": real,
        "past": min(at_ms, real),
        # Verifiers forgive clocks so much, and ask an allow list whether the token is on it.
        "unregistered": min(dead, at_ms - LEEWAY_MS),
    }


def vacuum(store: Store) -> bool:
    """Give the room of what was deleted back to the disk; say whether there was need to.

    PostgreSQL does so by itself.

    Raises:
        Unavailable: it cannot be written; SQLite needs as much room again while it works.
    """
    if store.engine != "sqlite":
        return False
    store.database.row("VACUUM")
    store.database.row("PRAGMA wal_checkpoint(TRUNCATE)")
    return True
