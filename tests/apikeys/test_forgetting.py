"""What has been dead for long is deleted whole; what lives, or died lately, is not touched."""

from __future__ import annotations

import pytest

from authcli import apikeys
from authcli.apikeys import forgetting
from authcli.apikeys.forgetting import RETENTION_MS
from authcli.apikeys.model import ApiKey, Rate
from authcli.apikeys.text import display_id
from authcli.apikeys.updating import Changes
from authcli.clock import format_instant, now_ms
from authcli.errors import ApiKeyRejected
from authcli.store.store import Store

NOW = 1_900_000_000_000
DAY_MS = 86_400_000
LATER = NOW + 1000 * DAY_MS


def _issue(store: Store, name: str, **parts: object) -> ApiKey:
    return apikeys.issue(store.api_keys, name, at_ms=NOW, **parts).key  # type: ignore[arg-type]


def _names(store: Store) -> set[str]:
    return {key.name for key in apikeys.find(store.api_keys)}


def _rows(store: Store, table: str) -> int:
    row = store.database.row(f"SELECT count(*) FROM {table}")
    return int(row[0]) if row else 0


def test_the_dead_are_those_that_ended_before_the_retention(store: Store) -> None:
    _issue(store, "never", life_ms=None)
    _issue(store, "living", life_ms=2000 * DAY_MS)
    _issue(store, "expired", life_ms=DAY_MS)
    _issue(store, "lately", life_ms=1000 * DAY_MS - RETENTION_MS)
    revoked = _issue(store, "revoked", life_ms=None)
    apikeys.revoke(store.api_keys, [revoked.id], at_ms=NOW)
    disabled = _issue(store, "disabled and expired", life_ms=DAY_MS)
    apikeys.disable(store.api_keys, [disabled.id], at_ms=NOW)
    apikeys.disable(store.api_keys, [_issue(store, "disabled", life_ms=None).id], at_ms=NOW)
    gone = {"expired", "revoked", "disabled and expired"}
    assert {key.name for key in forgetting.dead(store.api_keys, at_ms=LATER)} == gone
    assert forgetting.forget(store.api_keys, at_ms=LATER) == {"revoked": 1, "expired": 2}
    assert _names(store) == {"never", "living", "lately", "disabled"}
    assert forgetting.forget(store.api_keys, at_ms=LATER) == {}


def test_each_key_that_goes_is_named_in_the_audit(store: Store) -> None:
    """By its id, as all other events name it, with what it was called and how it ended."""
    expired = _issue(store, "expired", life_ms=DAY_MS)
    revoked = _issue(store, "revoked", life_ms=None)
    apikeys.revoke(store.api_keys, [revoked.id], at_ms=NOW)
    forgetting.forget(store.api_keys, at_ms=LATER)
    events = list(store.audit.find(event="apikey.deleted"))
    assert [(one.target_type, one.target_id, dict(one.members)) for one in events] == [
        (
            "apikey",
            display_id(key.id),
            {"name": key.name, "state": key.name, "dead_since": format_instant(since // 1000)},
        )
        for key, since in ((expired, NOW + DAY_MS), (revoked, NOW))
    ]
    for key in (expired, revoked):
        *_, last = store.audit.find(target=display_id(key.id))
        assert last.event == "apikey.deleted"
    assert store.audit.verify().valid


def test_a_key_whose_time_never_began_is_forgotten_too(store: Store) -> None:
    key = _issue(store, "never began", life_ms=DAY_MS)
    store.database.run("UPDATE api_keys SET not_before = :far", far=2 * LATER)
    assert [one.id for one in forgetting.dead(store.api_keys, at_ms=LATER)] == [key.id]
    assert forgetting.forget(store.api_keys, at_ms=LATER) == {"expired": 1}


def test_uses_quotas_and_rates_go_with_the_last_key_of_a_lineage(store: Store) -> None:
    old = apikeys.issue(store.api_keys, "line", quota=9, rate=Rate(9, 60_000))
    other = apikeys.issue(store.api_keys, "other", quota=9, rate=Rate(9, 60_000), life_ms=None)
    apikeys.verify(store.api_keys, old.text)
    apikeys.verify(store.api_keys, other.text)
    store.api_keys.record_uses({(old.key.id, 0, "ok"): 1, (other.key.id, 0, "ok"): 1}, {})
    new = apikeys.rotate(store.api_keys, old.key.id, grace_ms=0).new
    assert new is not None
    apikeys.update(store.api_keys, new.id, Changes(expires_at_ms=None))

    late = now_ms() + 1000 * DAY_MS
    assert forgetting.forget(store.api_keys, at_ms=late) == {"expired": 1}
    assert (_rows(store, "api_key_quotas"), _rows(store, "rate_buckets")) == (2, 2)
    assert _rows(store, "api_key_usage") == 1
    successor = store.api_keys.get(new.id)
    assert successor is not None
    assert (successor.rotated_from, successor.quota_remaining) == (None, 8)
    assert apikeys.rotate(store.api_keys, new.id).changed

    apikeys.revoke(store.api_keys, [new.id], whole_lineage=True)
    assert forgetting.forget(store.api_keys, at_ms=late) == {"revoked": 2}
    assert (_rows(store, "api_key_quotas"), _rows(store, "rate_buckets")) == (1, 1)
    assert _rows(store, "api_key_usage") == 1


def test_many_go_in_transactions_of_bounded_size(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "_AT_ONCE", 4)
    ids = [_issue(store, "x").id for _ in range(10)]
    apikeys.revoke(store.api_keys, ids, at_ms=NOW)
    told: list[int] = []
    assert forgetting.forget(store.api_keys, at_ms=LATER, progress=told.append) == {"revoked": 10}
    assert told == [4, 8, 10]
    assert {one.target_id for one in store.audit.find(event="apikey.deleted")} == {
        display_id(key_id) for key_id in ids
    }


def test_what_was_forgotten_before_a_failure_is_in_the_audit(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "_AT_ONCE", 2)
    ids = [_issue(store, "x").id for _ in range(5)]
    apikeys.revoke(store.api_keys, ids, at_ms=NOW)

    def stop(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        forgetting.forget(store.api_keys, at_ms=LATER, progress=stop)
    left = {key.id for key in apikeys.find(store.api_keys)}
    named = {one.target_id for one in store.audit.find(event="apikey.deleted")}
    assert len(left) == 3
    assert named == {display_id(key_id) for key_id in ids if key_id not in left}


def test_the_retention_may_be_another(store: Store) -> None:
    key = _issue(store, "x")
    apikeys.revoke(store.api_keys, [key.id], at_ms=NOW)
    assert forgetting.forget(store.api_keys, retention_ms=DAY_MS, at_ms=NOW + DAY_MS) == {}
    assert forgetting.forget(store.api_keys, retention_ms=DAY_MS, at_ms=NOW + DAY_MS + 1)


def test_a_forgotten_key_is_unknown_and_the_audit_still_knows_it(store: Store) -> None:
    issued = apikeys.issue(store.api_keys, "gone")
    apikeys.revoke(store.api_keys, [issued.key.id])
    forgetting.forget(store.api_keys, at_ms=now_ms() + 1000 * DAY_MS)
    with pytest.raises(ApiKeyRejected) as caught:
        apikeys.verify(store.api_keys, issued.text)
    assert caught.value.code == "apikey.unknown"
    assert [one.event for one in store.audit.find(secret=issued.text)] == ["apikey.issued"]
