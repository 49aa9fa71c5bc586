"""Text that is safe and legible on a terminal.

Claims, names and headers come from strangers. Control characters, bidirectional overrides,
invisible characters and lone surrogates can repaint a screen, so none reaches a terminal raw:
each is shown as its escape, `\\x1b` or `\\u202e`. Colour is added by authcli alone, afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["columns", "paint", "visible"]

# Patterns are compiled when they are first used: compiling costs more than importing this module.
_UNSAFE = (
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)
_STYLES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}


def visible(text: str, *, keep: str = "") -> str:
    """Return the text with everything that could act on a terminal as its escape.

    Args:
        text: from anywhere.
        keep: characters to let through, such as a line break of authcli's own.
    """
    if text.isascii() and text.isprintable():
        return text
    return re.sub(_UNSAFE, lambda m: m[0] if m[0] in keep else _escape(m[0]), text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def paint(text: str, style: str, *, on: bool) -> str:
    """Return the text in a style ("bold", "red", "bold red"), or as it is where colour is off."""
    if not on or not text:
        return text
    codes = ";".join(_STYLES[name] for name in style.split())
    return f"\x1b[{codes}m{text}\x1b[0m"


def columns(rows: Sequence[tuple[str, ...]], *, indent: str = "  ", gap: str = "  ") -> str:
    """Return rows with their cells aligned; the last cell runs free. Colour codes take no room."""
    width = max((len(row) for row in rows), default=0)
    sizes = [max((_length(r[i]) for r in rows if len(r) > i), default=0) for i in range(width)]
    lines = []
    for row in rows:
        cells = [
            cell + " " * (sizes[i] - _length(cell)) if i < len(row) - 1 else cell
            for i, cell in enumerate(row)
        ]
        lines.append((indent + gap.join(cells)).rstrip())
    return "\n".join(lines)


def _length(cell: str) -> int:
    return len(re.sub("\x1b\\[[0-9;]*m", "", cell))
