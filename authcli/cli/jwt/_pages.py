"""Tokens as a person reads them: coloured parts, claims with their times in words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from authcli import clock
from authcli.cli._text import paint, visible
from authcli.tokens.claims import as_time

if TYPE_CHECKING:
    from authcli.tokens.anatomy import Member

__all__ = [
    "PART_COLORS",
    "colored_token",
    "expires_at",
    "json_lines",
    "member_row",
    "member_table",
    "time_words",
    "token_page",
]

#: Of header, payload and signature, everywhere.
PART_COLORS = ("red", "magenta", "cyan")
#: What an anatomy shows of one value: tokens may hold pictures.
_LONGEST_VALUE = 200
#: What a meaning has beside a value, however narrow the terminal is.
_LEAST_ROOM = 24
TIME_CLAIMS = ("exp", "nbf", "iat", "auth_time", "updated_at")


def colored_token(token: str, *, colored: bool) -> str:
    """Return the token with its three parts in their colours."""
    parts = visible(token).split(".")
    if not colored or len(parts) != 3:
        return ".".join(parts)
    return ".".join(
        paint(part, style, on=True) for part, style in zip(parts, PART_COLORS, strict=True)
    )


def token_page(
    header: Mapping[str, Any],
    payload: Mapping[str, Any],
    *,
    at: int,
    colored: bool,
    time: str | None = None,
) -> str:
    """Return header and payload, a member a line, times beside their claims."""
    pieces = []
    for title, style, members in (
        ("header", PART_COLORS[0], header),
        ("payload", PART_COLORS[1], payload),
    ):
        pieces.append(paint(title, f"bold {style}", on=colored))
        pieces.append(json_lines(members, at=at, colored=colored, time=time))
    return "\n".join(pieces)


def json_lines(
    members: Mapping[str, Any], *, at: int, colored: bool, time: str | None = None
) -> str:
    """Return an object as indented JSON, the time claims explained at the end of their lines."""
    if not members:
        return "  {}"
    lines = ["  {"]
    last = len(members) - 1
    for number, (name, value) in enumerate(members.items()):
        text = json.dumps(value, indent=2, ensure_ascii=False).replace("\n", "\n    ")
        comma = "" if number == last else ","
        shown = paint(visible(json.dumps(name, ensure_ascii=False)), "blue", on=colored)
        line = f"    {shown}: {visible(text, keep=chr(10))}{comma}"
        if name in TIME_CLAIMS and (words := time_words(value, at=at, time=time)):
            line += paint(f"   {words}", "dim", on=colored)
        lines.append(line)
    return "\n".join([*lines, "  }"])


def member_row(member: Member, *, noun: str, words: str | None = None) -> tuple[str, str, str]:
    """Return a member of an anatomy as a row: its name, its value and what it stands for.

    Args:
        member: the header member or the claim.
        noun: what to call one of which no meaning is known.
        words: what to show in place of the value.
    """
    value = words
    if value is None:
        value = visible(json.dumps(member.value, ensure_ascii=False))
        if len(value) > _LONGEST_VALUE:
            value = f"{value[:_LONGEST_VALUE]}… ({len(value)} characters)"
    return visible(member.name), value, member.meaning or f"{member.kind} {noun}"


def member_table(rows: Sequence[tuple[str, str, str]], *, width: int, colored: bool) -> str:
    """Return the rows of `member_row` for a terminal.

    A long value does not push the meanings of the others aside: its own stands below it. A meaning
    that is too long for its line goes on below itself.
    """
    from textwrap import wrap

    names = max((len(name) for name, _, _ in rows), default=0)
    most = min(width // 2, width - (2 + names + 2 + 2) - _LEAST_ROOM)
    values = max((len(value) for _, value, _ in rows if len(value) <= most), default=0)
    margin = " " * (2 + names + 2 + values + 2)
    lines = []
    for name, value, meaning in rows:
        told = [
            paint(line, "dim", on=colored)
            for line in wrap(meaning, max(width - len(margin), _LEAST_ROOM))
        ]
        start = f"  {paint(name, 'blue', on=colored)}{' ' * (names - len(name))}  {value}"
        if len(value) <= values:
            start = f"{start}{' ' * (values - len(value))}  {told.pop(0)}"
        lines += [start, *(margin + line for line in told)]
    return "\n".join(lines)


def expires_at(payload: Mapping[str, Any]) -> str | None:
    """Return the exp of a token as RFC 3339 text; None where there is none, or no time."""
    exp = as_time(payload.get("exp"))
    return None if exp is None else clock.format_instant(exp)


def time_words(value: object, *, at: int, time: str | None = None) -> str:
    """Return a NumericDate in words, as `--time` wants them; "" for what is no time."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    if time == "epoch":
        return f"{value:g}" if isinstance(value, float) else str(value)
    if time == "relative":
        return clock.format_relative(value, at=at)
    instant = clock.format_instant(value, local=time == "local")
    return f"{instant} ({clock.format_relative(value, at=at)})"
