"""Forgetting keys that have been dead for long: their rows, uses, quotas and rates.

A key is dead from when it was revoked, or its life or its grace was over. What the audit says of
it stays; `audit find` knows a forgotten key by its text as before.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from authcli.apikeys.issuing import instant, target
from authcli.apikeys.model import Filters, State
from authcli.clock import now_ms

if TYPE_CHECKING:
    from authcli.apikeys.model import ApiKey
    from authcli.apikeys.repository import ApiKeyRepository

__all__ = ["RETENTION_MS", "dead", "dead_since", "forget", "why_dead"]

RETENTION_MS = 90 * 86_400_000
"""How long a dead key is kept by default: as long as a new one lives by default."""
_AT_ONCE = 5000
#: A disabled key may have expired long ago, and so may one whose time never began.
_MAY_BE_DEAD: tuple[State, ...] = ("revoked", "expired", "superseded", "disabled", "pending")


def dead_since(key: ApiKey) -> int | None:
    """Return when a key dies or died, in Unix milliseconds; None for never."""
    ends = (key.revoked_at, key.expires_at, key.grace_until)
    return min((end for end in ends if end is not None), default=None)


def why_dead(key: ApiKey, *, before: int) -> State:
    """Return how a key ended before an instant: "revoked", "expired" or "superseded"."""
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at < before else "superseded"


def dead(
    keys: ApiKeyRepository, *, retention_ms: int = RETENTION_MS, at_ms: int | None = None
) -> Iterator[ApiKey]:
    """Yield keys that have been dead for longer than the retention, in constant memory.

    Args:
        keys: where they are kept.
        retention_ms: how long dead keys are kept.
        at_ms: now; the clock's when None.
    """
    at = now_ms() if at_ms is None else at_ms
    for key in keys.find(Filters(states=_MAY_BE_DEAD), at_ms=at):
        since = dead_since(key)
        if since is not None and since < at - retention_ms:
            yield key


def forget(
    keys: ApiKeyRepository,
    *,
    retention_ms: int = RETENTION_MS,
    at_ms: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> Mapping[str, int]:
    """Delete what `dead` yields, five thousand in a transaction, each with its event.

    Args:
        keys: where they are kept.
        retention_ms: how long dead keys are kept.
        at_ms: now; the clock's when None.
        progress: is told how many are done, after each transaction.

    Returns:
        How they ended ("revoked", "expired", "superseded") -> how many were deleted.

    Raises:
        Unavailable: the store cannot be written; what was deleted before stays deleted.
    """
    at = now_ms() if at_ms is None else at_ms
    before = at - retention_ms
    # Eight bytes a key; and one that an update gave a new life meanwhile is looked at again.
    ids = array("q", (key.id for key in dead(keys, retention_ms=retention_ms, at_ms=at)))
    deleted: Counter[str] = Counter()
    for start in range(0, len(ids), _AT_ONCE):
        batch = Filters(ids=tuple(ids[start : start + _AT_ONCE]), states=_MAY_BE_DEAD)
        with keys.change() as journal:
            found = list(keys.find(batch, at_ms=at))
            gone = [
                key for key in found if (since := dead_since(key)) is not None and since < before
            ]
            keys.delete([key.id for key in gone])
            for key in gone:
                detail = {
                    "name": key.name,
                    "state": why_dead(key, before=before),
                    "dead_since": instant(dead_since(key)),
                }
                journal.record("apikey.deleted", target=target(key.id), detail=detail)
        deleted.update(why_dead(key, before=before) for key in gone)
        if progress is not None:
            progress(deleted.total())
    return deleted
