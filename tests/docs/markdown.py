"""Text as GitHub shows it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tests.docs import texts

__all__ = ["anchor", "code", "fenced", "prose", "table"]


def prose(text: str) -> str:
    """Return prose of help as Markdown: what is typed is code, and all else what it says."""
    return "".join(
        code(piece) if typed else re.sub(r"[\\*<\[\]]|\b_|_\b", r"\\\g<0>", piece)
        for piece, typed in texts.marked(text)
    )


def code(text: str) -> str:
    """Return text as code."""
    return f"`{text}`"


def fenced(lines: Iterable[str], language: str = "") -> list[str]:
    """Return lines as a block of code."""
    return [f"```{language}", *lines, "```", ""]


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table, or nothing where it would have no rows."""
    lines = [_row(cells) for cells in rows]
    return [_row(titles), _row(["---"] * len(titles)), *lines, ""] if lines else []


def _row(cells: Sequence[str]) -> str:
    escaped = (cell.replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"


def anchor(heading: str) -> str:
    """Return what GitHub calls a heading in links."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
