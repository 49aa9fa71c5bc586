"""QR codes read out of pictures: PNG and JPEG, with what the extra `qr-read` brings.

A picture is untrusted: its size in bytes and in pixels is bounded before any of it is decoded,
because some kB of PNG can say that they are gigabytes of pixels. It is read from memory, as PNG or
JPEG alone: of the dozens of formats that Pillow knows, none else is tried.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

from authcli.errors import InvalidInput, Unavailable

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["read_image"]

MAX_BYTES = 32 << 20
#: A phone's largest photographs have about 50 million, for which some 200 MB are needed.
MAX_PIXELS = 52_000_000


def read_image(data: bytes) -> list[str]:
    """Return the texts of all QR codes in a picture, from its top to its bottom; often one.

    Args:
        data: the bytes of a PNG or JPEG file.

    Raises:
        Unavailable: the extra is not installed ("otp.qr-reader").
        InvalidInput: no PNG or JPEG, a broken one, or one too large ("otp.image").
    """
    if len(data) > MAX_BYTES:
        raise _bad(f"it is over {MAX_BYTES >> 20} MiB long")
    try:
        import PIL.Image  # noqa: F401 - `_decoded` wants it
        import zxingcpp
    except ImportError:
        raise Unavailable(
            "reading QR codes in pictures needs another package",
            hint='pip install "authcli[qr-read]"',
            code="otp.qr-reader",
        ) from None
    found = zxingcpp.read_barcodes(
        _decoded(data),
        formats=zxingcpp.BarcodeFormat.QRCode,  # type: ignore[arg-type]
        text_mode=zxingcpp.TextMode.Plain,
    )
    found = sorted(found, key=lambda one: (one.position.top_left.y, one.position.top_left.x))
    return [one.text for one in found if one.valid]


def _decoded(data: bytes) -> Image:
    """Return the picture in grey, on white where it is transparent."""
    import PIL.Image

    try:
        with warnings.catch_warnings():
            # Pillow's own warning and limit, which are higher than ours.
            warnings.simplefilter("error", PIL.Image.DecompressionBombWarning)
            image: Image = PIL.Image.open(io.BytesIO(data), formats=("PNG", "JPEG"))
        if image.width * image.height > MAX_PIXELS:
            raise _bad(f"it has over {MAX_PIXELS // 1_000_000} million pixels")
        if image.has_transparency_data:
            colored = image.convert("RGBA")
            image = PIL.Image.new("RGBA", colored.size, "white")
            image.alpha_composite(colored)
        return image.convert("L")
    except InvalidInput:
        raise
    except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning):
        raise _bad(f"it has over {MAX_PIXELS // 1_000_000} million pixels") from None
    except PIL.UnidentifiedImageError:
        raise _bad("it is neither PNG nor JPEG") from None
    except Exception:  # noqa: BLE001 - broken files make decoders raise whatever they meet
        raise _bad("it is broken") from None


def _bad(why: str) -> InvalidInput:
    return InvalidInput(f"this is no picture that can be read: {why}", code="otp.image")
