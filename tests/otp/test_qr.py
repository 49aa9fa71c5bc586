"""QR codes are decoded by a real decoder, off a screen in any theme and out of files."""

from __future__ import annotations

import io
import re

import png
import pytest

from authcli import otp
from authcli.errors import InvalidInput
from authcli.otp import qr
from authcli.otp.migration import build_migration
from authcli.secret import Secret
from tests.otp.screens import BLACK, DARK, LIGHT, WHITE, Theme, decoded, painted, screen

URI = otp.build_uri(otp.Account(Secret(b"12345678901234567890"), issuer="Example", name="alice"))
LONG = otp.build_uri(otp.Account(Secret(bytes(64)), issuer="é" * 40, name="n" * 100))
PAYLOAD = build_migration(
    [otp.Account(Secret(bytes(20)), issuer="Example", name=f"{n}@example.com") for n in range(10)]
)[0]

#: Themes that have no black and white in the 16 colours; and one that replaces 16 to 21 as well.
SOLARIZED = Theme(
    foreground=(131, 148, 150),
    background=(0, 43, 54),
    palette={0: (7, 54, 66), 7: (238, 232, 213), 15: (253, 246, 227)},
)
SWAPPED = Theme(foreground=BLACK, background=WHITE, palette={0: WHITE, 7: BLACK, 15: BLACK})
ALL_ALIKE = Theme(
    foreground=(128, 128, 128),
    background=(128, 128, 128),
    palette=dict.fromkeys(range(22), (128, 128, 128)),
)
THEMES = {
    "dark": DARK,
    "light": LIGHT,
    "solarized": SOLARIZED,
    "swapped": SWAPPED,
    "all-alike": ALL_ALIKE,
}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("text", [URI, LONG, PAYLOAD], ids=["uri", "long", "payload"])
def test_the_terminals_own_cells_are_decoded_in_every_theme(text: str, theme: str) -> None:
    assert decoded(painted(screen(qr.to_terminal(text), THEMES[theme]))) == [text]


def test_the_decoder_would_see_a_theme_that_breaks_the_code() -> None:
    """The tests above can fail: where black is white, there is nothing to decode."""
    blind = Theme(BLACK, WHITE, {232: WHITE, 231: WHITE})
    assert decoded(painted(screen(qr.to_terminal(URI), blind))) == []


def test_a_usual_account_fits_into_a_terminal_of_24_lines() -> None:
    drawn = qr.to_terminal(URI).splitlines()
    assert len(drawn) <= 23
    assert {len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in drawn} == {45}


def test_every_line_begins_and_ends_without_colour() -> None:
    """What is scrolled, cut or printed after it is not painted."""
    for line in qr.to_terminal(URI).splitlines():
        assert (line[:4], line[-4:]) == ("\x1b[0m", "\x1b[0m")


def test_plain_text_is_decoded_on_paper_and_inverted_on_black() -> None:
    assert "\x1b" not in qr.to_text(URI)
    assert decoded(painted(screen(qr.to_text(URI), LIGHT))) == [URI]
    assert decoded(painted(screen(qr.to_text(URI, invert=True), DARK))) == [URI]


@pytest.mark.parametrize("text", [URI, LONG, PAYLOAD], ids=["uri", "long", "payload"])
def test_png_files_are_decoded(text: str) -> None:
    assert decoded(qr.to_png(text)) == [text]
    assert decoded(qr.to_png(text, scale=3)) == [text]


def test_png_has_the_scale_that_was_asked_for_and_a_quiet_zone_of_four() -> None:
    width, height, rows, _ = png.Reader(bytes=qr.to_png("a", scale=10)).asDirect()
    pixels = [list(row) for row in rows]
    assert (width, height) == ((21 + 8) * 10,) * 2
    assert all(value == 1 for row in pixels[:40] for value in row)
    assert pixels[40][40] == 0


def test_svg_is_decoded_and_is_black_on_its_own_white_ground() -> None:
    svg = qr.to_svg(URI)
    side = int(re.findall(r'viewBox="0 0 (\d+) ', svg)[0])
    assert f'<rect width="{side}" height="{side}" fill="#fff"/>' in svg
    dark = {(int(x), int(y)) for x, y in re.findall(r"M(\d+),(\d+)h1v1h-1z", svg)}
    pixels = [
        [BLACK if (x // 6, y // 6) in dark else WHITE for x in range(side * 6)]
        for y in range(side * 6)
    ]
    assert decoded(painted(pixels)) == [URI]


def test_the_largest_text_fits_and_one_byte_more_does_not() -> None:
    assert qr.to_png("a" * 2953, scale=1)
    for draw in (qr.to_png, qr.to_svg, qr.to_terminal, qr.to_text):
        for text in ("a" * 2954, "é" * 1477, "", "\udc80"):
            with pytest.raises(InvalidInput) as refused:
                draw(text)
            assert refused.value.code == "otp.qr-text"


@pytest.mark.parametrize("scale", [0, -1, 101, 10**9])
def test_a_scale_that_is_no_size_is_refused_before_anything_is_drawn(scale: int) -> None:
    with pytest.raises(InvalidInput, match="1 to 100 pixels"):
        qr.to_png(URI, scale=scale)
    with pytest.raises(InvalidInput, match="1 to 100 pixels"):
        qr.to_svg(URI, scale=scale)


def test_pillow_is_not_asked_for_a_png(monkeypatch: pytest.MonkeyPatch) -> None:
    """PNG is pure Python's: Pillow comes with an extra alone."""
    import sys

    monkeypatch.setitem(sys.modules, "qrcode.image.pil", None)
    assert png.Reader(file=io.BytesIO(qr.to_png(URI))).asDirect()[0] > 0
