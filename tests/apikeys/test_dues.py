"""What ends soon and has nothing to follow it: all of that, and nothing else."""

from __future__ import annotations

from authcli import apikeys
from authcli.apikeys.model import ApiKey, Filters
from authcli.store.store import Store

NOW = 1_900_000_000_000
DAY_MS = 86_400_000


def _issue(store: Store, name: str, life_days: int | None, **parts: object) -> ApiKey:
    life = None if life_days is None else life_days * DAY_MS
    return apikeys.issue(store.api_keys, name, life_ms=life, at_ms=NOW, **parts).key  # type: ignore[arg-type]


def _dues(store: Store, *, days: int = 14, at_ms: int = NOW) -> list[tuple[str, int]]:
    found = apikeys.expiring(store.api_keys, within_ms=days * DAY_MS, at_ms=at_ms)
    return [(due.key.name, (due.ends_at_ms - NOW) // DAY_MS) for due in found]


def test_the_soonest_is_the_first_and_the_window_has_ends(store: Store) -> None:
    for name, days in (("c", 14), ("a", 3), ("d", 15), ("never", None), ("b", 7)):
        _issue(store, name, days)
    assert _dues(store) == [("a", 3), ("b", 7), ("c", 14)]
    assert _dues(store, days=0) == []


def test_what_is_over_revoked_or_disabled_is_not_due(store: Store) -> None:
    over, revoked, disabled = (_issue(store, name, 3) for name in ("over", "revoked", "disabled"))
    apikeys.revoke(store.api_keys, [revoked.id], at_ms=NOW)
    apikeys.disable(store.api_keys, [disabled.id], at_ms=NOW)
    assert _dues(store) == [("over", 3)]
    assert _dues(store, at_ms=NOW + 3 * DAY_MS) == []
    assert over.expires_at == NOW + 3 * DAY_MS


def test_a_key_in_its_grace_is_not_due_while_its_successor_lives(store: Store) -> None:
    old = _issue(store, "rotated", 90)
    new = apikeys.rotate(store.api_keys, old.id, grace_ms=5 * DAY_MS, at_ms=NOW).new
    assert new is not None
    assert _dues(store) == []
    apikeys.revoke(store.api_keys, [new.id], at_ms=NOW)
    assert _dues(store) == [("rotated", 5)]


def test_a_successor_is_due_like_any_key(store: Store) -> None:
    old = _issue(store, "short", 10)
    apikeys.rotate(store.api_keys, old.id, at_ms=NOW)
    assert _dues(store) == [("short", 10)]


def test_filters_narrow_it(store: Store) -> None:
    _issue(store, "a", 3, owner="alice")
    _issue(store, "b", 4, owner="bob")
    found = apikeys.expiring(
        store.api_keys, within_ms=9 * DAY_MS, filters=Filters(owner="bob"), at_ms=NOW
    )
    assert [due.key.name for due in found] == ["b"]
