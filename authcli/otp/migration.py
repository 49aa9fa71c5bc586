"""Google Authenticator's export: accounts in a protobuf, in a URI, in a QR code, or in several.

    otpauth-migration://offline?data=<base64 of a MigrationPayload>

    MigrationPayload   1 otp_parameters (repeated)   2 version      3 batch_size
                       4 batch_index                 5 batch_id
    OtpParameters      1 secret   2 name   3 issuer  4 algorithm    5 digits   6 type   7 counter

Google has not published it; the numbers are those that Aegis (`google_auth.proto`) and others agree
on. It knows no period, no 7 digits and no Steam: such accounts are refused, not changed.
"""

from __future__ import annotations

import binascii
import os
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes

from authcli.errors import InvalidInput
from authcli.otp.base32 import read_secret, write_secret
from authcli.otp.entries import gathered, require_all
from authcli.otp.model import Account, Algorithm, Kind
from authcli.otp.protobuf import (
    chunk_field,
    chunk_of,
    fields,
    malformed,
    number_field,
    number_of,
)
from authcli.secret import Secret

__all__ = ["Migration", "build_migration", "read_migration"]

#: What a QR code can hold at all is 3 kB.
MAX_URI_CHARACTERS = 16_384
MAX_BATCHES = 1000
#: What keeps a QR code small enough for a phone's camera: about 1,500 characters.
MAX_PAYLOAD_BYTES = 1000
KNOWN_VERSION = 2

_ALGORITHMS: dict[int, Algorithm] = {0: "SHA1", 1: "SHA1", 2: "SHA256", 3: "SHA512"}
_DIGITS = {0: 6, 1: 6, 2: 8}
_KINDS: dict[int, Kind] = {1: "hotp", 2: "totp"}
_SHAPE = re.compile(r"otpauth-migration://offline/?\?(\S*)", re.IGNORECASE)
#: What base64 becomes on its way through URLs: '+' a blank, or the URL alphabet.
_TO_STANDARD = bytes.maketrans(b"-_ ", b"+/+")


class Migration(NamedTuple):
    """One payload, which may be one of several."""

    accounts: list[Account]
    batch_id: int
    """What payloads of one export have in common."""
    batch_index: int
    """Which it is, from 0."""
    batch_size: int
    """How many there are."""
    warnings: tuple[str, ...] = ()
    left_out: int = 0
    """How many accounts could not be read; a warning says why of each."""


def read_migration(text: str) -> Migration:
    """Return the accounts of an otpauth-migration URI.

    Raises:
        InvalidInput: no such URI, or its payload is malformed ("otp.migration"); it holds no
            account that can be read ("otp.import"). No message repeats any of it.
    """
    entries: list[_Parameters] = []
    numbers = {2: 0, 3: 1, 4: 0, 5: 0}
    for number, value in fields(_payload(text)):
        if number == 1:
            entries.append(_parameters(chunk_of(value)))
        elif number in numbers:
            numbers[number] = number_of(value)
    version, size, index, batch_id = numbers.values()
    size = size or 1
    if not (1 <= size <= MAX_BATCHES and 0 <= index < size):
        raise malformed("it is not one of a possible number of parts")
    imported = gathered(entries, _account, what="migration payload", unit="account")
    warnings = imported.warnings
    if version > KNOWN_VERSION:
        warnings += (f"the payload is of version {version}; {KNOWN_VERSION} is the last one known",)
    return Migration(imported.accounts, batch_id, index, size, warnings, imported.left_out)


def build_migration(accounts: Sequence[Account], *, per_batch: int = 10) -> list[str]:
    """Return otpauth-migration URIs that hold the accounts, each small enough for a QR code.

    Args:
        accounts: TOTP of 30 seconds, or HOTP; 6 or 8 digits.
        per_batch: how many in one URI at most; Google Authenticator takes 10.

    Raises:
        InvalidInput: an account that the payload cannot say ("otp.export").
    """
    require_all(accounts, to="Google Authenticator", reason=_reason)
    batches = _batches([_message(account) for account in accounts], per_batch)
    # 31 random bits: what tells this export from the next one.
    batch_id = int.from_bytes(os.urandom(4)) >> 1
    return [
        _uri(
            b"".join(batch)
            + number_field(2, 1)
            + number_field(3, len(batches))
            + number_field(4, index)
            + number_field(5, batch_id)
        )
        for index, batch in enumerate(batches)
    ]


def _batches(messages: Iterable[bytes], per_batch: int) -> list[list[bytes]]:
    batches: list[list[bytes]] = []
    for message in messages:
        if (
            not batches
            or len(batches[-1]) >= per_batch
            or sum(map(len, batches[-1])) + len(message) > MAX_PAYLOAD_BYTES
        ):
            batches.append([])
        batches[-1].append(message)
    return batches


def _reason(account: Account) -> str | None:
    if account.kind == "steam":
        return "its payload knows no Steam codes"
    if account.kind == "totp" and account.period_seconds != 30:
        return f"its payload knows a period of 30 seconds alone, not {account.period_seconds}"
    if account.digits not in (6, 8):
        return f"its payload knows 6 and 8 digits, not {account.digits}"
    if account.counter >= 1 << 63:
        return "its payload holds counters up to 2^63 - 1"
    if len(_message(account)) > MAX_PAYLOAD_BYTES:
        return "its secret and names are too long for a QR code"
    return None


# --- an account, in and out ---------------------------------------------------------------------


class _Parameters(NamedTuple):
    """What is written of one account, not yet looked at."""

    secret: bytes = b""
    name: bytes = b""
    issuer: bytes | None = None
    algorithm: int = 0
    digits: int = 0
    kind: int = 0
    counter: int = 0


def _parameters(message: bytes) -> _Parameters:
    found: dict[str, bytes | int] = {}
    for number, value in fields(message):
        if 1 <= number <= 3:
            found[_Parameters._fields[number - 1]] = chunk_of(value)
        elif number <= 7:
            found[_Parameters._fields[number - 1]] = number_of(value)
    return _Parameters(**found)  # type: ignore[arg-type]


def _account(written: _Parameters) -> tuple[Account, tuple[str, ...]]:
    if written.algorithm not in _ALGORITHMS:
        raise InvalidInput("its algorithm is " + ("MD5" if written.algorithm == 4 else "not known"))
    if written.digits not in _DIGITS:
        raise InvalidInput("its number of digits is not known")
    if written.kind not in _KINDS:
        raise InvalidInput("it is neither TOTP nor HOTP")
    kind = _KINDS[written.kind]
    issuer = None if written.issuer is None else _text(written.issuer)
    issuer, name = _named(issuer, _text(written.name))
    # By way of base32, for the same bounds and warnings as everywhere.
    secret, warnings = read_secret(write_secret(Secret(written.secret)))
    account = Account(
        secret,
        kind=kind,
        issuer=issuer,
        name=name,
        algorithm=_ALGORITHMS[written.algorithm],
        digits=_DIGITS[written.digits],
        counter=written.counter if kind == "hotp" else 0,
    )
    return account, warnings


def _named(issuer: str | None, name: str) -> tuple[str, str]:
    """Return issuer and name: a name may begin with the issuer's, as the labels of URIs do."""
    if issuer is None:
        before, colon, after = name.partition(":")
        return (before, after) if colon and before.strip() and after.strip() else ("", name)
    rest = name.removeprefix(f"{issuer}:")
    return issuer, rest if issuer and rest.strip() else name


def _message(account: Account) -> bytes:
    prefix = f"{account.issuer}:"
    # A name that itself begins so is written with the prefix that readers take away.
    doubled = account.issuer and account.name.startswith(prefix)
    name = prefix + account.name if doubled else account.name
    message = chunk_field(1, account.secret.reveal())
    message += chunk_field(2, name.encode()) + chunk_field(3, account.issuer.encode())
    message += number_field(4, {"SHA1": 1, "SHA256": 2, "SHA512": 3}[account.algorithm])
    message += number_field(5, {6: 1, 8: 2}.get(account.digits, 0))
    if account.kind == "hotp":
        message += number_field(6, 1) + number_field(7, account.counter)
    else:
        message += number_field(6, 2)
    return chunk_field(1, message)


# --- URI and protobuf ---------------------------------------------------------------------------


def _payload(text: str) -> bytes:
    text = text.strip()
    if len(text) > MAX_URI_CHARACTERS:
        raise malformed(f"it is longer than {MAX_URI_CHARACTERS} characters")
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise malformed("it is not otpauth-migration://offline?data=…")
    values = [part[5:] for part in shape[1].split("&") if part.startswith("data=")]
    if len(values) != 1 or not values[0]:
        raise malformed("it has no data, or twice")
    encoded = unquote_to_bytes(values[0].encode("utf-8", "replace"))
    encoded = encoded.translate(_TO_STANDARD).rstrip(b"=")
    try:
        return binascii.a2b_base64(encoded + b"=" * (-len(encoded) % 4), strict_mode=True)
    except binascii.Error:
        raise malformed("its data is not base64") from None


def _uri(payload: bytes) -> str:
    data = binascii.b2a_base64(payload, newline=False).decode()
    return f"otpauth-migration://offline?data={quote(data, safe='')}"


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise InvalidInput("its name is not UTF-8") from None
