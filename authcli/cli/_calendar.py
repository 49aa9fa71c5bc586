"""iCalendar files of what is to come (RFC 5545): what a team's calendar can subscribe to.

Lines end in CRLF and are folded at 75 octets (section 3.1), times are UTC (section 3.3.5), text is
escaped (section 3.3.11), and what could act on a terminal is shown as its escape.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from authcli.cli._text import visible
from authcli.clock import LATEST_INSTANT

if TYPE_CHECKING:
    from authcli.cli._run import Run

__all__ = ["Event", "calendar", "pieces"]

#: RFC 5545, section 3.1: lines are folded at 75 octets.
_LINE_BYTES = 75
#: A calendar holds at least one component (section 3.4): where nothing happens, the time zone that
#: all times are in (section 3.6.5).
_NOTHING = (
    *("BEGIN:VTIMEZONE", "TZID:UTC", "BEGIN:STANDARD", "DTSTART:19700101T000000"),
    *("TZOFFSETFROM:+0000", "TZOFFSETTO:+0000", "END:STANDARD", "END:VTIMEZONE"),
)


class Event(NamedTuple):
    """Something that happens at an instant."""

    uid: str
    """The same for the same thing in a later file, so that calendars replace it."""
    at: int
    """Epoch seconds."""
    summary: str
    description: str = ""


def pieces(run: Run, events: Iterable[Event]) -> Iterator[bytes]:
    """Yield the calendar for `_output.stream`; a terminal gets bare line breaks."""
    text = calendar(events, made_at=run.at)
    yield (text.replace("\r\n", "\n") if run.to_terminal else text).encode()


def calendar(events: Iterable[Event], *, made_at: int) -> str:
    """Return an iCalendar file with CRLF line ends.

    Args:
        events: what happens; of several with one uid the first is taken (section 3.8.4.7).
        made_at: when the file is made, in epoch seconds.

    Source: RFC 5545, sections 3.4 and 3.6.1.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//authcli//authcli//EN"]
    seen: set[str] = set()
    for event in events:
        uid = _text(event.uid)
        if uid not in seen:
            seen.add(uid)
            lines += _event(event, uid, made_at)
    lines += () if seen else _NOTHING
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _event(event: Event, uid: str, made_at: int) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{uid}@authcli",
        f"DTSTAMP:{_instant(made_at)}",
        f"DTSTART:{_instant(event.at)}",
        f"SUMMARY:{_text(event.summary)}",
        *([f"DESCRIPTION:{_text(event.description)}"] if event.description else []),
        "TRANSP:TRANSPARENT",  # it makes nobody busy (section 3.8.2.7)
        "END:VEVENT",
    ]


def _instant(at: int) -> str:
    """Return a date-time of exactly four digits of the year; later ones are its last."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(min(max(at, 0), LATEST_INSTANT)))


def _text(text: str) -> str:
    """Return a TEXT value, escaped (section 3.3.11); control characters as their escapes."""
    return re.sub(r"([\\;,])", r"\\\1", visible(text, keep="\n")).replace("\n", r"\n")


def _folded(line: str) -> str:
    """Return a line in pieces of at most 75 octets, of which none cuts a character."""
    if len(line) <= _LINE_BYTES and line.isascii():
        return line
    pieces, piece, size = [], "", 0
    for character in line:
        width = len(character.encode())
        if size + width > _LINE_BYTES:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + character, size + width
    return "\r\n".join([*pieces, piece])
