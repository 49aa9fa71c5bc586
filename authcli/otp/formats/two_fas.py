"""2FAS backups: written in clear, read in clear and encrypted.

    {"services": [{"name": …, "secret": …, "otp": {…}, …}], "schemaVersion": 4, …}

Encrypted, `services` is empty and `servicesEncrypted` is CIPHERTEXT:SALT:NONCE in base64:
AES-256-GCM under a key of PBKDF2-HMAC-SHA256 with 10,000 rounds. Encrypted backups are not
written, because so few rounds are not enough (OWASP: 600,000).

Source: 2FAS for Android, `BackupContent` and `BackupService`; for iOS, `ExchangeData2`, which wants
an icon, and replaces a period that it does not know by 30 without a word.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from authcli.encoding import json_object, read_json
from authcli.errors import InvalidInput
from authcli.otp.base32 import read_secret, write_secret
from authcli.otp.entries import Imported, gathered, require_all
from authcli.otp.formats.encryption import asked, open_sealed, pbkdf2_key, wrong_passphrase
from authcli.otp.formats.links import refuse_passphrase
from authcli.otp.formats.members import (
    MAX_BYTES,
    algorithm,
    kind,
    members,
    number,
    objects,
    text,
)
from authcli.otp.model import Account
from authcli.secret import Secret

__all__ = ["read", "write"]

_WHAT = "2FAS backup"
_SCHEMA = 4
_ROUNDS = 10_000
_MAX_SALT_BYTES = 1024
_PERIODS_SECONDS = (10, 30, 60, 90)
_MAX_COUNTER = (1 << 31) - 1
#: The collection of icons that stands for none.
_NO_ICON = "a5b3fb65-4ec5-43e6-8ec1-49e24ca9e7ad"
_UNNAMED = "Unnamed"


def read(data: bytes, *, passphrase: Callable[[], Secret] | None = None) -> Imported:
    """Return the accounts of a backup.

    Raises:
        InvalidInput: no backup, or of a schema that is not known ("otp.import").
        PassphraseNeeded: encrypted, and no passphrase or a wrong one ("otp.passphrase").
    """
    backup = json_object(data, what=_WHAT, max_bytes=MAX_BYTES)
    schema = backup.get("schemaVersion")
    if schema not in range(1, _SCHEMA + 1):
        raise _bad(f"its schemaVersion is not 1 to {_SCHEMA}")
    services: Any = backup.get("services")
    sealed = backup.get("servicesEncrypted")
    if sealed is not None:
        services = read_json(_opened(sealed, passphrase), what=_WHAT, max_bytes=MAX_BYTES)
    return gathered(objects(services, _WHAT), _account, what=_WHAT)


def write(accounts: Sequence[Account], *, passphrase: Secret | None = None) -> bytes:
    """Return a backup, in clear.

    Raises:
        InvalidInput: an account that 2FAS cannot keep; a passphrase ("otp.export").
    """
    refuse_passphrase(passphrase, title="a 2FAS backup (10,000 rounds would be too few)")
    require_all(accounts, to="2FAS", reason=_reason)
    now_ms = time.time_ns() // 1_000_000
    backup = {
        "services": [
            _service(account, position, now_ms) for position, account in enumerate(accounts)
        ],
        "groups": [],
        "updatedAt": now_ms,
        "schemaVersion": _SCHEMA,
        # The app refuses another origin, and asks nothing else of these three.
        "appVersionCode": 5_000_009,
        "appVersionName": "5.1.0",
        "appOrigin": "android",
    }
    return json.dumps(backup, separators=(",", ":")).encode() + b"\n"


def _account(service: Mapping[str, Any]) -> tuple[Account, tuple[str, ...]]:
    otp = members(service.get("otp"), "its otp")
    sort = kind(text(otp, "tokenType", "TOTP"))
    # What people see is the service's name; one that was typed in by hand has no issuer.
    issuer = text(otp, "issuer", text(service, "name", ""))
    secret, warnings = read_secret(text(service, "secret"))
    account = Account(
        secret,
        kind=sort,
        issuer=issuer,
        name=text(otp, "account", "") or text(otp, "label", ""),
        algorithm=algorithm(text(otp, "algorithm", "SHA1")),
        digits=number(otp, "digits", 5 if sort == "steam" else 6),
        period_seconds=30 if sort == "hotp" else number(otp, "period", 30),
        # The app's own beginning, where it has not counted yet.
        counter=number(otp, "counter", 1) if sort == "hotp" else 0,
    )
    return account, warnings


def _service(account: Account, position: int, now_ms: int) -> dict[str, Any]:
    otp: dict[str, Any] = {
        "label": account.name,
        "account": account.name,
        "issuer": account.issuer,
        "digits": account.digits,
    }
    if account.kind != "hotp":
        otp["period"] = account.period_seconds
    otp["algorithm"] = account.algorithm
    if account.kind == "hotp":
        otp["counter"] = account.counter
    otp |= {"tokenType": account.kind.upper(), "source": "Manual"}
    name = account.issuer or account.name or _UNNAMED
    return {
        "name": name,
        "secret": write_secret(account.secret),
        "updatedAt": now_ms,
        "otp": otp,
        "order": {"position": position},
        "icon": {
            "selected": "Label",
            "label": {"text": name[:2].upper(), "backgroundColor": "Default"},
            "iconCollection": {"id": _NO_ICON},
        },
    }


def _reason(account: Account) -> str | None:
    if account.kind == "hotp":
        return None if account.counter <= _MAX_COUNTER else "it keeps counters up to 2^31 - 1"
    if account.kind == "steam" and (account.algorithm, account.period_seconds) != ("SHA1", 30):
        return "it keeps Steam with SHA1 and 30 seconds alone"
    if account.period_seconds not in _PERIODS_SECONDS:
        return f"it keeps periods of 10, 30, 60 and 90 seconds, not {account.period_seconds}"
    return None


def _opened(sealed: object, passphrase: Callable[[], Secret] | None) -> bytes:
    """Return the services of an encrypted backup."""
    parts = sealed.split(":") if isinstance(sealed, str) else []
    if len(parts) != 3:
        raise _bad("its encrypted services are not in three parts")
    try:
        data, salt, nonce = (base64.b64decode(part, validate=True) for part in parts)
    except ValueError:
        raise _bad("its encrypted services are not base64") from None
    if len(salt) > _MAX_SALT_BYTES:
        raise _bad("its salt is longer than any that the app makes")
    given = asked(passphrase, what=_WHAT)
    key = pbkdf2_key(given, hash_name="sha256", salt=salt, iterations=_ROUNDS, what=_WHAT)
    opened = open_sealed(data, key=key, nonce=nonce)
    if opened is None:
        raise wrong_passphrase(_WHAT)
    return opened


def _bad(why: str) -> InvalidInput:
    return InvalidInput(f"this is no {_WHAT} that can be read: {why}", code="otp.import")
