"""A terminal's screen as a picture, and a real decoder that looks at it.

What the terminal is sent is read as a terminal reads it, its cells are painted in the colours of a
theme, and zbarimg has to find the QR code in that.
"""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import png

from tests.requirements import require

__all__ = ["DARK", "LIGHT", "Theme", "decoded", "painted", "screen"]

Color = tuple[int, int, int]
Pixels = list[list[Color]]

BLACK, WHITE = (0, 0, 0), (255, 255, 255)
#: A cell is twice as high as it is wide.
CELL_PIXELS = 8
#: What of a block's glyph is drawn in the foreground: the upper half, the lower half.
GLYPHS = {" ": (False, False), "▀": (True, False), "▄": (False, True), "█": (True, True)}


class Theme(NamedTuple):
    """What a terminal makes of colours."""

    foreground: Color
    background: Color
    palette: Mapping[int, Color] = MappingProxyType({})
    """What it replaces of the 256; the others are xterm's."""

    def color(self, number: int) -> Color:
        """Return the colour of a number."""
        if number in self.palette:
            return self.palette[number]
        if number >= 232:
            return (8 + 10 * (number - 232),) * 3
        if number >= 16:
            number -= 16
            red, green, blue = number // 36, number // 6 % 6, number % 6
            levels = (0, 95, 135, 175, 215, 255)
            return levels[red], levels[green], levels[blue]
        return WHITE if number % 8 == 7 else BLACK


DARK = Theme(foreground=(204, 204, 204), background=(30, 30, 30))
LIGHT = Theme(foreground=(51, 51, 51), background=(250, 250, 250))


def screen(text: str, theme: Theme) -> Pixels:
    """Return the pixels of a screen that shows the text, with some of the background around it."""
    lines = [_cells(line, theme) for line in text.splitlines()]
    width = max(map(len, lines)) + 8
    empty = (" ", theme.foreground, theme.background)
    rows = [[empty] * 4 + line + [empty] * (width - 4 - len(line)) for line in lines]
    blank = [[empty] * width] * 2
    return [pixels for row in (*blank, *rows, *blank) for pixels in _pixel_rows(row)]


def _cells(line: str, theme: Theme) -> list[tuple[str, Color, Color]]:
    """Return character, foreground and background of each cell; nothing but SGR is understood."""
    foreground, background = theme.foreground, theme.background
    cells = []
    for sgr, character in re.findall(r"\x1b\[([0-9;]*)m|([^\x1b])", line):
        if character:
            cells.append((character, foreground, background))
            continue
        match sgr.split(";"):
            case ["" | "0"]:
                foreground, background = theme.foreground, theme.background
            case ["38", "5", number]:
                foreground = theme.color(int(number))
            case ["48", "5", number]:
                background = theme.color(int(number))
            case other:
                raise AssertionError(f"a terminal may not know {other}")
    assert (foreground, background) == (theme.foreground, theme.background), "colours leak"
    return cells


def _pixel_rows(row: list[tuple[str, Color, Color]]) -> Pixels:
    halves = [
        [
            foreground if GLYPHS[character][half] else background
            for character, foreground, background in row
            for _ in range(CELL_PIXELS)
        ]
        for half in (0, 1)
    ]
    return [half for half in halves for _ in range(CELL_PIXELS)]


def painted(pixels: Pixels) -> bytes:
    """Return pixels as PNG."""
    written = io.BytesIO()
    rows = [[part for color in row for part in color] for row in pixels]
    png.Writer(len(pixels[0]), len(pixels), greyscale=False).write(written, rows)
    return written.getvalue()


def decoded(picture: bytes) -> list[str]:
    """Return the texts of the QR codes that zbarimg finds in a picture."""
    run = subprocess.run(
        [require("zbarimg"), "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", "-"],
        input=picture,
        capture_output=True,
    )
    assert run.returncode in (0, 4), run.stderr  # 4: nothing was found
    return run.stdout.decode().splitlines()
