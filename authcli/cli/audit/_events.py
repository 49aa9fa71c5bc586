"""Events as JSON has them, as a line and as a table: what strangers wrote is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from authcli import clock
from authcli.cli._listing import drawn
from authcli.cli._moments import short_moment, title_of
from authcli.cli._text import visible

if TYPE_CHECKING:
    from authcli.audit.model import Event

__all__ = ["CHAINED", "MEMBERS", "event_facts", "event_line", "event_table"]

MEMBERS = (
    *("seq", "at", "event", "outcome", "actor", "process", "target_type", "target_id"),
    *("request_id", "detail"),
)
#: What an export has besides: with these anyone who holds the audit key can verify it.
CHAINED = ("at_ms", "secret_digest", "key_id", "row_mac")


def event_facts(event: Event, *, chained: bool = False) -> dict[str, Any]:
    """Return an event as JSON has it.

    Args:
        event: as it was read, which need not be as it was written.
        chained: with the members of `CHAINED`.
    """
    # A database may hold bytes or a float where a text was written.
    row = {
        name: value if isinstance(value, str | int | None) else ascii(value)
        for name, value in event._asdict().items()
    }
    facts: dict[str, Any] = {name: row.get(name) for name in MEMBERS}
    facts["at"] = _moment(row["at"])
    facts["detail"] = event.members
    if chained:
        facts |= {"at_ms": row["at"]} | {name: row[name] for name in CHAINED[1:]}
    return facts


def _moment(at: object) -> str | None:
    """Return RFC 3339 text to the millisecond; what is no instant is as it is."""
    if not isinstance(at, int):
        return None if at is None else str(at)
    text = clock.format_instant(at // 1000)
    return f"{text[:-1]}.{at % 1000:03d}Z" if text.endswith("Z") else text


def event_line(item: dict[str, Any]) -> str:
    """Return an event as one line: when, what, to what, by whom."""
    words = (item["at"], _what(item), item["target_id"] or "-", item["actor"])
    return " ".join(visible(str(word)) for word in words)


def event_table(
    items: Iterable[dict[str, Any]], *, at: int, form: str | None, colored: bool
) -> Iterator[str]:
    """Yield the table of events, in pieces; of no events, a line that says so."""
    rows = (
        (
            visible(str(item["seq"])),
            _when(item["at"], at=at, form=form),
            visible(_what(item)),
            visible(item["target_id"] or ""),
            visible(str(item["actor"])),
        )
        for item in items
    )
    titles = ("SEQ", title_of("WHEN", form), "EVENT", "TARGET", "ACTOR")
    empty = True
    for piece in drawn(rows, titles=titles, flexible=4, colored=colored):
        empty = False
        yield piece
    if empty:
        yield "no events\n"


def _what(item: dict[str, Any]) -> str:
    outcome = item["outcome"]
    return str(item["event"]) if outcome == "ok" else f"{item['event']} ({outcome})"


def _when(text: str | None, *, at: int, form: str | None) -> str:
    from authcli.errors import InvalidTime

    try:
        return short_moment(text, at=at, form=form)
    except InvalidTime:  # what stands in the database is no instant
        return visible(str(text))
