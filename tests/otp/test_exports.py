"""What people have their accounts in, read together: parts joined, pictures read, noise refused."""

from __future__ import annotations

import io

import pytest

from authcli.errors import InvalidInput, PassphraseNeeded
from authcli.otp import Account, build_uri
from authcli.otp.exports import is_otpauth, is_picture, read_exports
from authcli.otp.formats import FORMATS
from authcli.otp.migration import build_migration
from authcli.otp.qr import to_png
from authcli.secret import Secret
from tests.requirements import require_package

ACCOUNTS = [
    Account(Secret(bytes([n]) * 20), issuer=f"Issuer {n}", name=f"user{n}@example.com")
    for n in range(23)
]


def texts(*uris: str) -> list[tuple[str, bytes]]:
    """Return a file of each URI."""
    return [(f"{n}.txt", uri.encode()) for n, uri in enumerate(uris, 1)]


def picture(text: str, *, form: str = "PNG") -> bytes:
    """Return a picture of a QR code."""
    image = require_package("PIL.Image")
    require_package("zxingcpp")
    if form == "PNG":
        return to_png(text, scale=4)
    written = io.BytesIO()
    image.open(io.BytesIO(to_png(text, scale=4))).convert("RGB").save(written, form)
    return written.getvalue()


def test_parts_of_an_export_are_joined_in_whatever_order_they_come() -> None:
    first, second, third = build_migration(ACCOUNTS)
    found = read_exports(texts(third, first, second, first))
    assert found.accounts == ACCOUNTS
    assert found.warnings == ()


def test_a_part_that_is_missing_is_told_and_the_others_are_read() -> None:
    first, _, third = build_migration(ACCOUNTS)
    found = read_exports(texts(third, first))
    assert found.accounts == ACCOUNTS[:10] + ACCOUNTS[20:]
    assert len(found.warnings) == 1
    assert "part 2 of 3" in found.warnings[0]


def test_parts_of_two_exports_are_kept_apart() -> None:
    one, other = build_migration(ACCOUNTS[:11]), build_migration(ACCOUNTS[11:])
    found = read_exports(texts(one[0], other[1], one[1], other[0]))
    assert sorted(found.accounts, key=ACCOUNTS.index) == ACCOUNTS
    assert found.warnings == ()


def test_whole_exports_that_bear_the_same_id_are_both_read() -> None:
    """Programs that know nothing of parts write no id at all, which is 0."""
    payloads = [_payload(name) for name in ("one", "two")]
    found = read_exports(texts(*payloads))
    assert [account.name for account in found.accounts] == ["one", "two"]


def _payload(name: str) -> str:
    """Return a migration URI of one account, as a program writes it that knows no parts."""
    import base64

    inner = b"\x0a\x14" + name.encode().ljust(20, b".") + b"\x12\x03" + name.encode() + b"\x30\x02"
    data = b"\x0a" + bytes([len(inner)]) + inner
    return f"otpauth-migration://offline?data={base64.b64encode(data).decode()}"


def test_a_list_is_read_with_its_comments_quotes_and_blank_lines() -> None:
    uris = [build_uri(account) for account in ACCOUNTS[:3]]
    text = f"\ufeff# my accounts\r\n\r\n  '{uris[0]}'\r\n\"{uris[1]}\"\n<{uris[2]}>\n"
    assert read_exports([("list", text.encode())]).accounts == ACCOUNTS[:3]


def test_a_line_that_cannot_be_read_keeps_no_other_from_being_read() -> None:
    text = f"{build_uri(ACCOUNTS[0])}\notpauth://totp/x?secret=\n{build_uri(ACCOUNTS[1])}"
    found = read_exports([("list", text.encode())])
    assert (found.accounts, found.left_out) == (ACCOUNTS[:2], 1)
    assert "no secret" in found.warnings[0]


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_pictures_are_read_as_what_their_codes_hold(form: str) -> None:
    first, second, third = build_migration(ACCOUNTS)
    data = [picture(text, form=form) for text in (second, first, third)]
    assert all(map(is_picture, data))
    assert read_exports([("p", one) for one in data]).accounts == ACCOUNTS


def test_a_picture_with_two_codes_gives_both() -> None:
    image = require_package("PIL.Image")
    halves = [
        image.open(io.BytesIO(picture(build_uri(account)))).convert("L") for account in ACCOUNTS[:2]
    ]
    width = sum(half.width for half in halves)
    sheet = image.new("L", (width, max(half.height for half in halves)), 255)
    sheet.paste(halves[0], (0, 0))
    sheet.paste(halves[1], (halves[0].width, 0))
    written = io.BytesIO()
    sheet.save(written, "PNG")
    found = read_exports([("sheet.png", written.getvalue())])
    assert sorted(found.accounts, key=ACCOUNTS.index) == ACCOUNTS[:2]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_recognised_by_its_content(name: str) -> None:
    data = FORMATS[name].write(ACCOUNTS[:3])
    assert read_exports([("export", data)]).accounts == ACCOUNTS[:3]


def test_a_passphrase_is_asked_for_where_one_is_needed() -> None:
    sealed = FORMATS["aegis"].write(ACCOUNTS[:2], passphrase=Secret("opener"))
    assert (
        read_exports([("a", sealed)], passphrase=lambda: Secret("opener")).accounts
        == (ACCOUNTS[:2])
    )
    with pytest.raises(PassphraseNeeded):
        read_exports([("a", sealed)], passphrase=lambda: Secret("wrong"))
    with pytest.raises(PassphraseNeeded):
        read_exports([("a", sealed)])


def test_of_several_files_the_error_says_which_one_it_was() -> None:
    with pytest.raises(InvalidInput, match=r"^two\.txt: "):
        read_exports([("one.txt", build_uri(ACCOUNTS[0]).encode()), ("two.txt", b"hello")])


HOSTILE: dict[str, bytes] = {
    "nothing but blanks": b" \n \n",
    "text": b"hello world",
    "a URI of another scheme": b"https://example.com/otpauth://totp/x?secret=ABCD",
    "bytes of no text": bytes(range(128, 256)) * 10,
    "a URI with bytes of no text": b"otpauth://totp/\xff\xfe?secret=ABCDEFGH",
    "a lone surrogate": b"otpauth://totp/\xed\xa0\x80?secret=ABCDEFGHIJKLMNOP",
    "a zero byte": b"otpauth://totp/a\x00b?secret=",
    "an empty payload": b"otpauth-migration://offline?data=",
    "a payload of noise": b"otpauth-migration://offline?data=AAAA%2F%2F%2F%2F",
    "a payload that says it has a billion parts": b"otpauth-migration://offline?data=GICU69wD",
    "JSON that is deep": b"[" * 100_000,
    "JSON of another kind": b'{"keys": []}',
    "JSON cut short": b'{"version": 1, "header": {"slots": null',
    "an Aegis vault of nothing": b'{"version":1,"header":{},"db":{"version":2,"entries":[]}}'[:-20],
    "a PNG cut short": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "a JPEG of noise": b"\xff\xd8\xff\xe0" + bytes(range(256)),
    "a GIF": b"GIF89a" + bytes(20),
    "a WebP": b"RIFF\x00\x00\x00\x00WEBPVP8 ",
    "a HEIC": b"\x00\x00\x00\x18ftypheic" + bytes(20),
    "a PDF": b"%PDF-1.7\n",
    "too many lines": b"otpauth://totp/x?secret=\n" * 10_001,
    "a very long line": b"otpauth://totp/x?secret=" + b"A" * 5_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_export_is_refused_in_one_sentence(name: str) -> None:
    if is_picture(HOSTILE[name]):
        require_package("zxingcpp")
    with pytest.raises(InvalidInput) as caught:
        read_exports([("export", HOSTILE[name])])
    assert len(caught.value.message) < 300
    assert caught.value.message.isprintable()


def test_a_picture_that_says_that_it_is_gigantic_is_not_decoded() -> None:
    import struct
    import zlib

    require_package("zxingcpp")

    def chunk(kind: bytes, data: bytes) -> bytes:
        tail = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + tail

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(60_000 * 7501 // 60))
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows)
    with pytest.raises(InvalidInput, match="million pixels"):
        read_exports([("bomb.png", bomb + chunk(b"IEND", b""))])


def test_a_picture_without_a_code_says_so() -> None:
    image = require_package("PIL.Image")
    require_package("zxingcpp")
    written = io.BytesIO()
    image.new("RGB", (200, 200), "white").save(written, "PNG")
    with pytest.raises(InvalidInput, match="no QR code"):
        read_exports([("white.png", written.getvalue())])


def test_a_code_of_something_else_is_not_repeated() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_exports([("wifi.png", picture("WIFI:T:WPA;S:home;P:hunter2;;"))])
    assert "otpauth" in caught.value.message
    assert "hunter2" not in str(vars(caught.value))


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("otpauth://totp/x", True),
        ("OTPAUTH-Migration://offline?data=", True),
        ("steam://ABCDEFGH", True),
        ("otpauth:totp", False),
        ("xotpauth://", False),
        ("", False),
    ],
)
def test_a_uri_is_known_by_its_scheme(text: str, is_one: bool) -> None:
    assert is_otpauth(text) is is_one
