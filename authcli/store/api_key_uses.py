"""Counting: uses of API keys against rates and quotas, and the roll-ups of them.

A hit and a spend are one statement each, so that of concurrent ones exactly as many pass as may:
what is read and what is written stand in the same row, under the engine's own lock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

from authcli.apikeys.model import Rate
from authcli.apikeys.uses import LAST_USED_EVERY_MS
from authcli.store import rate_buckets
from authcli.store.database import Database

__all__ = ["Counting"]

_SPEND = """
UPDATE api_key_quotas SET remaining = remaining - 1
WHERE lineage_id = :lineage_id AND remaining > 0 RETURNING remaining"""
# The key may have been deleted meanwhile, or never have been: then nothing is counted, in the
# same time.
_COUNT = """
INSERT INTO api_key_usage (api_key_id, hour, outcome, n)
SELECT id, :hour, :outcome, :n FROM api_keys WHERE id = :id
ON CONFLICT (api_key_id, hour, outcome) DO UPDATE SET n = api_key_usage.n + :n"""
_LAST = """
UPDATE api_keys SET last_used_at = :at, last_used_ip = :ip
WHERE id = :id AND (last_used_at IS NULL OR last_used_at <= :before)"""


class Counting:
    """The part of `ApiKeys` that counts uses."""

    _database: Database

    def hit(self, lineage_id: int, rate: Rate, *, now_ns: int) -> int | None:
        """Count one use against a rate (GCRA, one statement).

        Args:
            lineage_id: whose bucket; a rotation does not make a second one.
            rate: the limit.
            now_ns: the real time; a pretended one would fill the bucket for years.

        Returns:
            None where it is within the rate; else in how many nanoseconds the next one is.
        """
        return rate_buckets.hit(self._database, _bucket(lineage_id), rate, now_ns=now_ns)

    def peek(self, lineage_id: int, rate: Rate, *, now_ns: int) -> int | None:
        """Return what `hit` would, counting nothing."""
        return rate_buckets.peek(self._database, _bucket(lineage_id), rate, now_ns=now_ns)

    def spend(self, lineage_id: int) -> int | None:
        """Take one from a quota; return what is left of it, or None where nothing was left."""
        spend = self._database.row if self._database.in_writing else self._database.one_statement
        row = spend(_SPEND, lineage_id=lineage_id)
        return int(row[0]) if row else None

    def remaining(self, lineage_ids: Sequence[int]) -> dict[int, int]:
        """Return what is left of quotas, spending nothing."""
        sql = "SELECT remaining FROM api_key_quotas WHERE lineage_id = :lineage_id"
        found = {
            lineage_id: self._database.row(sql, lineage_id=lineage_id)
            for lineage_id in dict.fromkeys(lineage_ids)
        }
        return {lineage_id: int(row[0]) for lineage_id, row in found.items() if row}

    def batch(self) -> AbstractContextManager[None]:
        """Make one transaction of the hits and spends inside; no event belongs to them."""
        return self._database.writing()

    def record_uses(
        self, counts: Mapping[tuple[int, int, str], int], last: Mapping[int, tuple[int, str | None]]
    ) -> None:
        """Write roll-ups and last uses, in one transaction that need not be durable.

        Args:
            counts: (key id, start of the hour in ms, outcome) -> how many more; of keys that are
                not there nothing is kept.
            last: key id -> (when in ms, address); not written where five minutes have not passed.
        """
        with self._database.quick_writing():
            # In the order of ids: where rows are locked one by one, two of these never cross.
            self._database.run_many(
                _COUNT,
                [
                    {"id": key_id, "hour": hour, "outcome": outcome, "n": n}
                    for (key_id, hour, outcome), n in sorted(counts.items())
                ],
            )
            self._database.run_many(
                _LAST,
                [
                    {"id": key_id, "at": at, "ip": ip, "before": at - LAST_USED_EVERY_MS}
                    for key_id, (at, ip) in sorted(last.items())
                ],
            )


def _bucket(lineage_id: int) -> str:
    return f"apikey:{lineage_id}"
