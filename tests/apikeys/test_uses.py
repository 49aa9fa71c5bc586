"""Uses: counted in memory, written together, and never in the way of a verdict."""

from __future__ import annotations

from functools import partial

from authcli import apikeys
from authcli.apikeys.uses import LAST_USED_EVERY_MS, Uses
from authcli.errors import Unavailable
from authcli.store import open_store
from authcli.store.api_keys import ApiKeys
from authcli.store.store import Store
from tests.apikeys.processes import at_once
from tests.conftest import Opener

HOUR_MS = 3_600_000
NOW = 500_000 * HOUR_MS


def usage_of(store: Store, key_id: int) -> list[tuple[int, str, int]]:
    return [tuple(row) for _, row in store.api_keys.usage([key_id], since_ms=0)]


def test_uses_are_added_up_by_hour_and_outcome(store: Store) -> None:
    key_id = apikeys.issue(store.api_keys, "ci").key.id
    for _ in range(2):  # what is flushed is added to what was there
        uses = Uses()
        uses.used(key_id, at_ms=NOW, address=None)
        uses.used(key_id, at_ms=NOW + HOUR_MS - 1, address=None)
        uses.used(key_id, at_ms=NOW + HOUR_MS, address=None)
        uses.refused(key_id, "apikey.scope", at_ms=NOW)
        assert uses.flush(store.api_keys)
        assert (len(uses), uses.note) == (0, None)
        assert uses.flush(store.api_keys)
    assert usage_of(store, key_id) == [
        (NOW, "apikey.scope", 2),
        (NOW, "ok", 4),
        (NOW + HOUR_MS, "ok", 2),
    ]


def test_the_last_use_is_written_every_five_minutes_at_most(store: Store) -> None:
    keys = store.api_keys
    key_id = apikeys.issue(keys, "ci").key.id

    def after(at_ms: int, address: str) -> tuple[int | None, str | None]:
        uses = Uses()
        uses.used(key_id, at_ms=at_ms, address=address)
        assert uses.flush(keys)
        key = keys.get(key_id)
        assert key is not None
        return key.last_used_at, key.last_used_ip

    assert after(NOW, "10.0.0.1") == (NOW, "10.0.0.1")
    assert after(NOW + LAST_USED_EVERY_MS - 1, "10.0.0.2") == (NOW, "10.0.0.1")
    later = NOW + LAST_USED_EVERY_MS
    assert after(later, "10.0.0.3") == (later, "10.0.0.3")
    assert after(NOW, "10.0.0.4") == (later, "10.0.0.3")


def test_of_keys_that_are_not_there_nothing_is_kept(store: Store) -> None:
    uses = Uses()
    uses.refused(4712, "apikey.unknown", at_ms=NOW)
    uses.used(4711, at_ms=NOW, address=None)
    assert uses.flush(store.api_keys)
    assert store.database.rows("SELECT * FROM api_key_usage") == []


def test_a_store_that_cannot_be_written_skips_them_with_a_note(opener: Opener) -> None:
    with opener() as store:
        key_id = apikeys.issue(store.api_keys, "ci").key.id
        store.database.read_only = True
        uses = Uses()
        uses.used(key_id, at_ms=NOW, address=None)
        assert not uses.flush(store.api_keys)
        assert uses.note == "uses are not counted, because the store cannot be written"
        assert len(uses) == 0
        store.database.read_only = False
        assert usage_of(store, key_id) == []


class Busy(ApiKeys):
    """A store that somebody else keeps from being written."""

    def record_uses(self, *_: object) -> None:
        raise Unavailable("the store is locked", code="store.locked")


def test_what_a_busy_store_could_not_take_is_kept_for_the_next_time(store: Store) -> None:
    key_id = apikeys.issue(store.api_keys, "ci").key.id
    uses = Uses()
    uses.used(key_id, at_ms=NOW, address=None)
    assert not uses.flush(Busy(store))
    assert uses.note == "uses were not counted: the store is locked"
    assert uses.flush(store.api_keys)
    assert usage_of(store, key_id) == [(NOW, "ok", 1)]


def count(store: Store, *, key_ids: list[int]) -> bool:
    for _ in range(5):
        uses = Uses()
        for key_id in key_ids:
            uses.used(key_id, at_ms=NOW, address=None)
        if not uses.flush(store.api_keys):
            return False
    return True


def test_of_many_that_count_at_once_none_is_lost(opener: Opener, store: Store) -> None:
    key_ids = [apikeys.issue(store.api_keys, f"key {n}").key.id for n in range(5)]
    assert at_once(4, opener, partial(count, key_ids=key_ids)) == [True] * 4
    assert [usage_of(store, key_id) for key_id in key_ids] == [[(NOW, "ok", 20)]] * 5


def test_statistics_need_not_be_durable(tmp_path: object) -> None:
    """A roll-up waits for no disk: the transaction is one that a power cut may undo."""
    with open_store(f"sqlite:{tmp_path}/auth.db", create=True) as store:
        key_id = apikeys.issue(store.api_keys, "ci").key.id
        seen: list[object] = []
        run_many = store.database.run_many

        def watched(*args: object) -> None:
            run_many(*args)  # type: ignore[arg-type]
            seen.append(store.database.row("PRAGMA synchronous"))

        store.database.run_many = watched  # type: ignore[method-assign]
        assert count(store, key_ids=[key_id])
        assert set(seen) == {(1,)}
