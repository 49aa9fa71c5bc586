"""Uses: how often keys were used and refused, and when last, gathered and written together.

A verdict must not wait for its own statistics, and must not depend on them. So they are counted in
memory, by key, hour and outcome, and written by `flush`, many at once; when a key was last used is
written at most every five minutes. What is lost in a crash are counts, never a key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from authcli.errors import AuthError

if TYPE_CHECKING:
    from authcli.apikeys.repository import ApiKeyRepository

__all__ = ["LAST_USED_EVERY_MS", "Uses"]

LAST_USED_EVERY_MS = 300_000
_HOUR_MS = 3_600_000


class Uses:
    """Holds what was counted since the last `flush`; one for each open store.

    Attributes:
        note: why the last `flush` wrote nothing, one sentence; None where it wrote.
    """

    __slots__ = ("_counts", "_last", "note")

    def __init__(self) -> None:
        self.note: str | None = None
        self._counts: dict[tuple[int, int, str], int] = {}
        self._last: dict[int, tuple[int, str | None]] = {}

    def __len__(self) -> int:
        """How many rows `flush` would write."""
        return len(self._counts) + len(self._last)

    def used(self, key_id: int, *, at_ms: int, address: str | None) -> None:
        """Count a use that was let pass."""
        counts, place = self._counts, (key_id, at_ms - at_ms % _HOUR_MS, "ok")
        counts[place] = counts.get(place, 0) + 1
        self._last[key_id] = (at_ms, address)

    def refused(self, key_id: int, code: str, *, at_ms: int) -> None:
        """Count a use that was refused.

        An id that is not known costs the same work, so that nobody can measure which are; at
        `flush` nothing is kept of it.
        """
        counts, place = self._counts, (key_id, at_ms - at_ms % _HOUR_MS, code)
        if len(counts) < _MOST_KEPT:  # whoever makes up ids cannot fill the memory
            counts[place] = counts.get(place, 0) + 1

    def flush(self, keys: ApiKeyRepository) -> bool:
        """Write what was gathered; return whether it was written.

        It raises nothing: where a store is read-only or busy, `note` says so. What a busy store
        could not take is kept for the next time, within bounds.
        """
        self.note = None
        if not self:
            return True
        if keys.read_only:
            self._forget()
            self.note = "uses are not counted, because the store cannot be written"
            return False
        try:
            keys.record_uses(self._counts, self._last)
        except AuthError as error:
            self.note = f"uses were not counted: {error.message}"
            if len(self) > _MOST_KEPT:
                self._forget()
            return False
        self._forget()
        return True

    def _forget(self) -> None:
        self._counts.clear()
        self._last.clear()


#: Rows that are kept for a store that cannot be written now.
_MOST_KEPT = 100_000
