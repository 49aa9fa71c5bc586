"""Tokens as a person reads them: coloured parts, claims with their times in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from authcli import clock
from authcli.cli._text import paint, visible

__all__ = ["PART_COLORS", "colored_token", "json_lines", "time_words", "token_page"]

#: Of header, payload and signature, everywhere.
PART_COLORS = ("red", "magenta", "cyan")
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
