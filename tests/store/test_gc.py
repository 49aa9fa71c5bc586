"""Collecting: what is counted is what is deleted, and nothing that lives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from authcli import apikeys
from authcli.clock import now_ms
from authcli.errors import Rejected
from authcli.revocation import families
from authcli.revocation.model import Mark
from authcli.store.store import Store
from authcli.store.upkeep.collecting import Dead, collect, dead_rows, vacuum
from authcli.store.upkeep.rows import counted
from tests.store.lives import HOUR, family, issued, ring_of_every_state
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
        **dict.fromkeys(("denied", "issued", "refreshes", "families", "signing"), 0),
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


# Signing keys and tokens.


def test_signing_keys_that_retired_long_ago_go(store: Store) -> None:
    """Compromised ones stay known for ever: nobody may take them in again."""
    at = now_ms()
    ring_of_every_state(store, at_ms=at - 100 * DAY)
    before = {key.state: key.kid for key in store.signing_keys.find()}
    assert dead_rows(store, at_ms=at, retention_ms=101 * DAY).signing == 0
    assert dead_rows(store, at_ms=at).signing == 1
    assert collect(store, at_ms=at).signing == 1
    after = {key.state: key.kid for key in store.signing_keys.find()}
    assert before == {**after, "retired": before["retired"]}
    assert "compromised" in after
    [event] = store.audit.find(event="signing-key.deleted")
    assert event.target_id == before["retired"]
    assert collect(store, at_ms=at).total == 0


def test_a_mark_goes_with_the_last_token_that_it_can_hit(store: Store) -> None:
    at = now_ms()
    for value, ends in (("over", at - 1), ("alive", at + HOUR)):
        store.tokens.add([Mark("jti", "", value, revoked_at=1, expires_at=ends)])
    assert collect(store, at_ms=at, retention_ms=365 * DAY).denied == 1
    assert [mark.value for mark in store.tokens.marks(at_ms=at)] == ["alive"]


def test_a_clock_that_is_ahead_forgets_no_mark(store: Store) -> None:
    """Or the token that it denies would be taken again."""
    at = now_ms()
    store.tokens.add([Mark("jti", "", "alive", revoked_at=1, expires_at=at + HOUR)])
    assert collect(store, at_ms=at + 365 * DAY, retention_ms=0).denied == 0
    assert collect(store, at_ms=at - DAY, retention_ms=0).denied == 0
    assert len(list(store.tokens.marks(at_ms=at))) == 1


def test_records_of_issued_tokens_are_kept_for_their_time(store: Store) -> None:
    """An allow list knows a token for as long as a verifier may forgive clocks, at least."""
    at = now_ms()
    store.tokens.register([issued("old", ends_at=at - 100 * DAY), issued("new", ends_at=at - DAY)])
    store.tokens.register([issued("just", ends_at=at - HOUR + 1), issued("lives", ends_at=at + 1)])
    assert collect(store, at_ms=at).issued == 1
    assert collect(store, at_ms=at, retention_ms=0).issued == 1
    assert {token.jti for token in store.tokens.issued()} == {"just", "lives"}


def test_families_that_ended_go_with_their_refresh_tokens(store: Store) -> None:
    """Revoked, over, or not used for their idle time; one that lives stays, refreshable."""
    at = now_ms()
    revoked, over, idle, alive = (family(store, sub) for sub in ("a", "b", "c", "d"))
    families.refresh(store.tokens, over.text.reveal_text())
    families.end(store.tokens, revoked.family.id, reason="x")
    texts = families.refresh(store.tokens, alive.text.reveal_text())
    for begun, column in (
        (revoked, "revoked_at"),
        (over, "expires_at"),
        (idle, "created_at"),
    ):
        store.database.run(
            f"UPDATE token_families SET {column} = :long_ago WHERE id = :id",
            long_ago=at - 110 * DAY,
            id=begun.family.id,
        )
    expected = dead_rows(store, at_ms=at)
    assert (expected.families, expected.refreshes) == (3, 4)
    assert collect(store, at_ms=at) == expected
    assert [kept.id for kept in store.tokens.families(at_ms=at)] == [alive.family.id]
    assert counted(store.database)["refresh_tokens"] == 2
    families.refresh(store.tokens, texts.text.reveal_text())


def test_used_refresh_tokens_of_a_living_family_go_when_they_are_too_old_to_tell(
    store: Store,
) -> None:
    """While they are kept, one that comes back tells of a thief."""
    at = now_ms()
    begun = family(store, absolute_ms=365 * DAY, idle_ms=200 * DAY)
    first = begun.text.reveal_text()
    last = families.refresh(store.tokens, first).text.reveal_text()
    store.database.run("UPDATE refresh_tokens SET expires_at = :t WHERE seq = 0", t=at - DAY)
    assert collect(store, at_ms=at).refreshes == 0
    done = collect(store, at_ms=at, retention_ms=0)
    assert (done.refreshes, done.families) == (1, 0)
    with pytest.raises(Rejected):
        families.refresh(store.tokens, first)
    families.refresh(store.tokens, last)


def test_what_is_collected_of_tokens_is_in_the_audit(store: Store) -> None:
    at = now_ms()
    store.tokens.register([issued("old", ends_at=1)])
    store.tokens.add([Mark("jti", "", "over", revoked_at=1, expires_at=2)])
    collect(store, at_ms=at)
    [event] = store.audit.find(event="store.collected")
    assert (event.members["issued"], event.members["denied"]) == (1, 1)
    assert store.audit.verify().valid
