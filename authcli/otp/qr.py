"""QR codes drawn: in a terminal, as PNG, SVG, or plain text (ISO/IEC 18004).

In a terminal a code is black on white whatever the theme, because many readers take no code that
is white on black, and a theme decides what "default" and "black" are. So each line sets both
colours itself, out of the grey ramp of the 256: themes replace 0 to 15, and some also 16 to 21.
Half blocks make two rows of one line, so that modules are nearly square; a typical account takes
24 lines.

Drawings hold the secret: files of them are for their owner alone.
"""

from __future__ import annotations

import io
from typing import Any

from authcli.errors import InvalidInput

__all__ = ["to_png", "to_svg", "to_terminal", "to_text"]

#: ISO/IEC 18004, section 6.3.8: what is around a code, in modules.
_QUIET_ZONE = 4
#: In a terminal, where lines are few; every decoder tried reads it.
_TERMINAL_QUIET_ZONE = 2
#: #080808 and #ffffff.
_BLACK_ON_WHITE, _RESET = "\x1b[0m\x1b[38;5;232m\x1b[48;5;231m", "\x1b[0m"
#: By whether the upper and the lower module are dark.
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
_LARGEST_SCALE = 100
#: What fits into the largest code at all: version 40, level L.
_MAX_BYTES = 2953


def to_terminal(text: str) -> str:
    """Return a QR code for a terminal of 256 colours: lines that each end in a line break.

    Args:
        text: what the code is to say, usually a URI.

    Raises:
        InvalidInput: too long for a QR code, empty, or no Unicode text ("otp.qr-text").
    """
    # A screen has no scratches, and lines are few.
    rows = _modules(text, sturdy=False, quiet_zone=_TERMINAL_QUIET_ZONE)
    return "".join(f"{_BLACK_ON_WHITE}{line}{_RESET}\n" for line in _lines(rows))


def to_text(text: str, *, invert: bool = False) -> str:
    """Return a QR code in blocks without colour, for a file or a terminal that has none.

    Args:
        text: as of `to_terminal`.
        invert: for a dark background; by default dark modules are drawn, for a light one.

    Raises:
        InvalidInput: as of `to_terminal`.
    """
    rows = _modules(text, sturdy=False, quiet_zone=_QUIET_ZONE)
    if invert:
        rows = [[not module for module in row] for row in rows]
    return "".join(f"{line}\n" for line in _lines(rows))


def to_png(text: str, *, scale: int = 8) -> bytes:
    """Return a QR code as PNG, of two colours.

    Args:
        text: as of `to_terminal`.
        scale: how many pixels wide a module is, 1 to 100.

    Raises:
        InvalidInput: as of `to_terminal`; another scale.
    """
    from qrcode.image.pure import PyPNGImage  # type: ignore[import-untyped]

    _require_scale(scale)
    image = _code(text, sturdy=True, scale=scale).make_image(image_factory=PyPNGImage)
    written = io.BytesIO()
    image.save(written)
    return written.getvalue()


def to_svg(text: str, *, scale: int = 8) -> str:
    """Return a QR code as SVG, black on a white ground.

    Args:
        text: as of `to_terminal`.
        scale: how many pixels wide a module is where nothing else says so, 1 to 100.

    Raises:
        InvalidInput: as of `to_terminal`; another scale.
    """
    _require_scale(scale)
    rows = _modules(text, sturdy=True, quiet_zone=_QUIET_ZONE)
    path = "".join(
        f"M{column},{row}h1v1h-1z"
        for row, modules in enumerate(rows)
        for column, dark in enumerate(modules)
        if dark
    )
    side = len(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side * scale}" height="{side * scale}"'
        f' viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<rect width="{side}" height="{side}" fill="#fff"/><path d="{path}" fill="#000"/></svg>\n'
    )


def _lines(rows: list[list[bool]]) -> list[str]:
    """Return two rows as one line; under an odd last row the background is drawn once more."""
    if len(rows) % 2:
        rows = [*rows, [rows[0][0]] * len(rows[0])]
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return ["".join(_HALVES[halves] for halves in zip(*pair, strict=True)) for pair in pairs]


def _modules(text: str, *, sturdy: bool, quiet_zone: int) -> list[list[bool]]:
    """Return the modules row by row, dark ones true, with what is around them."""
    code = _code(text, sturdy=sturdy, quiet_zone=quiet_zone)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def _code(text: str, *, sturdy: bool, quiet_zone: int = _QUIET_ZONE, scale: int = 1) -> Any:
    """Return qrcode's `QRCode`; a sturdy one may lose 15 % of its area, where the text fits."""
    from qrcode.constants import (  # type: ignore[import-untyped]
        ERROR_CORRECT_L,
        ERROR_CORRECT_M,
    )
    from qrcode.exceptions import DataOverflowError  # type: ignore[import-untyped]
    from qrcode.main import QRCode  # type: ignore[import-untyped]

    data = _encoded(text)
    for correction in (ERROR_CORRECT_M, ERROR_CORRECT_L) if sturdy else (ERROR_CORRECT_L,):
        code = QRCode(error_correction=correction, border=quiet_zone, box_size=scale)
        code.add_data(data)
        try:
            code.make()
        except (DataOverflowError, ValueError):
            continue
        return code
    raise _unfit(f"{len(data)} bytes are too many for a QR code")


def _encoded(text: str) -> bytes:
    if not text:
        raise _unfit("there is no text for a QR code")
    if len(text) > _MAX_BYTES:
        raise _unfit(f"{len(text)} characters are too many for a QR code")
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise _unfit("the text for a QR code is no Unicode") from None


def _require_scale(scale: int) -> None:
    if not 1 <= scale <= _LARGEST_SCALE:
        raise _unfit(f"a module is 1 to {_LARGEST_SCALE} pixels wide, not {scale}")


def _unfit(message: str) -> InvalidInput:
    return InvalidInput(message, code="otp.qr-text")
