"""What is due as a calendar: an event for each, at the instant at which it ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from authcli.cli._calendar import Event
from authcli.cli._expiring.items import bounded, uid_of
from authcli.cli._expiring.kinds import KINDS
from authcli.cli._moments import epoch

if TYPE_CHECKING:
    from authcli.cli._expiring.items import Item

__all__ = ["events"]


def events(items: Iterable[Item]) -> Iterator[Event]:
    """Yield an event for each thing that is due."""
    for item in items:
        kind = KINDS[item["kind"]]
        told = [f"{name}: {item[name]}" for name in ("id", "state", "owner") if item.get(name)]
        yield Event(
            uid=uid_of(item),
            at=epoch(item["ends_at"]),
            summary=f"{kind.noun[0]} {bounded(item['name'] or item['id'] or '')}"
            f" {kind.phrase(item)}",
            description="\n".join([*told, *([kind.hint] if kind.hint else [])]),
        )
