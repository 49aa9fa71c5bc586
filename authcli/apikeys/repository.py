"""What API keys ask of a store; `authcli.store.api_keys` fills it, on SQLite and on PostgreSQL.

Reads may happen at any time. What writes keys happens inside `change`, which is one transaction:
the events recorded in it are in the audit chain, or nothing was changed.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # a verdict is quick: it loads neither the audit nor what only people ask for
    from authcli.apikeys.model import ApiKey, Brief, Filters, Probe, Rate, Usage
    from authcli.audit.journal import Journal
    from authcli.roots import RootKeys

__all__ = ["ApiKeyRepository"]


class ApiKeyRepository(Protocol):
    """API keys in a store."""

    @property
    def peppers(self) -> RootKeys:
        """The peppers of this store, by their ids."""

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written: rates and quotas cannot be held, uses not counted."""

    @property
    def actor(self) -> str:
        """Who acts, as the audit names them; `created_by` of new keys."""

    def salvaging(self) -> ApiKeyRepository:
        """Return the same keys, of which damaged ones are read as far as they can be.

        Else reading one raises `Unavailable` ("store.corrupt"). Who stops a key needs little of it.
        """

    # What a verdict needs.

    def probe(self, key_id: int) -> Probe | None:
        """Look one key up by its primary key."""

    def nearest(self, key_id: int) -> Brief | None:
        """Look a key up in brief; where there is none of this id, return the one before it.

        A look-up brings one row whether the id is known or not, in the same time. None where the
        id is before those of all keys.
        """

    def brief_many(self, key_ids: Sequence[int]) -> dict[int, Brief]:
        """Look many up in brief at once."""

    def probe_many(self, key_ids: Sequence[int]) -> dict[int, Probe]:
        """Look many up at once."""

    def probe_lookup(self, lookups: Sequence[str]) -> Probe | None:
        """Look up a key that was imported, by any of the forms its `lookup` may have."""

    def hit(self, lineage_id: int, rate: Rate, *, now_ns: int) -> int | None:
        """Count one use against a rate (GCRA, one statement).

        Returns:
            None where it is within the rate; else in how many nanoseconds the next one is.
        """

    def peek(self, lineage_id: int, rate: Rate, *, now_ns: int) -> int | None:
        """Return what `hit` would, counting nothing."""

    def spend(self, lineage_id: int) -> int | None:
        """Take one from a quota; return what is left of it, or None where nothing was left."""

    def remaining(self, lineage_ids: Sequence[int]) -> dict[int, int]:
        """Return what is left of quotas, spending nothing."""

    def batch(self) -> AbstractContextManager[None]:
        """Make one transaction of the hits and spends inside; no event belongs to them."""

    def record_uses(
        self, counts: Mapping[tuple[int, int, str], int], last: Mapping[int, tuple[int, str | None]]
    ) -> None:
        """Write roll-ups and last uses, in one transaction that need not be durable.

        Args:
            counts: (key id, start of the hour in ms, outcome) -> how many more.
            last: key id -> (when in ms, address); not written where five minutes have not passed.
        """

    # What a person asks.

    def get(self, key_id: int) -> ApiKey | None:
        """Return one key."""

    def between(self, first_id: int, last_id: int, *, limit: int) -> list[ApiKey]:
        """Return keys of a range of ids: those whose base62 begins alike."""

    def find(
        self,
        filters: Filters,
        *,
        at_ms: int,
        sort: str = "created",
        descending: bool = False,
        limit: int | None = None,
        offset: int = 0,
    ) -> Generator[ApiKey, None, None]:
        """Yield keys in constant memory; `sort` is created, name, expires or used.

        Whoever leaves before the end closes it: it may hold a connection.
        """

    def count(self, filters: Filters, *, at_ms: int) -> int:
        """Return how many `find` would yield without a limit."""

    def lineage(self, lineage_id: int) -> list[ApiKey]:
        """Return all keys of a lineage, the first first."""

    def usage(self, key_ids: Sequence[int], *, since_ms: int) -> list[tuple[int, Usage]]:
        """Return roll-ups, the oldest first."""

    def first_hour(self, key_id: int, *, outcome: str) -> int | None:
        """Return the first hour of a key's roll-ups with an outcome; None where there is none."""

    # What changes keys; only inside `change`.

    def change(self) -> AbstractContextManager[Journal]:
        """Begin a change: one transaction, with the journal that its events are recorded in."""

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert keys; a row has the columns of api_keys.

        Raises:
            Conflict: an id, a lookup or a rotation number is taken (`code` "apikey.exists").
        """

    def set_quota(self, lineage_id: int, remaining: int | None) -> None:
        """Set what is left of a quota; None removes it."""

    def put(self, key_id: int, columns: Mapping[str, object], *, where_null: Sequence[str]) -> bool:
        """Update columns of one key if the columns of `where_null` are still null; say whether."""

    def delete(self, key_ids: Sequence[int]) -> int:
        """Delete keys with their usage; return how many there were."""
