"""What ends soon and has nothing to follow it.

A key in its grace is left out while its successor lives: its end is what the rotation is for.
Where the successor was revoked or has expired, the end of the grace is an end like any other.
What is revoked, disabled, not yet valid or over already is not due.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from authcli.apikeys.lineages import Lineage
from authcli.apikeys.model import Filters
from authcli.apikeys.names import LIVING
from authcli.clock import now_ms

if TYPE_CHECKING:
    from authcli.apikeys.model import ApiKey
    from authcli.apikeys.repository import ApiKeyRepository

__all__ = ["Due", "dues"]


class Due(NamedTuple):
    """A key that ends soon."""

    key: ApiKey
    ends_at_ms: int
    """The end of its life, or of its grace where that comes first."""


def dues(
    keys: ApiKeyRepository,
    *,
    within_ms: int,
    filters: Filters | None = None,
    at_ms: int | None = None,
) -> Iterator[Due]:
    """Yield what ends within a time from now, the soonest first, in constant memory.

    Args:
        keys: where they are kept.
        within_ms: how far to look ahead.
        filters: of which keys; all when None.
        at_ms: now; the clock's when None.
    """
    at = now_ms() if at_ms is None else at_ms
    wanted = (filters or Filters())._replace(expiring_before=at + within_ms + 1)
    for key in keys.find(wanted, at_ms=at, sort="expires"):
        ends = [end for end in (key.expires_at, key.grace_until) if end is not None]
        if key.grace_until is None or not _followed(keys, key, at):
            yield Due(key, min(ends))


def _followed(keys: ApiKeyRepository, key: ApiKey, at_ms: int) -> bool:
    lineage = Lineage(key, tuple(keys.lineage(key.lineage_id)))
    successor = lineage.successor
    return successor is not None and successor.state(at_ms=at_ms) in LIVING
