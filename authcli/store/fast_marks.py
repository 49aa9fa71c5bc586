"""Deny marks from Redis, where its copy is that of the store; else from the store.

SQL is the truth. A copy counts while its generation is the store's, which is asked anew every
second, and at once where the two differ. So where Redis was lost, restarted from an older state,
is another's replica that lags, or was not told of a change, nobody believes it for longer than a
second; and not at all where it knows of the change. Then the store answers, and the copy is filled
anew, some thousand marks at a time, by whoever asks.

A Redis that does not answer costs one short wait; after it the store alone is asked for a while.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from authcli.clock import now_ms
from authcli.errors import Unavailable

if TYPE_CHECKING:
    from authcli.revocation.model import Mark, Target
    from authcli.store.deny_marks import DenyMarks
    from authcli.store.redis import RedisMarks
    from authcli.store.redis_urls import RedisPlace

__all__ = ["FastMarks"]

#: How long an answer waits for Redis; SQL gives it in less.
WAIT_SECONDS = 0.25
#: How long a change waits: the copy is unfit if it does not arrive.
WAIT_FOR_CHANGE_SECONDS = 0.5
#: How long the store's generation is taken for what it was.
FRESH_SECONDS = 1.0
#: How long a Redis that does not answer is left alone.
LEFT_ALONE_SECONDS = 10.0
#: Between two parts of a filling, which are so large.
PAUSE_SECONDS, PART = 0.1, 2000


class FastMarks:
    """A `DenyList` over a store's marks and a Redis; belongs to one thread of one process.

    Args:
        truth: the store's tokens.
        place: the Redis.
        store_id: the store.
        tell: is told, as a sentence, what went wrong with Redis; once each.
    """

    def __init__(
        self, truth: DenyMarks, place: RedisPlace, *, store_id: str, tell: Callable[[str], None]
    ) -> None:
        self._truth, self._place, self._store_id, self._tell = truth, place, store_id, tell
        self._told: set[str] = set()
        self._copy: RedisMarks | None = None
        self._left_alone_until = 0.0
        self._generation: str | None = None
        self._asked_at = 0.0
        truth.follow(lambda: self)

    def find(self, targets: Sequence[Target]) -> list[Mark]:
        """Return the marks of these targets."""
        now = time.monotonic()
        if now < self._left_alone_until:
            return self._truth.find(targets)
        try:
            generation, found = self._asked().find(targets)
        except Unavailable as error:
            self._leave_alone(error)
            return self._truth.find(targets)
        if generation != self._generation or now - self._asked_at >= FRESH_SECONDS:
            # Asked after the copy: what it lacks by now is not in this generation.
            self._generation, self._asked_at = self._truth.generation(), now
        if generation == self._generation:
            return found
        answer = self._truth.find(targets)
        self._fill_some(self._generation)
        return answer

    def add(self, marks: Iterable[Mark]) -> None:
        """Add marks to the store, and after its commit to Redis."""
        self._truth.add(marks)

    def changed(self, before: str, after: str, marks: Sequence[Mark]) -> None:
        """Take over marks that are committed; see `Following`."""
        try:
            copy = self._connected(WAIT_FOR_CHANGE_SECONDS)
            try:
                copy.change(before, after, marks, at_ms=now_ms())
            finally:
                copy.close()
        except Unavailable as error:
            self._leave_alone(
                error,
                f"; the store knows of the change, and others will within {FRESH_SECONDS:g} s",
            )

    def close(self) -> None:
        """Close the connection to Redis; the store stays open."""
        if self._copy is not None:
            self._copy.close()
            self._copy = None

    def _fill_some(self, generation: str | None) -> None:
        """Take the copy a step nearer to the store; with few marks it is whole then."""
        self._left_alone_until = time.monotonic() + PAUSE_SECONDS
        at = now_ms()
        try:
            copy = self._asked()
            filling = copy.begin(generation or "", at_ms=at)
            if filling is None:
                return
            rows = self._truth.page(after=filling.after, number=PART, at_ms=at)
            copy.fill(filling, rows, last=len(rows) < PART, at_ms=at)
        except Unavailable as error:  # the answer stands, whatever became of the copy
            self._leave_alone(error)
            return
        if len(rows) < PART:
            self._left_alone_until = 0.0

    def _asked(self) -> RedisMarks:
        if self._copy is None:
            self._copy = self._connected(WAIT_SECONDS)
        return self._copy

    def _connected(self, wait_seconds: float) -> RedisMarks:
        from authcli.store.redis import RedisMarks

        return RedisMarks(self._place, store_id=self._store_id, wait_seconds=wait_seconds)

    def _leave_alone(self, error: Unavailable, rest: str = "; the store is asked instead") -> None:
        self._left_alone_until = time.monotonic() + LEFT_ALONE_SECONDS
        self.close()
        hint = f" ({error.hint})" if error.hint else ""
        if (text := f"{error.message}{hint}{rest}") not in self._told:
            self._told.add(text)
            self._tell(text)
