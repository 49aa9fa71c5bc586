"""Collecting what is dead: keys that ended long ago, old roll-ups, rates that nobody waits for.

Each kind is deleted some thousands of rows at a time, so that others write in between; what was
deleted stays deleted when the rest fails. The audit says what was found dead in the transaction of
the first of them, and names each key as it goes; what it knows of them it keeps.

Of one-time codes nothing is dead but the counts of wrong ones: what was accepted must stay known,
and is a row a secret. Recovery codes go when their name has new ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from authcli.apikeys.forgetting import RETENTION_MS, forget
from authcli.clock import now_ms
from authcli.store.api_key_states import DEAD, WHY_DEAD
from authcli.store.upkeep.rows import Progress, silent

if TYPE_CHECKING:
    from authcli.store.store import Store

__all__ = ["ROLL_UP_MS", "Dead", "collect", "dead_rows", "vacuum"]

#: How long roll-ups of keys that live are kept.
ROLL_UP_MS = 365 * 86_400_000
_AT_ONCE = 20_000

_KEYS = f"SELECT {WHY_DEAD} AS why, count(*) FROM api_keys k WHERE {DEAD} GROUP BY 1"
_OLD_USAGE = f"hour < :old OR api_key_id IN (SELECT k.id FROM api_keys k WHERE {DEAD})"
_COUNT_USAGE = f"SELECT count(*) FROM api_key_usage WHERE {_OLD_USAGE}"
_DELETE_USAGE = f"""
    DELETE FROM api_key_usage WHERE (api_key_id, hour, outcome) IN (
      SELECT api_key_id, hour, outcome FROM api_key_usage WHERE {_OLD_USAGE} LIMIT {_AT_ONCE})"""
_STALE = "rate_buckets WHERE expires_at < :at"
_DELETE_BUCKETS = f"""
    DELETE FROM rate_buckets WHERE bucket IN (SELECT bucket FROM {_STALE} LIMIT {_AT_ONCE})
    AND expires_at < :at"""


class Dead(NamedTuple):
    """What is dead, or was deleted: rows by kind."""

    keys: Mapping[str, int]
    """Why ("revoked", "expired", "superseded") -> API keys."""
    usage: int
    """Roll-ups: of these keys, and those older than a year."""
    buckets: int
    """States of rate limits whose time is over."""

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.keys.values()) + self.usage + self.buckets


def dead_rows(store: Store, *, at_ms: int, retention_ms: int = RETENTION_MS) -> Dead:
    """Count what `collect` would delete; nothing is changed.

    Args:
        store: the open store.
        at_ms: the instant of the store's dates.
        retention_ms: how long dead keys are kept.
    """
    database = store.database
    before = at_ms - retention_ms
    with database.reading():
        keys = {str(why): int(n) for why, n in database.rows(_KEYS, dead=before)}
        usage = database.row(_COUNT_USAGE, dead=before, old=at_ms - ROLL_UP_MS)
        buckets = database.row(f"SELECT count(*) FROM {_STALE}", at=now_ms())
    return Dead(keys, int(usage[0]) if usage else 0, int(buckets[0]) if buckets else 0)


def collect(
    store: Store, *, at_ms: int, retention_ms: int = RETENTION_MS, progress: Progress = silent
) -> Dead:
    """Delete what is dead, and record how much of it was found.

    Args:
        store: the open store.
        at_ms: the instant of the store's dates.
        retention_ms: how long dead keys are kept.
        progress: told how far it is.

    Returns:
        What was deleted.
    """
    expected = dead_rows(store, at_ms=at_ms, retention_ms=retention_ms)
    if not expected.total:
        return expected
    times = {"dead": at_ms - retention_ms, "old": at_ms - ROLL_UP_MS}
    with store.change() as journal:
        usage = some = store.database.run(_DELETE_USAGE, **times)
        journal.record(
            "store.collected",
            target=("store", store.store_id),
            detail={
                "keys": expected.keys,
                "usage": expected.usage,
                "buckets": expected.buckets,
                "older_than_seconds": retention_ms // 1000,
            },
        )
    while some:
        progress(usage, expected.total)
        usage += (some := store.database.run(_DELETE_USAGE, **times))
    buckets = 0
    while some := store.database.run(_DELETE_BUCKETS, at=now_ms()):
        buckets += some
        progress(usage + buckets, expected.total)
    keys = forget(
        store.api_keys,
        retention_ms=retention_ms,
        at_ms=at_ms,
        progress=lambda done: progress(usage + buckets + done, expected.total),
    )
    return Dead(dict(keys), usage, buckets)


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
