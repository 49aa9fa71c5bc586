"""QR codes are read out of PNG and JPEG; a hostile picture costs nothing and breaks nothing."""

from __future__ import annotations

import io
import struct
import sys
import time
import zlib
from typing import TYPE_CHECKING

import pytest

from authcli import otp
from authcli.errors import InvalidInput, Unavailable
from authcli.otp import qr
from authcli.otp.qr_reading import MAX_BYTES, read_image
from authcli.secret import Secret
from tests.requirements import require_package

if TYPE_CHECKING:
    from PIL.Image import Image

URI = otp.build_uri(otp.Account(Secret(b"12345678901234567890"), issuer="Exämple", name="alice"))
OTHER = otp.build_uri(otp.Account(Secret(b"09876543210987654321"), "hotp", name="b", counter=9))


@pytest.fixture(autouse=True)
def _reader() -> None:
    require_package("PIL.Image")
    require_package("zxingcpp")


def _picture(text: str, scale: int = 6) -> Image:
    from PIL import Image

    return Image.open(io.BytesIO(qr.to_png(text, scale=scale))).convert("RGB")


def _saved(image: Image, form: str = "PNG", **options: int) -> bytes:
    written = io.BytesIO()
    image.save(written, form, **options)
    return written.getvalue()


def _together(*images: Image) -> Image:
    from PIL import Image

    page = Image.new("RGB", (900, 500 * len(images)), "white")
    for number, image in enumerate(images):
        page.paste(image, (100, 500 * number + 20))
    return page


def test_a_code_is_read_as_it_was_drawn() -> None:
    assert read_image(qr.to_png(URI)) == [URI]


def test_a_photograph_is_read() -> None:
    """Turned, small, of few colours and compressed."""
    from PIL import ImageFilter

    photo = _together(_picture(URI)).rotate(17, fillcolor="#bba", resample=2, expand=True)
    photo = photo.filter(ImageFilter.GaussianBlur(1.2))
    assert read_image(_saved(photo, "JPEG", quality=40)) == [URI]


def test_all_codes_of_a_page_are_read_from_its_top_to_its_bottom() -> None:
    page = _together(_picture(OTHER), _picture(URI), _picture("no URI"))
    assert read_image(_saved(page)) == [OTHER, URI, "no URI"]


def test_white_on_black_and_transparent_pictures_are_read() -> None:
    from PIL import Image, ImageOps

    code = _picture(URI)
    assert read_image(_saved(ImageOps.invert(code))) == [URI]
    mask = ImageOps.invert(code.convert("L"))
    transparent = Image.new("RGBA", code.size, (0, 0, 0, 0))
    transparent.paste((0, 0, 0, 255), mask=mask)
    assert read_image(_saved(transparent)) == [URI]


def test_a_picture_without_a_code_holds_none() -> None:
    from PIL import Image

    assert read_image(_saved(Image.new("RGB", (300, 300), "white"))) == []


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _bomb(width: int, height: int, depth: int = 1) -> bytes:
    """Return a PNG of few bytes and many pixels."""
    header = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    body = zlib.compress(bytes(1 << 20), 9)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _jpeg_of(width: int, height: int) -> bytes:
    """Return a JPEG whose frame says that it is as large as that."""
    whole = _saved(_picture(URI), "JPEG")
    at = whole.index(b"\xff\xc0") + 5
    return whole[:at] + struct.pack(">HH", height, width) + whole[at + 4 :]


@pytest.mark.parametrize(
    "data",
    [
        _bomb(2**31 - 1, 2**31 - 1),
        _bomb(100_000, 100_000, 16),
        _bomb(52_000_001, 1),
        _bomb(9500, 9500),
    ],
    ids=["largest", "deep", "flat", "warned-of"],
)
def test_a_picture_that_would_be_too_large_is_refused_before_it_is_decoded(data: bytes) -> None:
    started = time.perf_counter()
    with pytest.raises(InvalidInput, match="million pixels") as refused:
        read_image(data)
    assert refused.value.code == "otp.image"
    assert time.perf_counter() - started < 2


def test_a_jpeg_that_would_be_too_large_is_refused() -> None:
    with pytest.raises(InvalidInput, match="million pixels"):
        read_image(_jpeg_of(65_535, 65_535))


def test_a_file_that_is_too_long_is_refused() -> None:
    with pytest.raises(InvalidInput, match="32 MiB"):
        read_image(bytes(MAX_BYTES + 1))


def test_other_formats_are_not_tried() -> None:
    """Pillow would read them, with decoders that nobody needs here."""
    image = _picture(URI)
    for form in ("GIF", "BMP", "TIFF", "PPM", "WEBP"):
        with pytest.raises(InvalidInput, match="neither PNG nor JPEG") as refused:
            read_image(_saved(image, form))
        assert refused.value.code == "otp.image"
    for text in (b"", b"otpauth://totp/a?secret=b", b"<svg/>", b"%!PS-Adobe-3.0 EPSF-3.0"):
        with pytest.raises(InvalidInput, match="neither PNG nor JPEG"):
            read_image(text)


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_damaged_files_are_refused_or_read_and_never_break_anything(form: str) -> None:
    whole = _saved(_picture(URI, 2), form)
    outcomes = set()
    step = max(1, len(whole) // 60)
    for at in range(0, len(whole), step):
        for damaged in (whole[:at], whole[:at] + b"\xff\x00\xff" + whole[at + 3 :]):
            try:
                outcomes.add(tuple(read_image(damaged)))
            except InvalidInput as refused:
                outcomes.add(refused.code)
    assert "otp.image" in outcomes
    assert outcomes <= {"otp.image", (), (URI,)}


def test_a_compressed_text_in_a_png_is_not_unpacked_without_end() -> None:
    text = _chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(40 << 20), 9))
    whole = qr.to_png(URI)
    end = 8 + 25  # signature and IHDR
    started = time.perf_counter()
    with pytest.raises(InvalidInput):
        read_image(whole[:end] + text + whole[end:])
    assert time.perf_counter() - started < 2


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("PIL.Image", "zxingcpp"):
        with monkeypatch.context() as patched:
            patched.setitem(sys.modules, package, None)
            with pytest.raises(Unavailable) as unavailable:
                read_image(qr.to_png(URI))
        assert unavailable.value.code == "otp.qr-reader"
        assert unavailable.value.hint == 'pip install "authcli[qr-read]"'
