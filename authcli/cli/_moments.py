"""Instants of the store and of facts: as they are typed, as JSON says them, as people read them.

The store keeps Unix milliseconds; JSON has RFC 3339 text in whole seconds, UTC; a person gets both
that and how far it is from now, or what `--time` asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from authcli import clock
from authcli.cli._times import instant_of
from authcli.errors import InvalidInput, InvalidTime

if TYPE_CHECKING:
    from authcli.cli._run import Run

__all__ = [
    "TIME_FORMS",
    "ahead_ms",
    "end_ms",
    "epoch",
    "instant",
    "moment",
    "past_ms",
    "short_moment",
    "time_form",
    "title_of",
]

TIME_FORMS = ("utc", "local", "relative", "epoch")


def instant(at_ms: int | None) -> str | None:
    """Return Unix milliseconds as RFC 3339 text in whole seconds, UTC; None stays None."""
    return None if at_ms is None else clock.format_instant(at_ms // 1000)


def epoch(text: str) -> int:
    """Return the epoch seconds of an instant among the facts."""
    return clock.parse_instant(text, at=0)


def time_form(run: Run, flag: str | None) -> str | None:
    """Return how times are shown: the flag, or the setting.

    Raises:
        InvalidInput: neither utc, local, relative nor epoch.
    """
    chosen = run.config.text("time", flag)
    if chosen is not None and chosen not in TIME_FORMS:
        raise InvalidInput(
            f"no --time {ascii(chosen[:20])}", hint=f"one of: {', '.join(TIME_FORMS)}"
        )
    return chosen


def title_of(title: str, form: str | None) -> str:
    """Return a column's title, labelled with the zone that its times are in."""
    return f"{title} ({form.upper()})" if form in ("utc", "local", "epoch") else title


def short_moment(text: str | None, *, at: int, form: str | None) -> str:
    """Return an instant as a table shows it: to the minute, or in the one unit that matters."""
    if text is None:
        return "never"
    instant = epoch(text)
    if form == "epoch":
        return str(instant)
    if form in ("utc", "local"):
        return clock.format_instant(instant, local=form == "local")[:16].replace("T", " ")
    distance = instant - at
    if distance == 0:
        return "now"
    words = " ".join(clock.format_duration(distance).split(" ")[:2])
    return f"in {words}" if distance > 0 else f"{words} ago"


def moment(text: str, *, at: int, form: str | None = None) -> str:
    """Return an instant in words, as `--time` wants it; by default both in UTC and from now."""
    instant = epoch(text)
    if form == "epoch":
        return str(instant)
    if form == "relative":
        return clock.format_relative(instant, at=at)
    shown = clock.format_instant(instant, local=form == "local")
    return f"{shown} ({clock.format_relative(instant, at=at)})"


def end_ms(flag: str, text: str, *, at_ms: int) -> int:
    """Return the instant by which something ends: "14d", or a date.

    Raises:
        InvalidTime: neither.
    """
    return instant_of(flag, text, at=at_ms // 1000) * 1000 + at_ms % 1000


def ahead_ms(flag: str, text: str, *, at_ms: int) -> int:
    """Return what `end_ms` does of a flag that looks ahead: of what is over it would find nothing.

    Raises:
        InvalidInput: no time, or one that has passed.
    """
    found = end_ms(flag, text, at_ms=at_ms)
    if found < at_ms:
        raise InvalidInput(f"{flag} looks ahead: 14d, or a date that is to come")
    return found


def past_ms(flag: str, text: str, *, at_ms: int, any_time: bool = False) -> int:
    """Return the instant that a flag looks back to: a duration is an age, "90d"; or a date.

    Args:
        flag: its name, for messages.
        text: what was typed.
        at_ms: now, in Unix milliseconds.
        any_time: take a date that is to come. Every key is unused since then, so that a slip in
            a year would revoke them all.

    Raises:
        InvalidInput: neither, or a date that is to come.
    """
    try:
        return at_ms - clock.parse_duration(text) * 1000
    except InvalidTime:
        found = instant_of(flag, text, at=at_ms // 1000) * 1000
    if found > at_ms and not any_time:
        raise InvalidInput(f"{flag} looks back: 90d (ago), or a date that has passed")
    return found
