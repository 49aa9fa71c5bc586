"""otpauth URIs, Google's payloads, other apps' exports, pictures of QR codes."""

from __future__ import annotations

import binascii
import json
from urllib.parse import quote, unquote_to_bytes

from authcli import otp
from authcli.otp.exports import read_exports
from authcli.otp.formats import FORMATS, Imported, recognise
from authcli.otp.migration import build_migration, read_migration
from authcli.otp.model import Account
from authcli.otp.protobuf import chunk_field, number_field
from authcli.otp.qr_reading import read_image
from tests.fuzz.model import Target, attempt, promise
from tests.fuzz.targets.encodings import JSON_WORDS
from tests.otp.exports import ACCOUNTS, AEGIS, ANDOTP, TWO_FAS

__all__ = ["TARGETS"]

_URI_WORDS = (
    *(b"otpauth://totp/", b"otpauth://hotp/", b"steam://", b"?secret=", b"&issuer=", b"&digits=8"),
    *(b"&period=60", b"&counter=1", b"&algorithm=SHA256", b"&encoder=steam", b"%3A", b"%00", b"#"),
    *(b"otpauth-migration://offline?data=", b"JBSWY3DPEHPK3PXP", b"Steam", b"%C3%A4", b"+", b":"),
)
_EXPORT_WORDS = (
    *(b'"version":', b'"header":{"slots":null,"params":null}', b'"db":', b'"entries":[', b'"info"'),
    *(b'"services":[', b'"schemaVersion":4', b'"servicesEncrypted":"a:b:c"', b'"tokenType":"HOTP"'),
    *(b'"secret":', b'"label":', b'"type":"TOTP"', b'"period":', b'"digits":', b'"counter":'),
    *(
        b'"algorithm":"SHA256"',
        b'"algo":"SHA1"',
        b'"slots":[{"type":1,"n":2,"r":1,"p":1,"salt":""}]',
    ),
    *JSON_WORDS,
)


def _uri(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    parsed = attempt(otp.parse_uri, text)
    if parsed is None:
        return
    _hold_codes(parsed.account)
    built = attempt(otp.build_uri, parsed.account)
    if built is not None:  # percent-encoding may make it too long
        promise(built.isascii() and built.isprintable(), "a URI is printable ASCII")
        promise(
            otp.parse_uri(built).account == parsed.account, "an account is written as it is read"
        )


def _hold_codes(account: Account) -> None:
    code = otp.code(account, at=1_796_086_800)
    match = otp.verify(account, code.text, at=1_796_086_800)
    promise(match.drift == 0 and match.moment == code.moment, "a code that was made is right")


def _migration(data: bytes) -> None:
    migration = attempt(read_migration, data.decode("utf-8", "surrogateescape"))
    if migration is None:
        return
    uris = attempt(build_migration, migration.accounts)
    if uris is not None:
        again = [account for uri in uris for account in read_migration(uri).accounts]
        promise(again == migration.accounts, "accounts are written as they are read")


def _payload(data: bytes) -> None:
    text = binascii.b2a_base64(data, newline=False).decode()
    _migration(f"otpauth-migration://offline?data={quote(text)}".encode())


def _export(data: bytes) -> None:
    attempt(recognise, data)
    found = attempt(read_exports, [("a file", data)])
    if found is not None:
        _hold_accounts(found)
    for form in ("aegis", "2fas", "andotp"):
        found = attempt(FORMATS[form].read, data)
        if found is not None:
            _hold_accounts(found)


def _hold_accounts(found: Imported) -> None:
    found = found._replace(accounts=found.accounts[:100])  # thousands would be the target's time
    promise(all(text.isprintable() for text in found.warnings), "warnings repaint no screen")
    for account in found.accounts:
        otp.code(account, at=1_796_086_800)
    for name, form in FORMATS.items():
        written = attempt(form.write, found.accounts) if found.accounts else None
        if written is not None:
            promise(name in ("aegis", "2fas", "andotp") or written.isascii(), "URIs are ASCII")
            again = form.read(written)
            promise(again.accounts == found.accounts, f"{name} is read as it was written")


def _picture(data: bytes) -> None:
    texts = attempt(read_image, data)
    promise(texts is None or all(isinstance(text, str) for text in texts), "texts")


def _code(data: bytes) -> None:
    """A code that strangers type; only the digits that were made are right."""
    text = data.decode("utf-8", "surrogateescape")
    for account in (ACCOUNTS[0], ACCOUNTS[3]):
        match = attempt(otp.verify, account, text, at=1_796_086_800)
        if match is not None:
            right = {otp.code_at(account, match.moment).text}
            promise("".join(text.split()).upper() in right, "no other code is right")


def _uris() -> list[bytes]:
    return [
        *(otp.build_uri(account).encode() for account in ACCOUNTS),
        b"otpauth://totp/ACME%20Co:j%40a.b?secret=HXDMVJECJJWSRB3HWIZR4IFUGFTMXBOZ&algorithm=SHA512",
        b"steam://GEZDGNBVGY3TQOJQ",
        b"OTPAUTH://HOTP/a?SECRET=gezd%20gnbv&counter=18446744073709551615&digits=7",
    ]


def _payloads() -> list[bytes]:
    data = [uri.partition(b"data=")[2] for uri in _migrations()]
    wire = chunk_field(1, b"12345678901234567890") + chunk_field(2, b"a:b") + number_field(6, 2)
    raw = chunk_field(1, wire) + number_field(2, 1) + number_field(3, 2) + number_field(5, 7)
    return [raw, *(binascii.a2b_base64(unquote_to_bytes(one)) for one in data)]


def _migrations() -> list[bytes]:
    secret = ACCOUNTS[0].secret
    counted = Account(secret, "hotp", "VPN", "VPN:b\u00f6b", "SHA256", 8, counter=41)
    several = [ACCOUNTS[0], counted, Account(secret, name="a:b")]
    return [uri.encode() for per in (1, 10) for uri in build_migration(several, per_batch=per)]


def _exports() -> list[bytes]:
    short = {**AEGIS, "db": {**AEGIS["db"], "entries": AEGIS["db"]["entries"][:1]}}
    sealed = {"version": 1, "db": "AAAA", "header": {"slots": [{"type": 1}], "params": {}}}
    documents = (AEGIS, short, sealed, TWO_FAS, ANDOTP, ANDOTP[:1])
    lists = [b"# note\n" + b"\n".join(_uris()), b"\n".join(_migrations() + _uris()[:1])]
    return [*(json.dumps(one, ensure_ascii=False).encode() for one in documents), *lists]


def _pictures() -> list[bytes]:
    from authcli.otp.qr import to_png

    return [to_png(_uris()[0].decode(), scale=2)]


TARGETS = {
    "otpauth": Target(_uri, _uris, _URI_WORDS),
    "otp-migration": Target(_migration, _migrations, _URI_WORDS),
    "otp-payload": Target(
        _payload, _payloads, (b"\x0a\x14", b"\x10\x01", b"\x20\x02", b"\x38\xff")
    ),
    "otp-export": Target(_export, _exports, _EXPORT_WORDS + _URI_WORDS),
    "otp-code": Target(
        _code, lambda: [otp.code(ACCOUNTS[0], at=1_796_086_800).text.encode(), b"123 456", b"2BCDF"]
    ),
    "otp-picture": Target(
        _picture, _pictures, (b"IHDR", b"IDAT", b"PLTE", b"tRNS", b"\xff\xd8\xff")
    ),
}
