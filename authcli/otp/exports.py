"""Exports: all that people have their accounts in, read together.

otpauth URIs, lists of them, pictures of QR codes, the payloads of Google Authenticator, and the
files of `formats`. An export of many accounts is shown as several QR codes: its parts are joined
whichever files they come in, and a warning says which are missing. All of it is untrusted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from authcli.errors import InvalidInput
from authcli.otp.entries import MAX_ENTRIES, Imported
from authcli.otp.model import Account

if TYPE_CHECKING:
    from authcli.secret import Secret

__all__ = ["is_otpauth", "is_picture", "read_exports"]

_SCHEMES = ("otpauth://", "otpauth-migration://", "steam://")
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
#: Pictures that are not read, by how they begin.
_OTHER_PICTURES = {
    b"GIF8": "GIF",
    b"RIFF": "WebP",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"%PDF": "PDF",
}
#: What surrounds a URI in a shell's line, in chats.
_LAYOUT = " \t\r\"'`<>"


def is_otpauth(text: str) -> bool:
    """Say whether a text begins as the URI of an account or of an export does."""
    return text[:32].lower().startswith(_SCHEMES)


def is_picture(data: bytes) -> bool:
    """Say whether the bytes begin as a PNG or JPEG file does."""
    return data.startswith(_PICTURES)


def read_exports(
    files: Sequence[tuple[str, bytes]],
    *,
    form: str | None = None,
    passphrase: Callable[[], Secret] | None = None,
) -> Imported:
    """Return the accounts of all files: those of URIs first, then those of other exports.

    What of a file cannot be read is left out, with a warning; a file of which nothing can be read
    is refused.

    Args:
        files: a name for messages, and the content.
        form: the format of all of them, of `formats.FORMATS`; by default recognised by content.
        passphrase: asked for where one is encrypted.

    Raises:
        InvalidInput: a file that cannot be read; of several, the message says which.
        PassphraseNeeded: an encrypted one, and no passphrase or a wrong one.
        Unavailable: pictures cannot be read here ("otp.qr-reader").
    """
    from authcli.otp.formats import FORMATS

    uris: list[str] = []
    others: list[Imported] = []
    for name, data in files:
        try:
            found = _uris(data, form)
            if found is not None:
                uris += found
                continue
            others.append(FORMATS[_format_of(data, form)].read(data, passphrase=passphrase))
        except InvalidInput as error:
            if len(files) > 1:
                error.message = f"{name}: {error.message}"
                error.args = (error.message,)
            raise
    parts = [_accounts(uris), *others] if uris else others
    accounts = [account for part in parts for account in part.accounts]
    if len(accounts) > MAX_ENTRIES:
        raise InvalidInput(f"there are over {MAX_ENTRIES} accounts in it", code="otp.import")
    return Imported(
        accounts,
        tuple(dict.fromkeys(text for part in parts for text in part.warnings)),
        sum(part.left_out for part in parts),
    )


def _uris(data: bytes, form: str | None) -> list[str] | None:
    """Return the URIs of a picture or a list; None of a file that is neither."""
    if form not in (None, "otpauth", "migration"):
        return None
    if is_picture(data):
        return _drawn(data)
    try:
        lines = [line.strip(_LAYOUT) for line in data.decode("utf-8-sig").split("\n")]
    except UnicodeDecodeError:
        return None
    lines = [line for line in lines if line and line[0] != "#"]
    if form is None and not (lines and is_otpauth(lines[0])):
        return None
    if len(lines) > MAX_ENTRIES:
        raise InvalidInput(f"there are over {MAX_ENTRIES} URIs in it", code="otp.import")
    return lines


def _drawn(data: bytes) -> list[str]:
    """Return the URIs of the QR codes in a picture."""
    from authcli.otp.qr_reading import read_image

    texts = read_image(data)
    if not texts:
        raise InvalidInput(
            "no QR code is found in the picture",
            hint="crop it to the code, or take it again: straight and sharp",
            code="otp.no-qr",
        )
    found = [text for text in texts if is_otpauth(text)]
    if not found:
        raise InvalidInput("the QR code holds no otpauth URI", code="otp.no-qr")
    return found


def _accounts(uris: list[str]) -> Imported:
    """Return the accounts of URIs; of one alone, its own error."""
    from authcli.otp.formats import FORMATS
    from authcli.otp.uris import parse_uri

    if len(uris) == 1 and not uris[0].lower().startswith("otpauth-migration:"):
        account: Account
        account, warnings = parse_uri(uris[0])
        return Imported([account], warnings)
    # A surrogate that a QR code or an argument held is then no UTF-8, and said to be none.
    data = "\n".join(uris).encode("utf-8", "surrogatepass")
    return FORMATS["otpauth"].read(data)


def _format_of(data: bytes, form: str | None) -> str:
    """Return the format of an export, or say what it is not."""
    from authcli.otp.formats import FORMATS, recognise

    found = form or recognise(data)
    if found is not None:
        return found
    kinds = [name for beginning, name in _OTHER_PICTURES.items() if data.startswith(beginning)]
    if kinds or data[4:8] == b"ftyp":
        raise InvalidInput(
            f"this is a {kinds[0] if kinds else 'HEIC'} file; pictures are read as PNG and JPEG",
            hint="convert it, or take a screenshot",
            code="otp.import",
        )
    raise InvalidInput(
        "this is neither otpauth URIs, nor a picture, nor an export that is known",
        hint=f"formats are {', '.join(FORMATS)}",
        code="otp.import",
    )
