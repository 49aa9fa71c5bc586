"""What SQL and Python say of a key is the same, whatever the order of its times."""

from __future__ import annotations

from itertools import product

import pytest

from authcli.apikeys.forgetting import dead_since, why_dead
from authcli.apikeys.model import ApiKey, Filters
from authcli.store.api_key_states import DEAD, LIVES_NOW, MAY_LIVE, STATE, WHY_DEAD
from authcli.store.store import Store

BEFORE, AT, AFTER = 10, 20, 30
ENDS = ("not_before", "expires_at", "grace_until", "disabled_at", "revoked_at")
#: Every order in which the times of a key can lie to one another and to the instant.
TIMES = [
    dict(zip(ENDS, times, strict=True)) for times in product((None, BEFORE, AT, AFTER), repeat=5)
]
SELECT = f"""
    SELECT k.id, {STATE}, CASE WHEN {LIVES_NOW} THEN 1 ELSE 0 END,
      CASE WHEN {MAY_LIVE} THEN 1 ELSE 0 END, CASE WHEN {DEAD} THEN {WHY_DEAD} ELSE 'not' END
    FROM api_keys k"""


@pytest.fixture
def keys(store: Store) -> dict[int, ApiKey]:
    """A key of each of them."""
    common = {"prefix": "p", "secret_hash": "x", "hash_alg": "sha256", "hint": "h", "name": "n"}
    rows = [
        {**common, **times, "id": number, "lineage_id": number, "environment": "e", "created_at": 1}
        for number, times in enumerate(TIMES, 1)
    ]
    with store.change():
        store.api_keys.add(rows)
    return {key.id: key for key in store.api_keys.find(Filters(), at_ms=AT)}


@pytest.mark.parametrize("cutoff", [BEFORE, AT, AFTER])
def test_sql_says_what_python_says(store: Store, keys: dict[int, ApiKey], cutoff: int) -> None:
    said = {row[0]: row[1:] for row in store.database.rows(SELECT, at=AT, dead=cutoff)}
    assert len(said) == len(TIMES) == 1024
    assert said == {
        key_id: (
            key.state(at_ms=AT),
            int(key.state(at_ms=AT) in ("live", "grace")),
            int(_may_live(key)),
            why_dead(key, before=cutoff) if _ended(key, cutoff) else "not",
        )
        for key_id, key in keys.items()
    }


def _ended(key: ApiKey, before: int) -> bool:
    since = dead_since(key)
    return since is not None and since < before


def _may_live(key: ApiKey) -> bool:
    """Whether it would live once it is enabled and its time has begun."""
    ready = key._replace(disabled_at=None, not_before=None)
    return ready.state(at_ms=AT) in ("live", "grace")
