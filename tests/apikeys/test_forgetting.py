"""What has been dead for long is deleted whole; what lives, or died lately, is not touched."""

from __future__ import annotations

import pytest

from authcli import apikeys
from authcli.apikeys import forgetting
from authcli.apikeys.forgetting import RETENTION_MS
from authcli.apikeys.model import ApiKey, Rate
from authcli.apikeys.updating import Changes
from authcli.clock import now_ms
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
    assert forgetting.forget(store.api_keys, at_ms=LATER) == 3
    assert _names(store) == {"never", "living", "lately", "disabled"}
    assert forgetting.forget(store.api_keys, at_ms=LATER) == 0
    [event] = store.audit.find(event="apikey.deleted")
    assert event.members["count"] == 3


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
    assert forgetting.forget(store.api_keys, at_ms=late) == 1
    assert (_rows(store, "api_key_quotas"), _rows(store, "rate_buckets")) == (2, 2)
    assert _rows(store, "api_key_usage") == 1
    successor = store.api_keys.get(new.id)
    assert successor is not None
    assert (successor.rotated_from, successor.quota_remaining) == (None, 8)
    assert apikeys.rotate(store.api_keys, new.id).changed

    apikeys.revoke(store.api_keys, [new.id], whole_lineage=True)
    assert forgetting.forget(store.api_keys, at_ms=late) == 2
    assert (_rows(store, "api_key_quotas"), _rows(store, "rate_buckets")) == (1, 1)
    assert _rows(store, "api_key_usage") == 1


def test_many_go_in_transactions_of_bounded_size(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "_AT_ONCE", 4)
    ids = [_issue(store, "x").id for _ in range(10)]
    apikeys.revoke(store.api_keys, ids, at_ms=NOW)
    told: list[int] = []
    assert forgetting.forget(store.api_keys, at_ms=LATER, progress=told.append) == 10
    assert told == [4, 8, 10]
    assert [one.members["count"] for one in store.audit.find(event="apikey.deleted")] == [4, 4, 2]


def test_the_retention_may_be_another(store: Store) -> None:
    key = _issue(store, "x")
    apikeys.revoke(store.api_keys, [key.id], at_ms=NOW)
    assert forgetting.forget(store.api_keys, retention_ms=DAY_MS, at_ms=NOW + DAY_MS) == 0
    assert forgetting.forget(store.api_keys, retention_ms=DAY_MS, at_ms=NOW + DAY_MS + 1) == 1


def test_a_forgotten_key_is_unknown_and_the_audit_still_knows_it(store: Store) -> None:
    issued = apikeys.issue(store.api_keys, "gone")
    apikeys.revoke(store.api_keys, [issued.key.id])
    forgetting.forget(store.api_keys, at_ms=now_ms() + 1000 * DAY_MS)
    with pytest.raises(ApiKeyRejected) as caught:
        apikeys.verify(store.api_keys, issued.text)
    assert caught.value.code == "apikey.unknown"
    assert [one.event for one in store.audit.find(secret=issued.text)] == ["apikey.issued"]
