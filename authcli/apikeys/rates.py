"""Rates: "100/1m" as people write it, and the arithmetic that keeps to it (GCRA).

The generic cell rate algorithm (ITU-T I.371) keeps one number a bucket: the theoretical arrival
time, when all that was let pass will have been worked off at an even pace. A hit moves it on by
the emission interval; it is let pass while the time stays within one burst of now. In whole
nanoseconds, because in milliseconds 3000 a second would be one every 0 ms: no limit at all.

With sound clocks the number is never more than a burst ahead. Where it is, a clock was once wrong,
and it is taken for one burst, so that a key is not refused until the date that the clock had.
"""

from __future__ import annotations

import re

from authcli.apikeys.model import Rate
from authcli.clock import parse_duration
from authcli.errors import InvalidInput, InvalidTime

__all__ = [
    "MAX_LIMIT",
    "SKEW_NS",
    "beyond_ns",
    "burst_ns",
    "emission_ns",
    "format_rate",
    "parse_rate",
    "wait_ns",
]

MAX_LIMIT = 10**9
"""Hits in a period."""
MAX_PERIOD_MS = 366 * 86_400_000
SKEW_NS = 60 * 10**9
"""How far the clocks of several machines that count in one store may differ."""

_UNITS_MS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000}


def parse_rate(text: str) -> Rate:
    """Read a rate.

    Args:
        text: hits, "/", a period: "100/1m", "5/30s", "3000/s" (of one second).

    Raises:
        InvalidInput: no rate, none at all, or beyond 10^9 hits or 366 days
            (code "apikey.rate-invalid").
    """
    found = re.fullmatch(r"([0-9]{1,12})\s*/\s*(.{1,40})", text.strip()[:60], re.DOTALL)
    if found is None or len(text) > 60:
        raise _invalid(f"{ascii(text[:60])} is no rate")
    limit, period = int(found[1]), found[2]
    if not 1 <= limit <= MAX_LIMIT:
        raise _invalid(f"a rate of {limit} is not between 1 and 10^9", hint=_INSTEAD_OF_ZERO)
    try:
        seconds = parse_duration(period if period[:1] in "0123456789" else f"1{period}")
    except InvalidTime as error:
        raise _invalid(
            f"{ascii(text)} is no rate: {error.message}", hint=error.hint or _EXAMPLES
        ) from None
    if not 1 <= seconds * 1000 <= MAX_PERIOD_MS:
        raise _invalid(f"{ascii(text)} is no rate: its period is not between 1 s and 366 days")
    return Rate(limit, seconds * 1000)


def format_rate(rate: Rate) -> str:
    """Return a rate as `parse_rate` reads it, in the largest unit that fits: "100/1m"."""
    for unit, size in _UNITS_MS.items():
        if rate.period_ms % size == 0:
            return f"{rate.limit}/{rate.period_ms // size}{unit}"
    return f"{rate.limit}/{rate.period_ms}ms"


def emission_ns(rate: Rate) -> int:
    """Return how far a hit moves the theoretical arrival time, rounded up."""
    return -(-rate.period_ms * 1_000_000 // rate.limit)


def burst_ns(rate: Rate) -> int:
    """Return how far ahead of now it may be: so far that exactly `limit` hits at once pass."""
    return rate.limit * emission_ns(rate)


def beyond_ns(rate: Rate, *, now_ns: int) -> int:
    """Return the theoretical arrival time above which a clock was wrong."""
    return now_ns + burst_ns(rate) + SKEW_NS


def wait_ns(rate: Rate, *, tat: int, now_ns: int) -> int | None:
    """Return in how many nanoseconds a hit would pass, or None where it would now.

    Args:
        rate: the limit.
        tat: the bucket's theoretical arrival time, Unix nanoseconds; 0 where there is none.
        now_ns: the real time.
    """
    if tat > beyond_ns(rate, now_ns=now_ns):
        tat = now_ns + burst_ns(rate)
    wait = max(tat, now_ns) + emission_ns(rate) - burst_ns(rate) - now_ns
    return wait if wait > 0 else None


_EXAMPLES = "examples: 100/1m, 5000/1h, 20/s"
_INSTEAD_OF_ZERO = "a key that must not be used is disabled: authcli apikey disable ID"


def _invalid(message: str, *, hint: str | None = _EXAMPLES) -> InvalidInput:
    return InvalidInput(message, hint=hint, code="apikey.rate-invalid")
