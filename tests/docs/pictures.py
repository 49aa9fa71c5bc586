"""Pictures of the program on a terminal: SVG of what it printed on one, in colour.

A picture fetches nothing, has no script and no font of its own. Every piece of text is as wide as
its cells, whatever font the reader has, and blocks (of QR codes) are drawn, not written: no line
of a font's making runs through them. `docs/pictures/*.svg` are written by `python3 dev.py docs`.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple, TypeVar
from xml.sax.saxutils import escape

from rich.color import ColorType
from rich.console import Console
from rich.style import Style
from rich.text import Text

T = TypeVar("T")

COLUMNS = 88
#: In pixels. A cell is two squares, one above the other, as half blocks need.
CELL, LINE, FONT_SIZE, MARGIN, BAR = 9, 18, 15, 18, 34
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
FOREGROUND, BACKGROUND, DIM, BORDER = "#e6edf3", "#0d1117", "#8b949e", "#6e7681"
#: The eight colours that a terminal has by name; legible on the background.
NAMED = ("#484f58", "#ff7b72", "#7ee787", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#e6edf3")
#: What each block covers of its cell, in halves: from, to.
BLOCKS = {"▀": (0, 1), "▄": (1, 2), "█": (0, 2)}

_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" \
width="{width}" height="{height}" role="img">
<title>{title}</title>"""
_FRAME = f"""\
<rect x="0.5" y="0.5" width="{{width}}" height="{{height}}" rx="8" \
fill="{BACKGROUND}" stroke="{BORDER}"/>
<path d="M1 {{bar}}h{{width}}" stroke="{BORDER}"/>
<g font-family="{FONTS}" font-size="{FONT_SIZE}" style="white-space:pre">"""
_TITLE = f'text-anchor="middle" fill="{DIM}" font-size="13"'


class Cell(NamedTuple):
    """One character on the screen."""

    character: str
    color: str
    background: str | None
    bold: bool


def recorded(
    arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str], lines: int = 60
) -> str:
    """Return what authcli prints to a real terminal of 88 columns; stderr is left out."""
    ours, theirs = pty.openpty()
    try:
        termios.tcsetwinsize(theirs, (lines, COLUMNS))
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "authcli", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=subprocess.DEVNULL,
            env={**environment, "TERM": "xterm-256color"},
            cwd=folder,
        )
        os.close(theirs)
        printed = b"".join(_read(ours))
    finally:
        os.close(ours)
    if process.wait() != 0:
        raise subprocess.CalledProcessError(process.returncode, arguments)
    return printed.decode().replace("\r\n", "\n")


def _read(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:  # as Linux says that nobody writes any more
            return
        if not data:
            return
        yield data


def drawn(command: str, printed: str) -> str:
    """Return the SVG of a terminal that shows a command and what it printed.

    Args:
        command: as a reader types it.
        printed: with the escapes that colour it.
    """
    prompt = f"\x1b[32m$\x1b[0m \x1b[1m{command}\x1b[0m"
    rows = _rows(f"{prompt}\n{printed.rstrip()}")
    width = 2 * MARGIN + COLUMNS * CELL
    height = BAR + 2 * MARGIN + len(rows) * LINE
    title = escape(" ".join(command.split()[:3]))
    pieces = [
        _SVG.format(width=width, height=height, title=escape(command)),
        _FRAME.format(width=width - 1, height=height - 1, bar=BAR),
        f'<text x="{width // 2}" y="{BAR - 11}" {_TITLE}>{title}</text>',
        *_painted(rows),
        *_written(rows),
        "</g>",
        "</svg>",
    ]
    return "\n".join(pieces) + "\n"


def _rows(printed: str) -> list[list[Cell]]:
    """Return the lines of a screen; a longer one goes on below, as terminals do it."""
    console = Console(width=COLUMNS)
    rows = []
    for line in printed.split("\n"):
        text = Text.from_ansi(line)
        cells = [
            _cell(character, text.get_style_at_offset(console, offset))
            for offset, character in enumerate(text.plain)
        ]
        rows += [cells[i : i + COLUMNS] for i in range(0, max(len(cells), 1), COLUMNS)]
    return rows


def _cell(character: str, style: Style) -> Cell:
    color = _color(style, "color") or (DIM if style.dim else FOREGROUND)
    return Cell(character, color, _color(style, "bgcolor"), bool(style.bold))


def _color(style: Style, name: str) -> str | None:
    color = getattr(style, name)
    if color is None or color.type is ColorType.DEFAULT:
        return None
    if color.number is not None and color.number < len(NAMED):
        return NAMED[color.number]
    return str(color.get_truecolor().hex)


def _painted(rows: list[list[Cell]]) -> Iterator[str]:
    """Yield backgrounds and blocks: a path for each colour, backgrounds below."""
    below: dict[str, list[str]] = {}
    above: dict[str, list[str]] = {}
    for number, row in enumerate(rows):
        top = _top(number)
        for background, start, cells in _runs(row, lambda cell: cell.background):
            if background is not None:
                below.setdefault(background, []).append(_rectangle(start, top, len(cells), 0, 2))
        for half in (0, 1):
            key = lambda cell, half=half: cell.color if _covers(cell, half) else None  # noqa: E731
            for color, start, cells in _runs(row, key):
                if color is not None:
                    where = _rectangle(start, top, len(cells), half, half + 1)
                    above.setdefault(color, []).append(where)
    for layer in (below, above):
        for color, paths in layer.items():
            yield f'<path fill="{color}" shape-rendering="crispEdges" d="{"".join(paths)}"/>'


def _covers(cell: Cell, half: int) -> bool:
    first, last = BLOCKS.get(cell.character, (0, 0))
    return first <= half < last


def _rectangle(column: int, top: int, columns: int, first: int, last: int) -> str:
    x, y, width = MARGIN + column * CELL, top + first * LINE // 2, columns * CELL
    return f"M{x} {y}h{width}v{(last - first) * LINE // 2}h-{width}z"


def _written(rows: list[list[Cell]]) -> Iterator[str]:
    """Yield the text, a piece for each run of one style, where it stands and as wide as it is."""
    for number, row in enumerate(rows):
        for (color, bold), start, cells in _runs(row, lambda cell: (cell.color, cell.bold)):
            text = "".join(" " if cell.character in BLOCKS else cell.character for cell in cells)
            for piece in re.finditer(r"\S+(?: \S+)*", text):
                x = MARGIN + (start + piece.start()) * CELL
                weight = ' font-weight="bold"' if bold else ""
                yield (
                    f'<text x="{x}" y="{_top(number) + 14}" fill="{color}"{weight} '
                    f'textLength="{len(piece[0]) * CELL}">{escape(piece[0])}</text>'
                )


def _runs(row: list[Cell], key: Callable[[Cell], T]) -> Iterator[tuple[T, int, list[Cell]]]:
    """Yield neighbours that are alike: in what, from which column on, the cells."""
    start = 0
    for value, group in groupby(row, key):
        cells = list(group)
        yield value, start, cells
        start += len(cells)


def _top(row: int) -> int:
    return BAR + MARGIN + row * LINE
