"""Which API keys end soon: found by their filters, told as `authcli expiring` tells all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from authcli.cli._expiring.kinds import KINDS
from authcli.cli._expiring.pages import or_nothing
from authcli.cli._expiring.telling import Page, look, tell
from authcli.cli._listing import clipped, drawn
from authcli.cli._moments import short_moment, title_of
from authcli.cli._store import opened, store_exists
from authcli.cli._text import visible
from authcli.cli.apikey._filters import Wanted, filters_of

if TYPE_CHECKING:
    from authcli.cli._expiring.items import Item
    from authcli.cli._run import Run

__all__ = ["Asked", "tell_keys"]

_KIND = ("apikey",)
_OWNER_WIDTH = 16


class Asked(NamedTuple):
    """What the flags ask for, as it was typed."""

    within: str
    format: str
    time: str | None
    wanted: Wanted = Wanted()


def tell_keys(run: Run, asked: Asked, *, store: str | None) -> None:
    """Write which API keys end soon; where nobody ever made a store, none does.

    Raises:
        Due: one does.
        InvalidInput: a flag that cannot be.
    """
    seen = look(run, within=asked.within, format=asked.format, time=asked.time)
    filters = filters_of(asked.wanted, at_ms=seen.at_ms)
    grounds, page = (
        seen.grounds._replace(filters=filters),
        Page(KINDS["apikey"].members, _line, _table),
    )
    if not store_exists(run, store):
        return tell(run, seen, _KIND, grounds=grounds, page=page)
    with opened(run, store, write=False) as found:
        tell(run, seen, _KIND, grounds=grounds._replace(store=found), page=page)
    return None


def _line(item: Item) -> str:
    return f"{item['ends_at']} {item['id']} {visible(item['name'])}"


def _table(
    items: Iterable[Item], *, at: int, form: str | None, words: str, colored: bool
) -> Iterator[str]:
    titles = ("ID", "NAME", "OWNER", title_of("EXPIRES", form), title_of("LAST USED", form))
    rows = (
        (
            item["id"],
            visible(item["name"]),
            clipped(visible(item["owner"] or ""), _OWNER_WIDTH),
            short_moment(item["ends_at"], at=at, form=form),
            short_moment(item["last_used_at"], at=at, form=form),
        )
        for item in items
    )
    yield from or_nothing(drawn(rows, titles=titles, flexible=1, colored=colored), words)
