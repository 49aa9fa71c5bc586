"""Forgetting keys that have been dead for long: their rows, uses, quotas and rates.

A key is dead from when it was revoked, or its life or its grace was over. What the audit says of
it stays; `audit find` knows a forgotten key by its text as before.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from authcli.apikeys.issuing import instant
from authcli.apikeys.model import Filters, State
from authcli.clock import now_ms

if TYPE_CHECKING:
    from authcli.apikeys.model import ApiKey
    from authcli.apikeys.repository import ApiKeyRepository

__all__ = ["RETENTION_MS", "dead", "dead_since", "forget"]

RETENTION_MS = 90 * 86_400_000
"""How long a dead key is kept by default: as long as a new one lives by default."""
_AT_ONCE = 5000
#: A disabled key may have expired long ago.
_MAY_BE_DEAD: tuple[State, ...] = ("revoked", "expired", "superseded", "disabled")


def dead_since(key: ApiKey) -> int | None:
    """Return when a key dies or died, in Unix milliseconds; None for never."""
    ends = (key.revoked_at, key.expires_at, key.grace_until)
    return min((end for end in ends if end is not None), default=None)


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
) -> int:
    """Delete what `dead` yields, five thousand in a transaction, each with its event.

    Args:
        keys: where they are kept.
        retention_ms: how long dead keys are kept.
        at_ms: now; the clock's when None.
        progress: is told how many are done, after each transaction.

    Returns:
        How many were deleted.

    Raises:
        Unavailable: the store cannot be written; what was deleted before stays deleted.
    """
    at = now_ms() if at_ms is None else at_ms
    # Eight bytes a key; and one that an update gave a new life meanwhile is looked at again.
    ids = array("q", (key.id for key in dead(keys, retention_ms=retention_ms, at_ms=at)))
    deleted = 0
    for start in range(0, len(ids), _AT_ONCE):
        batch = Filters(ids=tuple(ids[start : start + _AT_ONCE]), states=_MAY_BE_DEAD)
        with keys.change() as journal:
            found = list(keys.find(batch, at_ms=at))
            gone = [key.id for key in found if (dead_since(key) or at) < at - retention_ms]
            count = keys.delete(gone)
            if count:
                detail = {"count": count, "dead_before": instant(at - retention_ms)}
                journal.record("apikey.deleted", detail=detail)
        deleted += count
        if progress is not None:
            progress(deleted)
    return deleted
