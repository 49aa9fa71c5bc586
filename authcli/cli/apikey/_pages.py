"""API keys as a person reads them: a table that fits 80 columns, the page of one key.

Everything here is made from the JSON members of `_facts`; what came from outside is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from authcli.cli._listing import drawn
from authcli.cli._messages import lines, note
from authcli.cli._moments import epoch, moment, short_moment, title_of
from authcli.cli._text import columns, paint, visible

if TYPE_CHECKING:
    from authcli.cli._run import Run

__all__ = [
    "STATE_STYLES",
    "facts_page",
    "key_table",
    "last_use",
    "lineage_page",
    "note_more",
    "say_new",
]

STATE_STYLES = {
    "live": "green",
    "grace": "yellow",
    "pending": "yellow",
    "disabled": "yellow",
    "expired": "red",
    "superseded": "red",
    "revoked": "red",
}
_TIMES = (
    *("created_at", "not_before", "expires_at", "grace_until", "disabled_at", "revoked_at"),
    "last_used_at",
)
#: Where nothing is a statement of its own, and what it says.
_NOTHING = {"expires_at": "never", "last_used_at": "never", "scopes": "none", "owner": "nobody"}


def key_table(
    items: Iterable[dict[str, Any]], *, at: int, form: str | None, colored: bool
) -> Iterator[str]:
    """Yield the table of keys, in pieces; of no keys, a line that says so.

    Args:
        items: the facts of each key.
        at: now, in epoch seconds.
        form: how times are shown: utc, local, relative (the default) or epoch.
        colored: whether to colour it.
    """
    titles = ("ID", "NAME", "STATE", title_of("EXPIRES", form), title_of("LAST USED", form))
    rows = (
        (
            item["id"],
            visible(item["name"]),
            item["state"],
            short_moment(end_of_life(item), at=at, form=form),
            short_moment(item["last_used_at"], at=at, form=form),
        )
        for item in items
    )
    styles = {(2, state): style for state, style in STATE_STYLES.items()}
    empty = True
    for piece in drawn(rows, titles=titles, flexible=1, colored=colored, styles=styles):
        empty = False
        yield piece
    if empty:
        yield "no API keys\n"


def note_more(run: Run, shown: int, *, of: int) -> None:
    """Say that a list went on, and how to see the rest."""
    if shown < of:
        note(run, f"{shown} of {of}; the next ones: --offset {shown}")


def end_of_life(item: dict[str, Any]) -> str | None:
    """Return when a key ends: its expiry, or the end of its grace where that comes first."""
    ends = [text for text in (item["expires_at"], item["grace_until"]) if text is not None]
    return min(ends, key=epoch) if ends else None


def facts_page(
    facts: dict[str, Any], *, at: int, form: str | None, colored: bool, styled: str = "state"
) -> str:
    """Return facts a line each, times in words; what is not set is left out.

    Args:
        facts: of a key, or some of them.
        at: now, in epoch seconds.
        form: how times are shown.
        colored: whether to colour it.
        styled: the member that its own state colours.
    """
    rows = []
    for name, value in facts.items():
        if value in (None, [], {}):
            if name not in _NOTHING:
                continue
            text = _NOTHING[name]
        elif name in _TIMES:
            text = moment(str(value), at=at, form=form)
        else:
            text = visible(_words(value))
        if name == styled:
            text = paint(text, STATE_STYLES.get(text, ""), on=colored and text in STATE_STYLES)
        rows.append((paint(name.replace("_", " "), "cyan", on=colored), text))
    return columns(rows, indent="")


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        from authcli.cli._output import raw

        return ", ".join(f"{name}={raw(inner)}" for name, inner in value.items())
    return str(value)


def lineage_page(
    keys: Iterable[dict[str, Any]], *, at: int, form: str | None, colored: bool
) -> str:
    """Return the keys of a lineage, the first first: which is which, and who still uses it."""
    rows = [
        (
            key["id"],
            f"rotation {key['rotation']}",
            paint(key["state"], STATE_STYLES[key["state"]], on=colored),
            last_use(key, at=at, form=form),
        )
        for key in keys
    ]
    return columns(rows)


def last_use(key: dict[str, Any], *, at: int, form: str | None = None) -> str:
    """Return when and from where a key was last used, in words."""
    if key["last_used_at"] is None:
        return "never used"
    address = f" from {visible(key['last_used_ip'])}" if key["last_used_ip"] else ""
    return f"last used {moment(key['last_used_at'], at=at, form=form)}{address}"


def say_new(run: Run, told: dict[str, Any], *, at: int) -> None:
    """Say on stderr what the person needs to find a new key again.

    Args:
        run: the invocation.
        told: its facts.
        at: now, in epoch seconds.
    """
    ends = told["expires_at"] and moment(told["expires_at"], at=at)
    if not run.to_terminal:
        life = f"expires {ends}" if ends else "never expires"
        return note(run, f"{told['id']} {life}; the key is shown once")
    rows = [
        ("id", told["id"]),
        ("name", visible(told["name"])),
        ("grants", visible(" ".join(told["scopes"])) or "nothing"),
        ("expires", ends or "never"),
    ]
    return lines(run, f"{columns(rows)}\nthe key is shown once: keep it now")
