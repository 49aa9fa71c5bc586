"""What changes is recorded with what it was; what is not mentioned stays."""

from __future__ import annotations

import json
import os
from collections.abc import Callable

import pytest

from authcli import apikeys
from authcli.apikeys.issuing import Issued
from authcli.apikeys.model import Rate
from authcli.apikeys.updating import Changes, Updated
from authcli.errors import AuthError, Conflict, InvalidInput, InvalidTime, NotFound
from authcli.store.store import Store
from tests.apikeys.processes import at_once

NOW = 1_900_000_000_000
DAY_MS = 86_400_000


@pytest.fixture
def issued(store: Store) -> Issued:
    """A key of which everything is set."""
    return apikeys.issue(
        store.api_keys,
        "billing",
        at_ms=NOW,
        scopes=["read:*", "write"],
        owner="alice",
        metadata={"team": "a", "n": 1},
        cidrs=["192.0.2.0/24"],
        rate=Rate(5, 60_000),
        quota=10,
    )


def _update(store: Store, key_id: int, **changes: object) -> Updated:
    return apikeys.update(store.api_keys, key_id, Changes(**changes), at_ms=NOW)  # type: ignore[arg-type]


def test_what_is_not_mentioned_stays(store: Store, issued: Issued) -> None:
    updated = _update(store, issued.key.id, name="invoices")
    assert updated.key == issued.key._replace(name="invoices") == store.api_keys.get(issued.key.id)
    assert (updated.before, updated.after) == ({"name": "billing"}, {"name": "invoices"})


def test_everything_that_may_change_does_and_is_recorded(store: Store, issued: Issued) -> None:
    updated = _update(
        store,
        issued.key.id,
        name="n",
        owner=None,
        add_scopes=("admin", "write"),
        remove_scopes=("read:*",),
        add_cidrs=("2001:DB8::/32",),
        remove_cidrs=("192.0.2.0/24",),
        set_metadata={"team": "b", "new": [1]},
        remove_metadata=("n", "missing"),
        rate=Rate(7, 1000),
        quota=20,
        expires_at_ms=NOW + DAY_MS,
    )
    key = store.api_keys.get(issued.key.id)
    assert key == updated.key
    assert (key.name, key.owner, key.scopes, key.cidrs) == (
        "n",
        None,
        ("write", "admin"),
        ("2001:db8::/32",),
    )
    assert key.metadata == {"team": "b", "new": [1]}
    assert (key.rate, key.quota, key.quota_remaining) == (Rate(7, 1000), 20, 20)
    assert key.expires_at == NOW + DAY_MS
    [event] = store.audit.find(event="apikey.updated")
    detail = json.loads(event.detail)
    assert detail["before"]["scopes"] == ["read:*", "write"]
    assert detail["after"] == updated.after
    assert (
        set(detail["before"])
        == set(detail["after"])
        == {
            *("name", "owner", "scopes", "cidrs", "metadata"),
            *("rate", "quota", "quota_remaining", "expires_at"),
        }
    )


def test_lists_and_metadata_are_replaced_whole(store: Store, issued: Issued) -> None:
    updated = _update(store, issued.key.id, scopes=("a",), cidrs=(), metadata={"z": 1})
    assert (updated.key.scopes, updated.key.cidrs, updated.key.metadata) == (("a",), (), {"z": 1})


def test_the_same_again_changes_nothing_and_writes_no_event(store: Store, issued: Issued) -> None:
    updated = _update(store, issued.key.id, name="billing", add_scopes=("write",))
    assert (updated.changed, updated.after) == (False, {})
    assert list(store.audit.find(event="apikey.updated")) == []


def test_a_life_is_shortened_and_lengthened_and_both_ends_are_recorded(
    store: Store, issued: Issued
) -> None:
    for end in (NOW + DAY_MS, NOW + 400 * DAY_MS, None):
        updated = _update(store, issued.key.id, expires_at_ms=end)
        assert updated.key.expires_at == end
        assert set(updated.before) == set(updated.after) == {"expires_at"}
    apikeys.verify(
        store.api_keys, issued.text, at_ms=NOW + 999 * DAY_MS, address="192.0.2.1", peek=True
    )


def test_an_expired_key_may_be_given_a_new_life(store: Store) -> None:
    old = apikeys.issue(store.api_keys, "old", at_ms=NOW - 100 * DAY_MS)
    _update(store, old.key.id, expires_at_ms=NOW + DAY_MS)
    assert apikeys.verify(store.api_keys, old.text, at_ms=NOW).name == "old"


def test_a_life_does_not_end_in_the_past(store: Store, issued: Issued) -> None:
    with pytest.raises(InvalidTime) as caught:
        _update(store, issued.key.id, expires_at_ms=NOW - 1)
    assert "revoke" in str(caught.value.hint)
    assert _update(store, issued.key.id, expires_at_ms=NOW).key.state(at_ms=NOW) == "expired"


def test_a_grace_ends_no_later_than_the_life(store: Store, issued: Issued) -> None:
    apikeys.rotate(store.api_keys, issued.key.id, grace_ms=10 * DAY_MS, at_ms=NOW)
    updated = _update(store, issued.key.id, expires_at_ms=NOW + DAY_MS)
    assert updated.key.grace_until == NOW + DAY_MS
    assert store.api_keys.get(issued.key.id) == updated.key


def test_a_spent_quota_is_filled_again(store: Store) -> None:
    issued = apikeys.issue(store.api_keys, "q", quota=2)
    for _ in range(2):
        apikeys.verify(store.api_keys, issued.text)
    with pytest.raises(AuthError):
        apikeys.verify(store.api_keys, issued.text)
    assert _update(store, issued.key.id, refill=True).key.quota_remaining == 2
    assert apikeys.verify(store.api_keys, issued.text).remaining == 1
    assert _update(store, issued.key.id, quota=None).key.quota_remaining is None
    assert apikeys.verify(store.api_keys, issued.text).remaining is None
    assert _update(store, issued.key.id, quota=9).key.quota_remaining == 9


def test_rate_and_quota_go_for_all_that_live_of_a_lineage(store: Store, issued: Issued) -> None:
    """They are counted together, so one key without them would be a way around."""
    new = apikeys.rotate(store.api_keys, issued.key.id, at_ms=NOW).new
    assert new is not None
    _update(store, new.id, rate=Rate(1, 3_600_000), quota=77, add_scopes=("more",))
    old = store.api_keys.get(issued.key.id)
    assert old is not None
    assert (old.rate, old.quota, old.quota_remaining) == (Rate(1, 3_600_000), 77, 77)
    assert "more" not in old.scopes


def test_a_new_rate_begins_anew(store: Store) -> None:
    """One use a day, just spent, would block a use a second until tomorrow."""
    issued = apikeys.issue(store.api_keys, "r", rate=Rate(1, DAY_MS))
    apikeys.verify(store.api_keys, issued.text)
    with pytest.raises(AuthError):
        apikeys.verify(store.api_keys, issued.text)
    _update(store, issued.key.id, rate=Rate(1, 1000))
    apikeys.verify(store.api_keys, issued.text)


def test_a_revoked_key_stays_as_it_was(store: Store, issued: Issued) -> None:
    apikeys.revoke(store.api_keys, [issued.key.id], at_ms=NOW)
    with pytest.raises(Conflict) as caught:
        _update(store, issued.key.id, expires_at_ms=None)
    assert caught.value.code == "apikey.stays-revoked"


def test_an_unknown_key_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        _update(store, 1, name="x")


IMPOSSIBLE: list[dict[str, object]] = [
    {"name": "a\nb"},
    {"owner": ""},
    {"add_scopes": ("a b",)},
    {"scopes": tuple(f"s{number}" for number in range(65))},
    {"cidrs": ("nowhere",)},
    {"set_metadata": {"x": float("inf")}},
    {"set_metadata": {"big": "x" * 5000}},
    {"rate": Rate(0, 1)},
    {"quota": -1},
    {"expires_at_ms": 10**18},
]


def test_what_no_key_can_have_changes_nothing(store: Store, issued: Issued) -> None:
    for changes in IMPOSSIBLE:
        with pytest.raises(InvalidInput):
            _update(store, issued.key.id, **({"owner": "new"} | changes))
        assert store.api_keys.get(issued.key.id) == issued.key


def test_updates_at_once_are_all_there_in_the_end(
    opener: Callable[[], Store], store: Store
) -> None:
    """Each reads what is there and adds one: 8 processes, 8 members, none lost."""
    key_id = apikeys.issue(store.api_keys, "shared").key.id

    def act(mine: Store) -> str:
        for number in range(5):
            changes = Changes(set_metadata={f"p{os.getpid()}-{number}": 1})
            apikeys.update(mine.api_keys, key_id, changes)
        return "done"

    assert at_once(8, opener, act) == ["done"] * 8
    key = store.api_keys.get(key_id)
    assert key is not None
    assert len(key.metadata) == 40
