"""What other apps export, and what they import: a row for each format, a module a family.

    imported = FORMATS["aegis"].read(data, passphrase=ask)
    data = FORMATS["2fas"].write(accounts)

    links     otpauth URIs, a line each; migration URIs       aegis     Aegis, plain and encrypted
    two_fas   2FAS, encrypted ones read                       andotp    andOTP, likewise
    members   JSON of others, member by member                encryption   AES-GCM; costs bounded

Nothing is changed on its way: an account that a format cannot say is refused, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from authcli.encoding import read_json
from authcli.otp.entries import Imported
from authcli.otp.formats import aegis, andotp, links, two_fas
from authcli.otp.formats.members import MAX_BYTES
from authcli.otp.model import Account
from authcli.secret import Secret

__all__ = ["FORMATS", "Format", "Imported", "recognise"]


class Reader(Protocol):
    """Reads an export; `passphrase` is called where it is encrypted."""

    def __call__(
        self, data: bytes, *, passphrase: Callable[[], Secret] | None = None
    ) -> Imported: ...


class Writer(Protocol):
    """Writes an export, encrypted where there is a passphrase and the format can be."""

    def __call__(
        self, accounts: Sequence[Account], *, passphrase: Secret | None = None
    ) -> bytes: ...


class Format(NamedTuple):
    """One format."""

    title: str
    """What people call it."""
    read: Reader
    """Raises `InvalidInput` ("otp.import", "otp.migration"), `InvalidEncoding` where it is no
    strict JSON, `PassphraseNeeded` where it is encrypted and there is none, or a wrong one."""
    write: Writer
    """Raises `InvalidInput` ("otp.export") for an account that the format cannot say."""
    encrypts: bool = False
    """Whether `write` takes a passphrase; else one is refused."""


#: Names as people type them.
FORMATS: Mapping[str, Format] = {
    "otpauth": Format("otpauth URIs", links.read, links.write_uris),
    "migration": Format("Google Authenticator", links.read, links.write_migration),
    "aegis": Format("Aegis", aegis.read, aegis.write, encrypts=True),
    "2fas": Format("2FAS", two_fas.read, two_fas.write),
    "andotp": Format("andOTP", andotp.read, andotp.write),
}


def recognise(data: bytes) -> str | None:
    """Return which of `FORMATS` an export is in, None where it is in none.

    Raises:
        InvalidEncoding: it looks like JSON, and is none that can be read.
    """
    beginning = data[:4096].lstrip()
    if beginning[:1] in (b"{", b"["):
        return _json_format(read_json(data, what="export", max_bytes=MAX_BYTES))
    if andotp.looks_encrypted(data):
        return "andotp"
    return links.recognise(data)


def _json_format(document: Any) -> str | None:
    if isinstance(document, dict):
        if "db" in document and "header" in document:
            return "aegis"
        if "services" in document and "schemaVersion" in document:
            return "2fas"
    elif isinstance(document, list) and document and isinstance(document[0], dict):
        return "andotp" if {"secret", "label"} <= document[0].keys() else None
    return None
