"""What `authcli apikey update` does between its flags and the store, and what it says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from authcli.cli._messages import note
from authcli.cli._moments import end_ms
from authcli.cli._output import raw
from authcli.cli._text import columns, paint, visible
from authcli.cli.apikey._facts import MEMBERS as KEY_MEMBERS
from authcli.cli.apikey._facts import facts
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.apikeys.updating import Changes, Updated
    from authcli.cli._run import Run

__all__ = ["MEMBERS", "Asked", "changes_of", "lines_of", "page", "say", "told"]

MEMBERS = ("changed", "before", "after", *KEY_MEMBERS)


class Asked(NamedTuple):
    """What the flags ask for, as it was typed."""

    name: str | None
    owner: str | None
    scope: list[str] | None
    add_scope: list[str] | None
    remove_scope: list[str] | None
    meta: list[str] | None
    remove_meta: list[str] | None
    cidr: list[str] | None
    rate: str | None
    quota: str | None
    expires: str | None


def changes_of(asked: Asked, *, at_ms: int) -> Changes:
    """Return what is to be different.

    Raises:
        InvalidInput: nothing is, or it cannot be read.
    """
    from authcli.apikeys.rates import parse_rate
    from authcli.apikeys.updating import KEEP, Changes
    from authcli.cli._claims import parse_metadata

    if not any(value not in (None, []) for value in asked):
        raise InvalidInput("nothing was named to change", hint="see: authcli apikey update --help")
    return Changes(
        name=KEEP if asked.name is None else asked.name,
        owner=KEEP if asked.owner is None else _unless_none(asked.owner),
        scopes=KEEP if not asked.scope else _words(asked.scope),
        add_scopes=_words(asked.add_scope),
        remove_scopes=_words(asked.remove_scope),
        cidrs=KEEP if not asked.cidr else _words(asked.cidr),
        set_metadata=parse_metadata(asked.meta or []),
        remove_metadata=tuple(asked.remove_meta or ()),
        rate=KEEP
        if asked.rate is None
        else (None if asked.rate == "none" else parse_rate(asked.rate)),
        quota=KEEP if asked.quota is None else _quota(asked.quota),
        expires_at_ms=KEEP if asked.expires is None else _end_ms(asked.expires, at_ms=at_ms),
    )


def _unless_none(text: str) -> str | None:
    return None if text == "none" else text


def _words(texts: list[str] | None) -> tuple[str, ...]:
    """Return the words of flags that may hold several; the one word `none` is none of them."""
    words = tuple(word for text in texts or () for word in text.split())
    return () if words == ("none",) else words


def _quota(text: str) -> int | None:
    if text == "none":
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise InvalidInput(f"--quota is a number of uses, or none, not {ascii(text[:20])}")
    return int(text)


def _end_ms(text: str, *, at_ms: int) -> int | None:
    return None if text.lower() == "never" else end_ms("--expires", text, at_ms=at_ms)


def told(done: Updated, *, at_ms: int, dry_run: bool) -> dict[str, Any]:
    """Return what became of the key, ready for JSON: what was different, and all that it is."""
    return {
        "changed": done.changed and not dry_run,
        "before": dict(done.before),
        "after": dict(done.after),
        **facts(done.key, at_ms=at_ms),
    }


def say(run: Run, told: dict[str, Any], *, dry_run: bool) -> None:
    """Say where nothing was changed."""
    if dry_run:
        note(run, "nothing was changed (--dry-run)")
    elif not told["changed"]:
        note(run, f"{told['id']} is so already; nothing was changed")


def lines_of(told: dict[str, Any]) -> str:
    """Return what is different, a line each."""
    return "\n".join(f"{name}: {_shown(value)}" for name, value in told["after"].items())


def page(told: dict[str, Any], *, colored: bool) -> str:
    """Return what is different, and what it was."""
    rows = [
        (
            paint(name.replace("_", " "), "cyan", on=colored),
            f"{_shown(told['before'][name])} -> {paint(_shown(value), 'bold', on=colored)}",
        )
        for name, value in told["after"].items()
    ]
    head = f"{told['id']} {visible(told['name'])}"
    return f"{head}\n{columns(rows)}" if rows else f"{head}: nothing to change"


def _shown(value: object) -> str:
    if value in (None, [], {}):
        return "none"
    text = " ".join(map(str, value)) if isinstance(value, list) else raw(value)
    return visible(text)
