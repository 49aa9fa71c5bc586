"""Sweep: keys that filters find, changed a thousand in a transaction, if they still match.

Each change is seen at once, memory and the time that others wait stay bounded at 10^6 keys, and
what an interruption leaves over is done by saying the same again.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from authcli.apikeys.model import Filters
    from authcli.apikeys.repository import ApiKeyRepository
    from authcli.apikeys.revocation import Outcome

__all__ = ["AT_ONCE", "Act", "found_ids", "in_turns"]

#: What changes keys, all of them or none.
Act: TypeAlias = "Callable[[Sequence[int]], list[Outcome]]"
AT_ONCE = 1000


def found_ids(keys: ApiKeyRepository, filters: Filters, *, at_ms: int) -> array[int]:
    """Return the ids of the keys that filters find: eight bytes a key, and no more is held."""
    return array("q", (key.id for key in keys.salvaging().find(filters, at_ms=at_ms)))


def in_turns(
    keys: ApiKeyRepository, filters: Filters, ids: array[int], act: Act, *, at_ms: int
) -> Iterator[list[Outcome]]:
    """Change keys that were found; yield what became of each, a transaction at a time.

    Args:
        keys: where they are kept.
        filters: what found them; a key that matches no longer when its turn comes is left alone.
        ids: of `found_ids`.
        act: changes some of them.
        at_ms: now, for states.
    """
    keys = keys.salvaging()
    for start in range(0, len(ids), AT_ONCE):
        batch = filters._replace(ids=tuple(ids[start : start + AT_ONCE]))
        with keys.change():
            outcomes = act([key.id for key in keys.find(batch, at_ms=at_ms)])
        yield outcomes
