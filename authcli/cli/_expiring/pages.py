"""What is due as text: a line each for a pipe, a table for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from authcli.cli._expiring.kinds import KINDS
from authcli.cli._listing import clipped, drawn, width_of
from authcli.cli._moments import short_moment, title_of
from authcli.cli._text import visible

if TYPE_CHECKING:
    from authcli.cli._expiring.items import Item

__all__ = ["line", "or_nothing", "table"]

#: An API key's id and a family's fit; of a kid the beginning tells, of a path the end.
_ID_WIDTH = 27


def line(item: Item) -> str:
    """Return when, kind, id and name of what is due."""
    name = KINDS[item["kind"]].label(item)
    return f"{item['ends_at']} {item['kind']} {visible(item['id'] or '-')} {visible(name)}".rstrip()


def table(
    items: Iterable[Item], *, at: int, form: str | None, words: str, colored: bool
) -> Iterator[str]:
    """Yield the table in pieces; of nothing, a line that says so.

    Args:
        items: what is due.
        at: now, in epoch seconds.
        form: how times are shown.
        words: "within 14 days".
        colored: whether to colour it.
    """
    rows = (
        (
            item["kind"],
            _short(item),
            visible(KINDS[item["kind"]].label(item)),
            short_moment(item["ends_at"], at=at, form=form),
        )
        for item in items
    )
    titles = ("KIND", "ID", "NAME", title_of("EXPIRES", form))
    yield from or_nothing(drawn(rows, titles=titles, flexible=2, colored=colored), words)


def or_nothing(pieces: Iterable[str], words: str) -> Iterator[str]:
    """Yield the pieces of a table; where there are none, that nothing is due."""
    empty = True
    for piece in pieces:
        empty = False
        yield piece
    if empty:
        yield f"nothing expires {words}\n"


def _short(item: Item) -> str:
    text = visible(item["id"] or "-")
    if "file" not in item:
        return clipped(text, _ID_WIDTH)
    while width_of(text) > _ID_WIDTH:
        text = "…" + text[2:]
    return text
