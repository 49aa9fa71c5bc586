"""Managed keys as a person reads them: a table, the page of one key, the time-line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from authcli.cli._listing import drawn
from authcli.cli._moments import moment, short_moment, title_of
from authcli.cli._text import columns, paint, visible

__all__ = ["STATE_STYLES", "key_page", "key_table", "sentence", "timeline_table"]

STATE_STYLES = {
    "active": "green",
    "next": "cyan",
    "retiring": "yellow",
    "retired": "dim",
    "compromised": "red",
}
_TIMES = (
    *("created_at", "published_at", "ready_at", "activated_at", "retiring_at", "remove_at"),
    *("retired_at", "compromised_at", "rotate_asked_at", "last_signed_at"),
)
_SENTENCES = {
    "make": "a next key is made",
    "publish": "{kid} is to be published",
    "activate": "{kid} signs",
    "retire": "{kid} signs no more",
    "remove": "{kid} leaves the JWKS: its tokens are dead",
}


def key_table(
    items: Iterable[dict[str, Any]], *, at: int, form: str | None, colored: bool
) -> Iterator[str]:
    """Yield the table of keys, in pieces; of no keys, a line that says so."""
    titles = ("KID", "ALG", "STATE", title_of("CREATED", form), title_of("LAST SIGNED", form))
    rows = (
        (
            item["kid"],
            item["alg"] if item["purpose"] == "jwt" else f"{item['alg']} ({item['purpose']})",
            item["state"],
            short_moment(item["created_at"], at=at, form=form),
            short_moment(item["last_signed_at"], at=at, form=form),
        )
        for item in items
    )
    styles = {(2, state): style for state, style in STATE_STYLES.items()}
    empty = True
    for piece in drawn(rows, titles=titles, flexible=0, colored=colored, styles=styles):
        empty = False
        yield piece
    if empty:
        yield "no managed keys\n"


def key_page(item: dict[str, Any], *, at: int, form: str | None, colored: bool) -> str:
    """Return all that is known of one key."""
    shown = {
        name: moment(value, at=at, form=form) if name in _TIMES else visible(str(value))
        for name, value in item.items()
        if value not in (None, "") and name not in ("public_jwk", "can_sign", "max_token_seconds")
    }
    style = STATE_STYLES.get(item["state"], "")
    shown["state"] = paint(item["state"], style, on=colored) if style else item["state"]
    return columns([(name.replace("_", " "), text) for name, text in shown.items()])


def sentence(step: dict[str, Any]) -> str:
    """Return what a step of the time-line does, as a sentence."""
    kid = f"{step['kid'][:12]}…" if step["kid"] else "the one after it"
    return _SENTENCES[step["action"]].format(kid=kid)


def timeline_table(
    steps: Iterable[dict[str, Any]], *, at: int, form: str | None, colored: bool
) -> Iterator[str]:
    """Yield the time-line: when, of which algorithm, what; estimates are marked as such."""
    rows = (
        (
            ("about " if step["estimated"] else "") + short_moment(step["at"], at=at, form=form),
            step["alg"],
            sentence(step),
        )
        for step in steps
    )
    yield from drawn(rows, titles=("WHEN", "ALG", "WHAT"), flexible=2, colored=colored, styles={})
