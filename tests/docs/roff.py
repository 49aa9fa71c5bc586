"""Text as man(7) pages have it, for groff and mandoc alike.

A hyphen is written \\-, and a quote by its name: what is copied from the page must run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tests.docs import texts

__all__ = [
    "bold",
    "escaped",
    "filled",
    "heading",
    "italic",
    "item",
    "paragraph",
    "prose",
    "verbatim",
]

WIDTH = 78
_NAMES = {
    "\\": "\\e",
    "-": "\\-",
    "'": "\\(aq",
    '"': "\\(dq",
    "`": "\\(ga",
    "^": "\\(ha",
    "~": "\\(ti",
    "…": "...",
}


def escaped(text: str) -> str:
    """Return text of which nothing is an escape, or no ASCII."""
    return "".join(
        _NAMES.get(char) or (char if char.isascii() else f"\\[u{ord(char):04X}]") for char in text
    )


def bold(text: str) -> str:
    """Return text that is to be typed."""
    return f"\\fB{escaped(text)}\\fR"


def italic(text: str) -> str:
    """Return text that something else is to be typed for."""
    return f"\\fI{escaped(text)}\\fR"


def heading(title: str) -> list[str]:
    """Return the line that begins a section."""
    return [f'.SH "{title}"' if " " in title else f".SH {title}"]


def prose(text: str) -> list[str]:
    """Return lines of prose, a sentence begins one: so both programs space them alike."""
    marked = "".join(bold(piece) if code else escaped(piece) for piece, code in texts.marked(text))
    return filled(marked)


def paragraph(text: str) -> list[str]:
    """Return a paragraph of prose."""
    return [".PP", *prose(text)]


def item(tag: str, text: Iterable[str]) -> list[str]:
    """Return an entry of a list; the tag has its escapes."""
    return [".TP", *filled(tag, broken=False), *text]


def verbatim(lines: Sequence[str]) -> list[str]:
    """Return lines that are shown as they stand."""
    shown = [part for line in lines for part in _continued(escaped(line))]
    return [".PP", ".RS 4", ".nf", *shown, ".fi", ".RE"]


def filled(text: str, *, broken: bool = True) -> list[str]:
    """Return escaped text in lines; a line that would begin as a request does is guarded.

    Args:
        text: with its escapes.
        broken: whether it may be several lines of input.
    """
    lines = []
    for sentence in re.split(r"(?<=[.!?]) (?=\S)", text) if broken else [text]:
        line = ""
        for word in sentence.split(" "):
            if line and broken and len(line) + 1 + len(word) > WIDTH:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
        lines.append(line)
    return [f"\\&{line}" if line[:1] in (".", "'") else line for line in lines]


def _continued(line: str) -> list[str]:
    """Return a line in parts, each but the last ended by a backslash, which joins the next."""
    parts = []
    while len(line) > WIDTH and (end := line.rfind(" ", 0, WIDTH - 1)) > 0:
        parts.append(f"{line[: end + 1]}\\")
        line = line[end + 1 :]
    parts.append(line)
    if parts[0][:1] in (".", "'"):
        parts[0] = f"\\&{parts[0]}"
    return parts
