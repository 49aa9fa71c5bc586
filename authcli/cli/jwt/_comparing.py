"""Two tokens read, and their differences written: for a person, a pipe or a program."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from authcli.cli._input import bare_token, read_under_test
from authcli.cli._output import emit, table
from authcli.cli._text import paint, visible
from authcli.cli.jwt._pages import PART_COLORS, TIME_CLAIMS, time_words
from authcli.errors import Due, InvalidInput
from authcli.tokens.differences import dotted

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.tokens.compact import Json
    from authcli.tokens.differences import Comparison, Difference

__all__ = ["check_same", "emit_comparison", "read_both"]

#: What a person's page shows of one value: tokens may hold pictures.
_LONGEST_VALUE = 200
_STYLES = {"-": "red", "+": "green", "~": "yellow"}


def read_both(run: Run, first: str | None, second: str | None) -> tuple[str, str]:
    """Return the two tokens, each less what was pasted around it.

    Raises:
        InvalidInput: one is missing or empty, or both are to come from stdin.
    """
    if first is None:
        raise InvalidInput("no token was given", hint="give two tokens: A B; one may be piped in")
    found = []
    for name, text in (("A", first), ("B", second)):
        token = bare_token(read_under_test(run, text, what=f"token {name}"))
        if not token:
            raise InvalidInput(
                f"token {name} is empty", hint="an unset variable?", code="source.empty"
            )
        found.append(token)
    return found[0], found[1]


def emit_comparison(run: Run, comparison: Comparison, *, time: str | None) -> None:
    """Write the differences: a page, lines, or rows."""
    rows = [_row(found) for found in comparison.differences]
    facts = {
        "verified": False,
        "same": comparison.same,
        "only_signature": comparison.only_signature,
        "differences": rows,
    }
    asked = {field.partition(".")[0] for field in run.fields}
    of_rows = {"part", "path", "change", "before", "after", "words", "added", "removed"}
    if run.jsonl or (asked and asked <= of_rows):
        return table(run, rows, columns=(), plain=str)
    lines = [line for found in comparison.differences for line in _lines(found)]
    # Of what is the same a pipe gets nothing, not even a line break.
    plain = "\n".join(lines) if lines or run.to_terminal else b""
    return emit(
        run, facts, plain=plain, human=lambda on: _page(run, comparison, colored=on, time=time)
    )


def check_same(comparison: Comparison) -> None:
    """Raise `Due` where the tokens differ, as `--check` asks."""
    if not comparison.same:
        raise Due(f"the tokens differ: {_summary(comparison)}", code="token.differs")


def _row(found: Difference) -> dict[str, Any]:
    is_list = bool(found.added or found.removed)
    return {
        "part": found.part,
        "path": dotted(found.path),
        "change": found.change,
        "before": found.before,
        "after": found.after,
        "words": found.words,
        "added": list(found.added) if is_list else None,
        "removed": list(found.removed) if is_list else None,
    }


def _lines(found: Difference) -> list[str]:
    """Return `SIGN PATH JSON`, words behind a `#`; `~ PART WORDS` where no value says it."""
    place = visible(".".join((found.part, dotted(found.path))) if found.path else found.part)
    if not found.path:
        return [f"~ {place} {found.words}"]
    marked = [(sign, f"{place}{mark}", value) for sign, mark, value in _values(found)]
    lines = [f"{sign} {where} {_json(value)}" for sign, where, value in marked]
    if found.words and not (found.added or found.removed):
        lines[-1] += f" # {found.words}"
    return lines


def _json(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"))


def _values(found: Difference) -> list[tuple[str, str, Json]]:
    """Return what is gone and what is new, of a list its members."""
    if found.added or found.removed:
        return [
            *(("-", "[]", member) for member in found.removed),
            *(("+", "[]", member) for member in found.added),
        ]
    both = [("-", "", found.before), ("+", "", found.after)]
    return [both[1]] if found.change == "added" else both[: 1 if found.change == "removed" else 2]


def _page(run: Run, comparison: Comparison, *, colored: bool, time: str | None) -> str:
    if comparison.same:
        return "the tokens are the same, byte for byte"
    pieces = []
    for part, style in zip(("header", "payload", "signature"), PART_COLORS, strict=True):
        found = [one for one in comparison.differences if one.part == part]
        if found:
            pieces.append(paint(part, f"bold {style}", on=colored))
        for one in found:
            pieces.extend(
                paint(sign, _STYLES[sign], on=colored).join(("  ", f" {text}"))
                for sign, text in _entries(run, one, time=time)
            )
    return "\n".join([*pieces, _summary(comparison)])


def _entries(run: Run, found: Difference, *, time: str | None) -> list[tuple[str, str]]:
    words = visible(found.words or "")
    if not found.path:
        return [("~", words)]
    name = visible(dotted(found.path))
    is_time = found.part == "payload" and len(found.path) == 1 and name in TIME_CLAIMS
    entries = []
    for sign, mark, value in _values(found):
        text = time_words(value, at=run.at, time=time) if is_time else ""
        entries.append((sign, f"{name}{mark}: {text or _shown(value)}"))
    if words and not (found.added or found.removed):
        sign, text = entries[-1]
        entries[-1] = (sign, f"{text}   {words}")
    return entries


def _shown(value: Json) -> str:
    text = visible(json.dumps(value, ensure_ascii=False))
    if len(text) <= _LONGEST_VALUE:
        return text
    return f"{text[:_LONGEST_VALUE]}… ({len(text)} characters)"


def _summary(comparison: Comparison) -> str:
    """Return how many differences there are, part by part."""
    if comparison.only_signature:
        return "same header and claims, different signatures"
    parts = [found.part for found in comparison.differences]
    counts = [
        f"{parts.count(part)} in the {part}" for part in ("header", "payload") if part in parts
    ]
    if "signature" in parts:
        counts.append("the signature")
    return ", ".join(counts)
