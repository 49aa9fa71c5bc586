"""Which events a command is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from authcli.audit.model import Event
    from authcli.store.audit import AuditLog

__all__ = ["ByActor", "EventName", "Selection", "Since", "Target", "Until", "newest"]

MAX_TEXT = 1024

Since = Annotated[
    str | None, typer.Option(metavar="INSTANT", help="Not before it: 2h (ago), 2026-12-01.")
]
Until = Annotated[str | None, typer.Option(metavar="INSTANT", help="Before it: 1h (ago), a date.")]
ByActor = Annotated[
    str | None, typer.Option("--actor", metavar="WHO", help="Only by this one: alice@host, al*.")
]
EventName = Annotated[
    str | None, typer.Option("--event", metavar="NAME", help="Only this: apikey.issued, apikey.*.")
]
Target = Annotated[
    str | None, typer.Option(metavar="ID", help="Only what happened to it: ak_…, or ak_0B*.")
]


class Selection(NamedTuple):
    """The filters of a command line, as they were typed; all of them hold at once."""

    since: str | None = None
    until: str | None = None
    actor: str | None = None
    event: str | None = None
    target: str | None = None

    def checked(self) -> dict[str, Any]:
        """Return what `AuditLog.find` is to be given; ages are by the real clock, as events are.

        Raises:
            InvalidInput: no instant, or a text that no event can have.
        """
        from authcli.cli._moments import past_ms
        from authcli.clock import now_ms

        at_ms, values = now_ms(), dict[str, Any]()
        for name, text in (("since_ms", self.since), ("until_ms", self.until)):
            flag = f"--{name.removesuffix('_ms')}"
            if text is not None:
                values[name] = past_ms(flag, text, at_ms=at_ms, any_time=True)
        for name, text in (("actor", self.actor), ("event", self.event), ("target", self.target)):
            if text is None:
                continue
            if not text.strip() or len(text) > MAX_TEXT or "\0" in text:
                raise InvalidInput(f"--{name} is a text of 1 to {MAX_TEXT} characters")
            # What is no UTF-8 finds nothing, and stops no store.
            values[name] = text.encode("utf-8", "backslashreplace").decode()
        return values


def newest(audit: AuditLog, wanted: dict[str, Any], *, limit: int | None) -> Iterator[Event]:
    """Return the newest events, the oldest of them first, in constant memory."""
    if limit is None:
        return audit.find(**wanted)
    first = None
    for event in audit.find(**wanted, newest_first=True, limit=limit):
        seq: object = event.seq  # which somebody may have changed
        first = seq if isinstance(seq, int) else first
    return iter(()) if first is None else audit.find(**wanted, after_seq=first - 1)
