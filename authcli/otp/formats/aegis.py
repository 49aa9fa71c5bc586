"""Aegis vaults, plain and encrypted.

    {"version": 1, "header": {"slots": null, "params": null}, "db": {"version": 3, "entries": […]}}

Encrypted, `db` is base64 of AES-256-GCM under a random master key, whose nonce and tag are the
header's `params`. Each slot holds that key sealed under another one; in slots of type 1 that one
is scrypt's of a passphrase. Others (fingerprints) open on the phone alone.

Source: Aegis, docs/vault.md; its `Vault` and `VaultEntry` for versions 2 and 3.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from authcli.encoding import compact_json, json_object
from authcli.errors import InvalidInput, PassphraseNeeded
from authcli.otp.base32 import read_secret, write_secret
from authcli.otp.entries import Imported, gathered, require_all
from authcli.otp.formats.encryption import (
    KEY_BYTES,
    NONCE_BYTES,
    Cost,
    asked,
    close,
    open_sealed,
    require_work,
    scrypt_key,
    wrong_passphrase,
)
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

_WHAT = "Aegis vault"
_PASSPHRASE_SLOT = 1
#: What Aegis itself uses, and no phone is too small for.
_COST = Cost(n=1 << 15, r=8, p=1)
_MAX_SALT_BYTES = 1024
#: People have one, and one for backups.
_MAX_SLOTS = 64
#: Java's: a period is kept in milliseconds of 31 bits, a counter in 63 bits.
_MAX_PERIOD_SECONDS, _MAX_COUNTER = ((1 << 31) - 1) // 1000, (1 << 63) - 1


def read(data: bytes, *, passphrase: Callable[[], Secret] | None = None) -> Imported:
    """Return the accounts of a vault.

    Raises:
        InvalidInput: no vault, or one of a version that is not known ("otp.import").
        PassphraseNeeded: encrypted, and no passphrase or a wrong one ("otp.passphrase").
    """
    vault = json_object(data, what=_WHAT, max_bytes=MAX_BYTES)
    if vault.get("version") != 1:
        raise _bad("its version is not 1")
    header, db = members(vault.get("header"), f"the header of the {_WHAT}"), vault.get("db")
    if isinstance(db, str):
        opened = _opened(header, db, passphrase)
        db = json_object(opened, what=_WHAT, max_bytes=MAX_BYTES)
    db = members(db, f"the content of the {_WHAT}")
    if db.get("version") not in (1, 2, 3):
        raise _bad("its content is not of version 1, 2 or 3")
    return gathered(objects(db.get("entries"), _WHAT), _account, what=_WHAT)


def write(accounts: Sequence[Account], *, passphrase: Secret | None = None) -> bytes:
    """Return a vault, encrypted where there is a passphrase.

    Raises:
        InvalidInput: an account that Aegis cannot keep ("otp.export").
        PassphraseNeeded: the passphrase is empty.
    """
    require_all(accounts, to="Aegis", reason=_reason)
    db = {
        "version": 3,
        "entries": [_entry(account) for account in accounts],
        "groups": [],
        "icons_optimized": True,
    }
    if passphrase is None:
        return _vault({"slots": None, "params": None}, db)
    if not passphrase:
        raise PassphraseNeeded("the passphrase is empty", code="otp.passphrase")
    master, nonce = os.urandom(KEY_BYTES), os.urandom(NONCE_BYTES)
    sealed, tag = close(compact_json(db), key=master, nonce=nonce)
    header = {
        "slots": [_slot(master, passphrase.reveal())],
        "params": {"nonce": nonce.hex(), "tag": tag.hex()},
    }
    return _vault(header, base64.b64encode(sealed).decode())


def _vault(header: dict[str, Any], db: object) -> bytes:
    return json.dumps({"version": 1, "header": header, "db": db}, indent=4).encode() + b"\n"


# --- entries ------------------------------------------------------------------------------------


def _account(entry: Mapping[str, Any]) -> tuple[Account, tuple[str, ...]]:
    sort = kind(text(entry, "type"))
    info = members(entry.get("info"), "its info")
    secret, warnings = read_secret(text(info, "secret"))
    account = Account(
        secret,
        kind=sort,
        issuer=text(entry, "issuer", ""),
        name=text(entry, "name", ""),
        algorithm=algorithm(text(info, "algo")),
        digits=number(info, "digits"),
        period_seconds=30 if sort == "hotp" else number(info, "period"),
        counter=number(info, "counter") if sort == "hotp" else 0,
    )
    return account, warnings


def _entry(account: Account) -> dict[str, Any]:
    info: dict[str, Any] = {
        "secret": write_secret(account.secret),
        "algo": account.algorithm,
        "digits": account.digits,
    }
    if account.kind == "hotp":
        info["counter"] = account.counter
    else:
        info["period"] = account.period_seconds
    return {
        "type": account.kind,
        "uuid": str(uuid.uuid4()),
        "name": account.name,
        "issuer": account.issuer,
        "note": "",
        "favorite": False,
        "icon": None,
        "info": info,
        "groups": [],
    }


def _reason(account: Account) -> str | None:
    if account.kind == "steam" and account.algorithm != "SHA1":
        return "it keeps Steam with SHA1 alone"
    if account.kind != "hotp" and account.period_seconds > _MAX_PERIOD_SECONDS:
        return f"it keeps periods of up to {_MAX_PERIOD_SECONDS} seconds"
    if account.counter > _MAX_COUNTER:
        return "it keeps counters up to 2^63 - 1"
    return None


# --- encryption ---------------------------------------------------------------------------------


def _opened(header: Mapping[str, Any], db: str, passphrase: Callable[[], Secret] | None) -> bytes:
    """Return the content of an encrypted vault."""
    params = members(header.get("params"), f"the params of the {_WHAT}")
    sealed = _base64(db) + _hex(params, "tag")
    slots = [
        slot
        for slot in objects(header.get("slots"), f"the slots of the {_WHAT}")
        if slot.get("type") == _PASSPHRASE_SLOT
    ]
    if not slots:
        raise _bad("it has no slot for a passphrase, so it opens on the phone alone")
    if len(slots) > _MAX_SLOTS:
        raise _bad(f"it has over {_MAX_SLOTS} slots for passphrases")
    costs = [_cost(slot) for slot in slots]
    require_work(costs, what=_WHAT)
    given = asked(passphrase, what=_WHAT)
    for slot, cost in zip(slots, costs, strict=True):
        master = _master(slot, cost, given)
        if master is not None:
            opened = open_sealed(sealed, key=master, nonce=_hex(params, "nonce"))
            if opened is None:
                raise _bad("its content was changed, or cut")
            return opened
    raise wrong_passphrase(_WHAT)


def _master(slot: Mapping[str, Any], cost: Cost, passphrase: bytes) -> bytes | None:
    """Return the master key; None where the passphrase is not this slot's."""
    params = members(slot.get("key_params"), f"a slot of the {_WHAT}")
    salt = _hex(slot, "salt")
    if len(salt) > _MAX_SALT_BYTES:
        raise _bad("a slot has a longer salt than any app makes")
    key = scrypt_key(passphrase, salt=salt, cost=cost)
    return open_sealed(
        _hex(slot, "key") + _hex(params, "tag"), key=key, nonce=_hex(params, "nonce")
    )


def _slot(master: bytes, passphrase: bytes) -> dict[str, Any]:
    salt, nonce = os.urandom(32), os.urandom(NONCE_BYTES)
    key, tag = close(master, key=scrypt_key(passphrase, salt=salt, cost=_COST), nonce=nonce)
    return {
        "type": _PASSPHRASE_SLOT,
        "uuid": str(uuid.uuid4()),
        "key": key.hex(),
        "key_params": {"nonce": nonce.hex(), "tag": tag.hex()},
        **_COST._asdict(),
        "salt": salt.hex(),
        # Slots of old versions hashed long passphrases wrongly; this one does not.
        "repaired": True,
        "is_backup": False,
    }


def _cost(slot: Mapping[str, Any]) -> Cost:
    try:
        return Cost(number(slot, "n"), number(slot, "r"), number(slot, "p"))
    except InvalidInput as error:
        raise _bad(f"of a slot: {error.message}") from None


def _hex(entry: Mapping[str, Any], name: str) -> bytes:
    value = entry.get(name)
    if isinstance(value, str):
        try:
            return binascii.unhexlify(value)
        except ValueError:
            pass
    raise _bad(f"its {name} is not hexadecimal")


def _base64(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        raise _bad("its content is not base64") from None


def _bad(why: str) -> InvalidInput:
    return InvalidInput(f"this is no {_WHAT} that can be read: {why}", code="otp.import")
