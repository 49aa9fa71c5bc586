"""Lists of keys: the same on both engines, in a stable order, in constant memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest

from authcli import apikeys
from authcli.apikeys import issuing
from authcli.apikeys.drafts import Draft
from authcli.apikeys.issuing import columns_of
from authcli.apikeys.model import ApiKey, Filters, State, Usage, state_of
from authcli.errors import Conflict, InvalidInput
from authcli.store.store import Store

NOW = 1_900_000_000_000
DAY_MS = 86_400_000


@pytest.fixture
def rows(store: Store) -> list[ApiKey]:
    """A key for every combination of the times that make its state."""
    template = apikeys.issue(store.api_keys, "template", at_ms=NOW - 9 * DAY_MS).key
    times = (None, NOW - DAY_MS, NOW, NOW + DAY_MS)
    made = [
        template._replace(
            id=number,
            lineage_id=number,
            name=f"key-{number % 7}",
            owner=("alice", "bob", None)[number % 3],
            scopes=(("read:*",), ("write",), ("*",), ())[number % 4],
            environment=("live", "test")[number % 2],
            expires_at=expires,
            grace_until=grace,
            not_before=begins,
            disabled_at=disabled,
            revoked_at=revoked,
            created_at=NOW - number * 1000,
            last_used_at=None if number % 5 == 0 else NOW - number % 11 * DAY_MS,
        )
        for number, (expires, grace, begins, disabled, revoked) in enumerate(
            product(times, times, (None, NOW + DAY_MS), (None, NOW), (None, NOW)), 1
        )
    ]
    with store.api_keys.change():
        store.api_keys.delete([template.id])
        store.api_keys.add(columns_of(key) | {"secret_hash": "0" * 64} for key in made)
    return made


def _found(store: Store, filters: Filters = Filters(), **options: Any) -> list[ApiKey]:  # noqa: B008
    found = list(store.api_keys.find(filters, at_ms=NOW, **options))
    if not options:
        assert store.api_keys.count(filters, at_ms=NOW) == len(found)
    return found


def test_every_key_is_found_as_it_was_written(store: Store, rows: list[ApiKey]) -> None:
    assert _found(store) == rows
    assert [store.api_keys.get(key.id) for key in rows] == rows


STATES: list[State] = [
    *("live", "grace", "pending", "expired", "superseded", "disabled", "revoked")
]


def test_sql_and_python_name_the_same_state(store: Store, rows: list[ApiKey]) -> None:
    for state in STATES:
        expected = [key for key in rows if state_of(key, at_ms=NOW) == state]
        assert expected
        assert _found(store, Filters(states=(state,))) == expected
    both = _found(store, Filters(states=("live", "revoked")))
    assert both == [key for key in rows if state_of(key, at_ms=NOW) in ("live", "revoked")]


def test_each_filter_leaves_what_it_says(store: Store, rows: list[ApiKey]) -> None:
    alive = {"live", "grace"}
    before = NOW + DAY_MS + 1
    expected = {
        Filters(owner="alice"): lambda key: key.owner == "alice",
        Filters(name="key-3"): lambda key: key.name == "key-3",
        Filters(name="key-[12]"): lambda key: key.name in ("key-1", "key-2"),
        Filters(name="*-3"): lambda key: key.name == "key-3",
        Filters(scope="read:x"): lambda key: key.scopes in (("read:*",), ("*",)),
        Filters(scope="write", name="k*"): lambda key: key.scopes in (("write",), ("*",)),
        Filters(prefix="ak_live"): lambda _: True,
        Filters(prefix="ak_test"): lambda _: False,
        Filters(environment="test"): lambda key: key.environment == "test",
        Filters(ids=(3, 5, 999)): lambda key: key.id in (3, 5),
        Filters(pepper_id=1): lambda _: True,
        Filters(pepper_id=2): lambda _: False,
        Filters(created_before=NOW - 50_000): lambda key: key.created_at < NOW - 50_000,
        Filters(unused_since=NOW - 3 * DAY_MS): lambda key: (
            (key.last_used_at is None or key.last_used_at < NOW - 3 * DAY_MS)
            and key.created_at < NOW - 3 * DAY_MS
        ),
        Filters(expiring_before=before): lambda key: (
            state_of(key, at_ms=NOW) in alive
            and min(end for end in (key.expires_at, key.grace_until, before) if end) < before
        ),
    }
    for filters, wanted in expected.items():
        assert _found(store, filters) == [key for key in rows if wanted(key)], filters


def test_a_key_made_since_is_not_called_unused(store: Store) -> None:
    apikeys.issue(store.api_keys, "young", at_ms=NOW - DAY_MS)
    assert _found(store, Filters(unused_since=NOW - 2 * DAY_MS)) == []
    assert len(_found(store, Filters(unused_since=NOW))) == 1


def test_orders_are_stable_and_their_reverse_is_the_reverse(
    store: Store, rows: list[ApiKey]
) -> None:
    """Never ends comes after every end, never used before every use; equals go by their id."""
    never = 1 << 62

    def end(key: ApiKey) -> int:
        return key.grace_until or key.expires_at or never

    orders = {
        "created": lambda key: key.id,
        "name": lambda key: (key.name, key.id),
        "expires": lambda key: (end(key), key.id),
        "used": lambda key: (key.last_used_at or 0, key.id),
    }
    for sort, by in orders.items():
        expected = sorted(rows, key=by)
        assert _found(store, sort=sort) == expected, sort
        assert _found(store, sort=sort, descending=True) == expected[::-1], sort


@pytest.mark.parametrize("filters", [Filters(), Filters(name="key-*"), Filters(scope="x")])
def test_pages_are_parts_of_the_whole(store: Store, rows: list[ApiKey], filters: Filters) -> None:
    whole = _found(store, filters, sort="name")
    assert rows
    pages: list[ApiKey] = []
    while page := _found(store, filters, sort="name", limit=40, offset=len(pages)):
        assert len(page) <= 40
        pages += page
    assert pages == whole
    assert _found(store, filters, sort="name", offset=60) == whole[60:]
    assert _found(store, filters, limit=0) == []


@pytest.mark.parametrize("options", [{"sort": "id; DROP"}, {"limit": -1}, {"offset": -1}])
def test_what_is_no_order_and_no_page_is_refused(store: Store, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        store.api_keys.find(Filters(), at_ms=NOW, **options)


def test_values_of_filters_are_never_sql(store: Store, rows: list[ApiKey]) -> None:
    for text in ("' OR 1=1 --", ":id", "%s", "%(x)s", "\\", '"', "?"):
        assert _found(store, Filters(owner=text)) == []
        assert _found(store, Filters(name=text)) == []
    assert rows


def _peak(act: Callable[[], object]) -> int:
    tracemalloc.start()
    act()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_a_long_list_streams_in_constant_memory(store: Store) -> None:
    """In batches of a thousand at most, and while others write."""
    template = apikeys.issue(store.api_keys, "many", metadata={"a": "x" * 200}).key
    columns = columns_of(template)

    def many() -> Iterator[dict[str, object]]:
        for number in range(1, 12_001):
            yield columns | {"id": number, "lineage_id": number, "secret_hash": "0" * 64}

    def read(filters: Filters, sort: str) -> None:
        count = 0
        for key in store.api_keys.find(filters, at_ms=NOW, sort=sort):
            count += key.name == "many"
            if count == 10:
                apikeys.disable(store.api_keys, [template.id])
        assert count == 12_001

    with store.api_keys.change():
        store.api_keys.add(many())
    whole = _peak(lambda: list(store.api_keys.find(Filters(), at_ms=NOW)))
    assert _peak(lambda: read(Filters(), "created")) < whole / 3
    assert _peak(lambda: read(Filters(name="m*"), "name")) < whole / 3


def test_a_lineage_comes_in_the_order_of_its_rotations(store: Store) -> None:
    key = apikeys.issue(store.api_keys, "line", at_ms=NOW).key
    ids = [key.id]
    for number in range(3):
        new = apikeys.rotate(store.api_keys, ids[-1], grace_ms=0, at_ms=NOW + number).new
        assert new is not None
        ids.append(new.id)
    assert [one.id for one in store.api_keys.lineage(key.id)] == ids
    assert [one.rotation_no for one in store.api_keys.lineage(key.id)] == [0, 1, 2, 3]


def test_uses_come_the_oldest_first_and_whole_hours(store: Store) -> None:
    first, second = (one.key.id for one in issuing.issue_many(store.api_keys, Draft("u"), count=2))
    hour = 3_600_000
    counts = {
        (first, 5 * hour, "ok"): 3,
        (first, 4 * hour, "apikey.scope"): 1,
        (second, 5 * hour, "ok"): 2,
        (first, 2 * hour, "ok"): 9,
    }
    store.api_keys.record_uses(counts, {})
    assert store.api_keys.usage([first, second], since_ms=4 * hour + 1800) == [
        (first, Usage(4 * hour, "apikey.scope", 1)),
        (first, Usage(5 * hour, "ok", 3)),
        (second, Usage(5 * hour, "ok", 2)),
    ]
    assert store.api_keys.usage([], since_ms=0) == []


def test_an_id_that_is_taken_is_a_conflict_and_adds_nothing(store: Store) -> None:
    key = apikeys.issue(store.api_keys, "taken").key
    columns = columns_of(key) | {"secret_hash": "0" * 64}
    with pytest.raises(Conflict) as caught, store.api_keys.change():
        store.api_keys.add([columns | {"id": 7, "lineage_id": 7}, columns])
    assert caught.value.code == "apikey.exists"
    assert len(_found(store)) == 1


def test_a_column_is_put_where_others_are_still_null(store: Store) -> None:
    key = apikeys.issue(store.api_keys, "put").key
    with store.api_keys.change():
        assert store.api_keys.put(key.id, {"disabled_at": 5}, where_null=["disabled_at"])
        assert not store.api_keys.put(key.id, {"disabled_at": 6}, where_null=["disabled_at"])
        assert not store.api_keys.put(1, {"disabled_at": 6}, where_null=[])
        with pytest.raises(ValueError, match="not a column"):
            store.api_keys.put(key.id, {"name = 'x' --": 6}, where_null=[])
    found = store.api_keys.get(key.id)
    assert found is not None
    assert found.disabled_at == 5
