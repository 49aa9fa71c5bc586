"""A store with something of everything in it, for the tests of what keeps stores well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from authcli import apikeys
from authcli.apikeys.model import Rate
from authcli.clock import now_ms
from authcli.store import open_store
from authcli.store.store import Store
from authcli.store.upkeep.rows import contents

DAY = 86_400_000
OPTIONS: dict[str, dict[str, Any]] = {
    "live": {"scopes": ["read:*"], "owner": "\u00e1lice \u202e", "metadata": {"a": "b\u202e"}},
    "limited": {"rate": Rate(100, 60_000), "quota": 5},
    "revoked": {},
    "rotated": {"life_ms": None},
}


def opened(url: str, folder: Path, **options: Any) -> Store:
    """Open a store, made where it is missing; its side files are in `folder`."""
    options = {"create": True, "actor": "tester", "wait_seconds": 60, **options}
    return open_store(url, side_folder=folder / "side", **options)


def fill(store: Store) -> dict[str, str]:
    """Put keys of several states, uses, quotas and rates into a store; return name -> text."""
    texts = {}
    for name, options in OPTIONS.items():
        texts[name] = apikeys.issue(store.api_keys, name, **options).text
    apikeys.verify(store.api_keys, texts["limited"])
    apikeys.rotate(store.api_keys, id_of(store, "rotated"))
    apikeys.revoke(store.api_keys, [id_of(store, "revoked")], reason="test")
    hour = now_ms() // 3_600_000 * 3_600_000
    store.api_keys.record_uses(
        {(id_of(store, "live"), hour, "ok"): 3}, {id_of(store, "live"): (now_ms(), "::1")}
    )
    return texts


def id_of(store: Store, name: str) -> int:
    """Return the id of the first key of a name."""
    row = store.database.row(
        "SELECT id FROM api_keys WHERE name = :name ORDER BY rotation_no", name=name
    )
    assert row is not None
    return int(row[0])


def state_of(store: Store) -> dict[str, Any]:
    """Return all that a store holds, to compare it with what it holds later."""
    return {**contents(store.database), "meta": store.database.rows("SELECT name FROM meta")}


def once(error: BaseException) -> Callable[[int, int], None]:
    """Return a progress that raises when it is first told something."""

    def tell(done: int, total: int) -> None:
        raise error

    return tell


def buckets(store: Store, count: int, *, expires_at: int) -> None:
    """Add states of rate limits, as many as wanted."""
    store.database.run_many(
        "INSERT INTO rate_buckets (bucket, tat, expires_at) VALUES (:bucket, 1, :at)",
        ({"bucket": f"apikey:{number}", "at": expires_at} for number in range(count)),
    )
