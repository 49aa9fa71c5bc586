"""Rate buckets: hits against a rate, counted by GCRA; the arithmetic is `authcli.apikeys.rates`.

A hit is one statement, so that of concurrent ones exactly as many pass as may: what is read and
what is written stand in the same row, under the engine's own lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from authcli.apikeys.rates import beyond_ns, burst_ns, emission_ns, wait_ns

if TYPE_CHECKING:
    from authcli.apikeys.model import Rate
    from authcli.store.database import Database

__all__ = ["hit", "peek"]

# A bucket that is not there was worked off long ago; the first hit always passes. One that a wrong
# clock filled is set back to where the next hit passes after one interval: this one does not, so
# that of what was let pass nothing is forgotten, and by what is returned it is known.
_NEXT = """CASE WHEN rate_buckets.tat > :beyond THEN :now + :burst + 1
  WHEN rate_buckets.tat > :now THEN rate_buckets.tat + :emission ELSE :now + :emission END"""
_HIT = f"""
INSERT INTO rate_buckets (bucket, tat, expires_at)
VALUES (:bucket, :now + :emission, (:now + :emission) / 1000000 + 1)
ON CONFLICT (bucket) DO UPDATE SET tat = {_NEXT}, expires_at = ({_NEXT}) / 1000000 + 1
WHERE rate_buckets.tat > :beyond OR {_NEXT} <= :now + :burst
RETURNING tat"""
_TAT = "SELECT tat FROM rate_buckets WHERE bucket = :bucket"


def hit(database: Database, bucket: str, rate: Rate, *, now_ns: int) -> int | None:
    """Count one use against a rate; a power cut may undo it, unless in a durable transaction.

    Args:
        database: where the bucket is.
        bucket: "<kind>:<whose>".
        rate: the limit.
        now_ns: the real time; a pretended one would fill the bucket for years.

    Returns:
        None where it is within the rate; else in how many nanoseconds the next one is.
    """
    emission, burst = emission_ns(rate), burst_ns(rate)
    values: dict[str, object] = {
        "bucket": bucket,
        "now": now_ns,
        "emission": emission,
        "burst": burst,
        "beyond": beyond_ns(rate, now_ns=now_ns),
    }
    if database.in_writing:  # of a batch, which is atomic already
        row = database.row(_HIT, **values)
    else:  # a hit that a power cut undoes was before the power cut
        row = database.quick_statement(_HIT, **values)
    if row is None:
        return peek(database, bucket, rate, now_ns=now_ns) or emission
    return None if row[0] <= now_ns + burst else emission


def peek(database: Database, bucket: str, rate: Rate, *, now_ns: int) -> int | None:
    """Return what `hit` would, counting nothing."""
    row = database.row(_TAT, bucket=bucket)
    return wait_ns(rate, tat=row[0] if row else 0, now_ns=now_ns)
