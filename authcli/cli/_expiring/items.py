"""Ending and Item: one thing that ends, as it is found and as JSON says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

__all__ = ["Ending", "Item", "bounded", "uid_of"]

#: The longest name that is shown whole: a subject may be as long as its file.
_MAX_SHOWN = 200

#: The JSON members of one thing: kind, id, name, ends_at, seconds_left, and those of its kind.
Item: TypeAlias = dict[str, Any]


class Ending(NamedTuple):
    """Something that ends."""

    ends_at_ms: int
    kind: str
    """Its name in `KINDS`."""
    id: str | None
    name: str | None
    more: Mapping[str, Any]
    """The members of its kind."""


def bounded(text: str) -> str:
    """Return a text that came from outside for a line of a report; JSON has the whole of it."""
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"


def uid_of(item: Item) -> str:
    """Return what names the same thing in every calendar that authcli writes."""
    if item["kind"] == "signing-key":
        # As `jwks status --format ics` calls it: in both calendars it is one event.
        action = "retire" if item["action"] == "rotate" else item["action"]
        return f"{item['id'] or 'next'}-{action}-{item['name']}"
    if "file" in item:  # the same certificate may stand in several files
        from hashlib import sha256

        text = f"{item['id']}\0{item.get('sha256') or item['ends_at']}"
        digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{item['kind']}-{digest[:32]}"
    return f"{item['kind']}-{item['id']}"
