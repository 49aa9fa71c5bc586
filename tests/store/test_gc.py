"""Collecting: what is counted is what is deleted, and nothing that lives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from authcli import apikeys
from authcli.clock import now_ms
from authcli.store.store import Store
from authcli.store.upkeep.collecting import Dead, collect, dead_rows, vacuum
from authcli.store.upkeep.rows import counted
from tests.store.upkeep import DAY, buckets, fill, id_of, once, opened, state_of


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    with opened(store_url, tmp_path) as found:
        yield found


def grow_old(store: Store, *, at: int) -> None:
    """Make keys that ended long ago and lately, each with uses old and new."""
    fill(store)
    store.database.run("UPDATE rate_buckets SET expires_at = :far", far=at + DAY)
    for name, column, days in (
        ("expired long ago", "expires_at", 100),
        ("expired lately", "expires_at", 10),
        ("superseded", "grace_until", 100),
        ("revoked long ago", "revoked_at", 100),
    ):
        key_id = apikeys.issue(store.api_keys, name).key.id
        store.database.run(
            f"UPDATE api_keys SET {column} = :end WHERE id = :id",
            end=at - days * DAY,
            id=key_id,
        )
        for age in (1, 400):
            hour = (at - age * DAY) // 3_600_000 * 3_600_000
            store.api_keys.record_uses({(key_id, hour, "ok"): 1}, {})
    buckets(store, 7, expires_at=at - DAY)


def test_what_is_counted_is_what_is_deleted(store: Store) -> None:
    at = now_ms()
    grow_old(store, at=at)
    before = counted(store.database)
    expected = dead_rows(store, at_ms=at, retention_ms=90 * DAY)
    assert expected == Dead({"expired": 1, "superseded": 1, "revoked": 1}, 7, 7)
    assert counted(store.database) == before  # counting deletes nothing
    assert collect(store, at_ms=at, retention_ms=90 * DAY) == expected
    after = counted(store.database)
    gone = {table: before[table] - after[table] for table in before}
    assert gone["api_keys"] == 3
    assert gone["api_key_usage"] == expected.usage
    assert gone["rate_buckets"] == expected.buckets
    names = {str(name) for (name,) in store.database.rows("SELECT name FROM api_keys")}
    assert names == {"live", "limited", "revoked", "rotated", "expired lately"}
    [event] = store.audit.find(event="store.collected")
    assert event.members == {
        "keys": dict(expected.keys),
        "usage": 7,
        "buckets": 7,
        "older_than_seconds": 90 * 86_400,
    }
    assert len(list(store.audit.find(event="apikey.deleted"))) == 3
    assert store.audit.verify().valid


def test_one_that_is_interrupted_left_its_beginning_in_the_audit(store: Store) -> None:
    """Not even the first batch is deleted without an event."""
    at = now_ms()
    grow_old(store, at=at)
    before = counted(store.database)["api_key_usage"]
    with pytest.raises(KeyboardInterrupt):
        collect(store, at_ms=at, progress=once(KeyboardInterrupt()))
    assert counted(store.database)["api_key_usage"] == before - 7
    [event] = store.audit.find(event="store.collected")
    assert event.members["usage"] == 7
    assert collect(store, at_ms=at).keys == {"expired": 1, "superseded": 1, "revoked": 1}


def test_what_is_deleted_is_told_by_how_it_ended_whatever_others_do(store: Store) -> None:
    """Another one that is revoked meanwhile goes too, and is counted."""
    at = now_ms()
    grow_old(store, at=at)
    late = id_of(store, "expired lately")

    def revoke(done: int, total: int) -> None:
        store.database.run("UPDATE api_keys SET revoked_at = 1 WHERE id = :id", id=late)

    done = collect(store, at_ms=at, progress=revoke)
    assert done.keys == {"expired": 1, "superseded": 1, "revoked": 2}


def test_the_second_time_nothing_is_dead(store: Store) -> None:
    at = now_ms()
    grow_old(store, at=at)
    collect(store, at_ms=at, retention_ms=90 * DAY)
    before = state_of(store)
    assert collect(store, at_ms=at, retention_ms=90 * DAY).total == 0
    assert state_of(store) == before  # and no event says that nothing was done


def test_a_shorter_retention_takes_more(store: Store) -> None:
    at = now_ms()
    grow_old(store, at=at)
    assert sum(dead_rows(store, at_ms=at, retention_ms=5 * DAY).keys.values()) == 4
    assert sum(dead_rows(store, at_ms=at + DAY, retention_ms=0).keys.values()) >= 5


def test_keys_that_live_keep_their_young_roll_ups(store: Store) -> None:
    at = now_ms()
    fill(store)
    key_id = id_of(store, "live")
    young, old = at - 360 * DAY, at - 370 * DAY
    store.api_keys.record_uses({(key_id, young, "ok"): 1, (key_id, old, "ok"): 1}, {})
    assert collect(store, at_ms=at).usage == 1
    hours = {hour for (hour,) in store.database.rows("SELECT hour FROM api_key_usage")}
    assert young in hours
    assert old not in hours


def test_a_rate_that_still_counts_stays(store: Store) -> None:
    buckets(store, 3, expires_at=now_ms() + DAY)
    assert collect(store, at_ms=now_ms() + 10 * DAY).buckets == 0  # the real clock decides
    assert counted(store.database)["rate_buckets"] == 3


def test_more_than_one_batch_goes(store: Store) -> None:
    buckets(store, 20_007, expires_at=1)
    seen: list[tuple[int, int]] = []
    dead = collect(store, at_ms=now_ms(), progress=lambda done, total: seen.append((done, total)))
    assert dead.buckets == 20_007
    assert counted(store.database)["rate_buckets"] == 0
    assert seen[-1] == (20_007, 20_007)


def test_the_room_is_given_back(store: Store) -> None:
    buckets(store, 20_000, expires_at=1)
    collect(store, at_ms=now_ms())
    assert vacuum(store) == (store.path is not None)  # a server does so by itself
    if store.path is not None:
        assert store.path.stat().st_size < 300_000
    assert store.audit.verify().valid
