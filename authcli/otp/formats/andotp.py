"""andOTP backups: written in clear, read in clear and encrypted.

    [{"secret": …, "issuer": …, "label": …, "digits": 6, "type": "TOTP", "algorithm": "SHA1", …}]

Encrypted: four bytes of iterations, 12 of salt, 12 of nonce, then AES-256-GCM under a key of
PBKDF2-HMAC-SHA1. The older form, a bare SHA-256 of the passphrase, is not read. Encrypted ones are
not written: the app has had no release since 2021, and others read its plain backups.

Source: andOTP, `Entry` and `EncryptionHelper`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from authcli.encoding import read_json
from authcli.otp.base32 import read_secret, write_secret
from authcli.otp.entries import Imported, gathered, require_all
from authcli.otp.formats.encryption import (
    MAX_ITERATIONS,
    NONCE_BYTES,
    TAG_BYTES,
    asked,
    open_sealed,
    pbkdf2_key,
    wrong_passphrase,
)
from authcli.otp.formats.links import refuse_passphrase
from authcli.otp.formats.members import MAX_BYTES, algorithm, kind, number, objects, text
from authcli.otp.model import Account
from authcli.secret import Secret

__all__ = ["looks_encrypted", "read", "write"]

_WHAT = "andOTP backup"
_ITERATIONS_BYTES, _SALT_BYTES = 4, 12
_HEADER_BYTES = _ITERATIONS_BYTES + _SALT_BYTES + NONCE_BYTES
#: Java's signed 63 and 31 bits.
_MAX_COUNTER, _MAX_PERIOD_SECONDS = (1 << 63) - 1, (1 << 31) - 1


def read(data: bytes, *, passphrase: Callable[[], Secret] | None = None) -> Imported:
    """Return the accounts of a backup.

    Raises:
        InvalidInput: no backup ("otp.import").
        PassphraseNeeded: encrypted, and no passphrase or a wrong one ("otp.passphrase").
    """
    if looks_encrypted(data):
        data = _opened(data, passphrase)
    backup = read_json(data, what=_WHAT, max_bytes=MAX_BYTES)
    return gathered(objects(backup, _WHAT), _account, what=_WHAT)


def write(accounts: Sequence[Account], *, passphrase: Secret | None = None) -> bytes:
    """Return a backup, in clear.

    Raises:
        InvalidInput: an account that andOTP cannot keep; a passphrase ("otp.export").
    """
    refuse_passphrase(passphrase, title="an andOTP backup")
    require_all(accounts, to="andOTP", reason=_reason)
    entries = [_entry(account) for account in accounts]
    return json.dumps(entries, separators=(",", ":")).encode() + b"\n"


def looks_encrypted(data: bytes) -> bool:
    """Say whether data begins with a number of iterations: its first byte is 0, as in no text."""
    if len(data) < _HEADER_BYTES + TAG_BYTES:
        return False
    return 1 <= int.from_bytes(data[:_ITERATIONS_BYTES]) <= MAX_ITERATIONS


def _account(entry: Mapping[str, Any]) -> tuple[Account, tuple[str, ...]]:
    sort = kind(text(entry, "type", "TOTP"))
    secret, warnings = read_secret(text(entry, "secret"))
    issuer, name = text(entry, "issuer", ""), text(entry, "label", "")
    if "issuer" not in entry and " - " in name:
        # Before the app kept them apart.
        issuer, _, name = name.partition(" - ")
    account = Account(
        secret,
        kind=sort,
        issuer=issuer,
        name=name,
        algorithm=algorithm(text(entry, "algorithm", "SHA1")),
        digits=number(entry, "digits", 5 if sort == "steam" else 6),
        period_seconds=30 if sort == "hotp" else number(entry, "period", 30),
        counter=number(entry, "counter") if sort == "hotp" else 0,
    )
    return account, warnings


def _entry(account: Account) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "secret": write_secret(account.secret),
        "issuer": account.issuer,
        "label": account.name,
        "digits": account.digits,
        "type": account.kind.upper(),
        "algorithm": account.algorithm,
        "thumbnail": "Default",
        "last_used": 0,
        "used_frequency": 0,
    }
    if account.kind == "hotp":
        entry["counter"] = account.counter
    else:
        entry["period"] = account.period_seconds
    entry["tags"] = []
    return entry


def _reason(account: Account) -> str | None:
    if account.kind == "steam" and account.algorithm != "SHA1":
        return "apps that read its backups keep Steam with SHA1 alone"
    if account.counter > _MAX_COUNTER:
        return "it keeps counters up to 2^63 - 1"
    if account.period_seconds > _MAX_PERIOD_SECONDS:
        return "it keeps periods of up to 2^31 - 1 seconds"
    return None


def _opened(data: bytes, passphrase: Callable[[], Secret] | None) -> bytes:
    """Return the JSON of an encrypted backup."""
    given = asked(passphrase, what=_WHAT)
    salt_end = _ITERATIONS_BYTES + _SALT_BYTES
    key = pbkdf2_key(
        given,
        hash_name="sha1",
        salt=data[_ITERATIONS_BYTES:salt_end],
        iterations=int.from_bytes(data[:_ITERATIONS_BYTES]),
        what=_WHAT,
    )
    opened = open_sealed(data[_HEADER_BYTES:], key=key, nonce=data[salt_end:_HEADER_BYTES])
    if opened is None:
        raise wrong_passphrase(_WHAT)
    return opened
