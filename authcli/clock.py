"""Instants and durations, as people write them.

    durations   15m   1h30m   "2 weeks"   +1 day   90s          units: s m h d w y
    instants    now   2026-12-01   2026-12-01T09:00Z   1796086800   +15m   -5m

Tokens count whole seconds since 1970-01-01T00:00:00Z, stores whole milliseconds; a date without a
time is its midnight in UTC, and a time without a zone is UTC.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from authcli.errors import InvalidTime

__all__ = [
    "format_duration",
    "format_instant",
    "format_relative",
    "now",
    "now_ms",
    "parse_duration",
    "parse_instant",
    "spell_duration",
]

#: The bare numbers that can be epoch seconds: 2001-09-09 to 5138-11-16.
EPOCH_SECONDS_FROM, EPOCH_SECONDS_TO = 10**9, 10**11
MAX_DURATION_SECONDS = 1000 * 365 * 86_400
LATEST_INSTANT = 253_402_300_799  # 9999-12-31T23:59:59Z, the last that RFC 3339 can write

_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 365 * 86_400}
_UNIT_NAMES = {
    "s": ("sec", "secs", "second", "seconds"),
    "m": ("min", "mins", "minute", "minutes"),
    "h": ("hr", "hrs", "hour", "hours"),
    "d": ("day", "days"),
    "w": ("week", "weeks"),
    "y": ("year", "years"),
}
_SECONDS_OF = {unit: _UNIT_SECONDS[unit] for unit in _UNIT_SECONDS} | {
    name: _UNIT_SECONDS[unit] for unit, names in _UNIT_NAMES.items() for name in names
}
# Patterns are compiled when they are first used, because every command imports this module.
_PART = r"([0-9]{1,12})\s*([A-Za-z]+)\s*,?\s*"
_NUMBER = r"[0-9]{1,15}"
_SHOWN_UNITS = ((365 * 86_400, "year"), (86_400, "day"), (3600, "h"), (60, "min"), (1, "s"))
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].*)?"


def now() -> int:
    """Return the current time in whole epoch seconds."""
    return int(time.time())


def now_ms() -> int:
    """Return the current time in whole milliseconds, as stores keep it."""
    return time.time_ns() // 1_000_000


def parse_duration(text: str, *, bare_seconds: bool = False, signed: bool = False) -> int:
    """Return the seconds that a duration spans.

    Args:
        text: one or more numbers with a unit, such as "1h30m", "2 weeks", "+1 day".
        bare_seconds: take a number without a unit as seconds.
        signed: accept a leading "-" (a moment before now).

    Raises:
        InvalidTime: no duration, an unknown unit, or more than a thousand years.
    """
    body = text.strip()
    sign = -1 if body.startswith("-") else 1
    body = body[1:].strip() if body[:1] in ("+", "-") else body
    if sign < 0 and not signed:
        raise InvalidTime(f"{_quoted(text)} is negative; a duration here is not")
    if re.fullmatch(_NUMBER, body):
        if not bare_seconds:
            raise InvalidTime(
                f"{_quoted(text)} has no unit",
                hint=f"write {body}s for seconds, {body}m for minutes",
            )
        seconds = int(body)
    else:
        seconds = _sum_parts(body, text)
    if seconds > MAX_DURATION_SECONDS:
        raise InvalidTime(f"{_quoted(text)} is longer than a thousand years")
    return sign * seconds


def _sum_parts(body: str, text: str) -> int:
    seconds = position = 0
    while position < len(body):
        part = re.compile(_PART).match(body, position)
        unit = _SECONDS_OF.get(part[2].lower()) if part else None
        if part is None or unit is None:
            raise InvalidTime(
                f"{_quoted(text)} is not a duration", hint="examples: 15m, 1h30m, 7d, '2 weeks'"
            )
        seconds += int(part[1]) * unit
        position = part.end()
    if not body:
        raise InvalidTime("an empty duration", hint="examples: 15m, 1h30m, 7d")
    return seconds


def parse_instant(text: str, *, at: int, any_epoch: bool = False) -> int:
    """Return the epoch seconds that a text names.

    Args:
        text: "now", a duration from now ("15m", "+1 day", "-5m"), a date, an RFC 3339 date and
            time, or epoch seconds.
        at: what "now" is, in epoch seconds.
        any_epoch: take any bare number as epoch seconds; else only plausible ones (10^9 to
            10^11), because 3600 is more likely a duration and 13 digits are milliseconds.

    Raises:
        InvalidTime: nothing of these, or beyond the year 9999.

    Source: RFC 3339, section 5.6; RFC 7519, section 2 (NumericDate).
    """
    body = text.strip()
    if body.lower() == "now":
        return at
    if re.fullmatch(_NUMBER, body):
        instant = _epoch(int(body), body, any_epoch=any_epoch)
    elif re.fullmatch(_DATE, body):
        instant = _date(body, text)
    else:
        instant = at + _from_now(body, text)
    if not 0 <= instant <= LATEST_INSTANT:
        raise InvalidTime(f"{_quoted(text)} lies outside the years 1970 to 9999")
    return instant


def _epoch(number: int, body: str, *, any_epoch: bool) -> int:
    if any_epoch or EPOCH_SECONDS_FROM <= number <= EPOCH_SECONDS_TO:
        return number
    if number < EPOCH_SECONDS_FROM:
        raise InvalidTime(
            f"{body} is no plausible instant in epoch seconds", hint=f"for a duration write {body}s"
        )
    raise InvalidTime(
        f"{body} is no plausible instant in epoch seconds",
        hint=f"milliseconds? write {number // 1000}",
    )


def _date(body: str, text: str) -> int:
    try:
        moment = datetime.fromisoformat(body.upper().replace(" ", "T", 1))
    except ValueError as error:
        raise InvalidTime(
            f"{_quoted(text)} is no date: {error}"[:200], hint="example: 2026-12-01T09:00Z"
        ) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1))


def _from_now(body: str, text: str) -> int:
    try:
        return parse_duration(body, signed=True)
    except InvalidTime as error:
        raise InvalidTime(
            f"{_quoted(text)} is neither an instant nor a duration",
            hint=error.hint
            if "thousand" in error.message
            else "examples: 15m, 2026-12-01T09:00Z, now",
        ) from None


def format_instant(instant: float, *, local: bool = False) -> str:
    """Return RFC 3339 text: "2026-12-01T09:00:00Z", or with the local zone's offset.

    An instant outside the years 1 to 9999 is returned as its number.
    """
    try:
        moment = datetime.fromtimestamp(instant // 1, UTC)
        text = (moment.astimezone() if local else moment).isoformat()
    except (OverflowError, ValueError, OSError):
        # An integer from a token may be beyond every double, which "g" would need.
        return str(instant) if isinstance(instant, int) else f"{instant:g}"
    return text.replace("+00:00", "Z")


def format_duration(seconds: float) -> str:
    """Return the two largest units in words a person scans: "1 h 30 min", "2 days", "0 s".

    It is rounded to the smaller of them: what is 90 days is not 89 days a second later.
    """
    remaining, parts = _rounded(int(abs(seconds))), []
    for size, name in _SHOWN_UNITS:
        count, remaining = divmod(remaining, size)
        if count:
            plural = "s" if name in ("year", "day") and count != 1 else ""
            parts.append(f"{count} {name}{plural}")
        if len(parts) == 2:
            break
    return " ".join(parts) or "0 s"


def spell_duration(seconds: int) -> str:
    """Return a duration as people type it, exactly: "1d", "1h30m", "90d", "0s"."""
    parts, remaining = [], abs(seconds)
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "m"), (1, "s")):
        count, remaining = divmod(remaining, size)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"


def _rounded(seconds: int) -> int:
    """Return the nearest span that two units tell in full."""
    for (size, _), (next_size, _) in pairwise(_SHOWN_UNITS):
        if seconds >= size:
            return (seconds + next_size // 2) // next_size * next_size
    return seconds


def format_relative(instant: float, *, at: float) -> str:
    """Return how far an instant lies from `at`: "in 15 min", "3 days ago", "now"."""
    distance = int(instant) - int(at)
    if distance == 0:
        return "now"
    words = format_duration(distance)
    return f"in {words}" if distance > 0 else f"{words} ago"


def _quoted(text: str) -> str:
    return ascii(text[:60])
