"""Exports as the apps write them, made here from what their sources say, not by authcli.

The schemas: Aegis docs/vault.md, `Vault` and `VaultEntry`; 2FAS for Android `BackupContent`,
`BackupService`; andOTP `Entry`, `EncryptionHelper`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from authcli import otp
from authcli.secret import Secret

__all__ = [
    "ACCOUNTS",
    "AEGIS",
    "ANDOTP",
    "KEY",
    "TWO_FAS",
    "aegis_sealed",
    "andotp_sealed",
    "opened_aegis",
    "two_fas_sealed",
]

KEY = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
_SECRET = Secret(b"12345678901234567890")

#: What each of the exports below holds.
ACCOUNTS = [
    otp.Account(_SECRET, issuer="Example", name="alice@example.com"),
    otp.Account(_SECRET, "totp", "Bänk", "", "SHA256", 8, 60),
    otp.Account(_SECRET, "hotp", "VPN", "bob", "SHA512", 7, counter=41),
    otp.Account(_SECRET, "steam", "Steam", "carol", digits=5),
]

AEGIS: dict[str, Any] = {
    "version": 1,
    "header": {"slots": None, "params": None},
    "db": {
        "version": 3,
        "entries": [
            {
                "type": "totp",
                "uuid": "9a2f0e5c-54c5-4f5c-8b6f-0f6b4f1a2a01",
                "name": "alice@example.com",
                "issuer": "Example",
                "note": "",
                "favorite": True,
                "icon": "aWNvbg==",
                "icon_mime": "image/png",
                "icon_hash": "00",
                "info": {"secret": KEY, "algo": "SHA1", "digits": 6, "period": 30},
                "groups": ["9a2f0e5c-54c5-4f5c-8b6f-0f6b4f1a2aff"],
            },
            {
                "type": "totp",
                "uuid": "9a2f0e5c-54c5-4f5c-8b6f-0f6b4f1a2a02",
                "name": "",
                "issuer": "Bänk",
                "icon": None,
                "info": {"secret": KEY, "algo": "SHA256", "digits": 8, "period": 60},
            },
            {
                "type": "hotp",
                "uuid": "9a2f0e5c-54c5-4f5c-8b6f-0f6b4f1a2a03",
                "name": "bob",
                "issuer": "VPN",
                "group": None,
                "icon": None,
                "info": {"secret": KEY, "algo": "SHA512", "digits": 7, "counter": 41},
            },
            {
                "type": "steam",
                "uuid": "9a2f0e5c-54c5-4f5c-8b6f-0f6b4f1a2a04",
                "name": "carol",
                "issuer": "Steam",
                "icon": None,
                "info": {"secret": KEY, "algo": "SHA1", "digits": 5, "period": 30},
            },
        ],
        "groups": [{"uuid": "9a2f0e5c-54c5-4f5c-8b6f-0f6b4f1a2aff", "name": "Work"}],
    },
}

TWO_FAS: dict[str, Any] = {
    "services": [
        {
            "name": "Example",
            "secret": KEY,
            "updatedAt": 1702934567518,
            "serviceTypeID": "00000000-0000-0000-0000-000000000001",
            "otp": {
                "link": f"otpauth://totp/Example:alice%40example.com?secret={KEY}",
                "label": "alice@example.com",
                "account": "alice@example.com",
                "issuer": "Example",
                "digits": 6,
                "period": 30,
                "algorithm": "SHA1",
                "tokenType": "TOTP",
                "source": "Link",
            },
            "order": {"position": 0},
            "icon": {"selected": "IconCollection", "iconCollection": {"id": "a"}},
        },
        {
            # Typed in by hand: the name alone says whose it is.
            "name": "Bänk",
            "secret": KEY,
            "updatedAt": 1702934567518,
            "otp": {
                "digits": 8,
                "period": 60,
                "algorithm": "SHA256",
                "tokenType": "TOTP",
                "source": "Manual",
            },
            "order": {"position": 1},
        },
        {
            "name": "VPN",
            "secret": KEY,
            "updatedAt": 1702934567518,
            "otp": {
                "account": "bob",
                "issuer": "VPN",
                "digits": 7,
                "algorithm": "SHA512",
                "counter": 41,
                "tokenType": "HOTP",
                "source": "Link",
            },
            "order": {"position": 2},
        },
        {
            "name": "Steam",
            "secret": KEY,
            "updatedAt": 1702934567518,
            "otp": {
                "label": "carol",
                "account": None,
                "issuer": "Steam",
                "digits": None,
                "period": None,
                "algorithm": None,
                "tokenType": "STEAM",
                "source": "Link",
            },
            "order": {"position": 3},
        },
    ],
    "groups": [],
    "updatedAt": 1702934732299,
    "schemaVersion": 4,
    "appVersionCode": 5000009,
    "appVersionName": "5.1.0",
    "appOrigin": "android",
}

_SHOWN = {"thumbnail": "Default", "last_used": 1608146844162, "used_frequency": 0, "tags": []}

ANDOTP: list[dict[str, Any]] = [
    {
        "secret": KEY,
        "issuer": "Example",
        "label": "alice@example.com",
        "digits": 6,
        "type": "TOTP",
        "algorithm": "SHA1",
        "period": 30,
        **_SHOWN,
    },
    {
        "secret": KEY + "======",
        "issuer": "Bänk",
        "label": "",
        "digits": 8,
        "type": "TOTP",
        "algorithm": "SHA256",
        "period": 60,
        **_SHOWN,
    },
    # As versions wrote it that did not keep the issuer apart.
    {
        "secret": KEY,
        "label": "VPN - bob",
        "digits": 7,
        "type": "HOTP",
        "algorithm": "SHA512",
        "counter": 41,
        **_SHOWN,
    },
    {
        "secret": KEY,
        "issuer": "Steam",
        "label": "carol",
        "digits": 5,
        "type": "STEAM",
        "algorithm": "SHA1",
        **_SHOWN,
    },
]


def aegis_sealed(passphrase: bytes, **slot: Any) -> dict[str, Any]:
    """Return the vault encrypted: with the slot of a fingerprint, and one of the passphrase.

    Args:
        passphrase: what opens it.
        slot: other members of its slot.
    """
    vault: dict[str, Any] = json.loads(_aegis_sealed(passphrase))
    vault["header"]["slots"][1] |= slot
    return vault


@cache
def _aegis_sealed(passphrase: bytes) -> str:
    master, nonce = os.urandom(32), os.urandom(12)
    content = AESGCM(master).encrypt(nonce, json.dumps(AEGIS["db"]).encode(), None)
    salt = os.urandom(32)
    key = Scrypt(salt=salt, length=32, n=1 << 15, r=8, p=1).derive(passphrase)
    fingerprint = _slot(2, master, os.urandom(32))
    cost = {"n": 1 << 15, "r": 8, "p": 1, "salt": salt.hex()}
    vault = {
        "version": 1,
        "header": {
            "slots": [fingerprint, _slot(1, master, key) | cost | {"repaired": True}],
            "params": {"nonce": nonce.hex(), "tag": content[-16:].hex()},
        },
        "db": base64.b64encode(content[:-16]).decode(),
    }
    return json.dumps(vault)


def _slot(kind: int, master: bytes, key: bytes) -> dict[str, Any]:
    nonce = os.urandom(12)
    sealed = AESGCM(key).encrypt(nonce, master, None)
    return {
        "type": kind,
        "uuid": "9a2f0e5c-54c5-4f5c-8b6f-0f6b4f1a2aee",
        "key": sealed[:-16].hex(),
        "key_params": {"nonce": nonce.hex(), "tag": sealed[-16:].hex()},
    }


def opened_aegis(vault: dict[str, Any], passphrase: bytes) -> dict[str, Any]:
    """Return the content of a vault, as Aegis' document says that it is opened."""
    (slot,) = vault["header"]["slots"]
    assert slot["type"] == 1
    salt = bytes.fromhex(slot["salt"])
    key = Scrypt(salt=salt, length=32, n=slot["n"], r=slot["r"], p=slot["p"]).derive(passphrase)
    master = AESGCM(key).decrypt(
        bytes.fromhex(slot["key_params"]["nonce"]),
        bytes.fromhex(slot["key"] + slot["key_params"]["tag"]),
        None,
    )
    params = vault["header"]["params"]
    sealed = base64.b64decode(vault["db"]) + bytes.fromhex(params["tag"])
    opened: dict[str, Any] = json.loads(
        AESGCM(master).decrypt(bytes.fromhex(params["nonce"]), sealed, None)
    )
    return opened


def two_fas_sealed(passphrase: bytes) -> dict[str, Any]:
    """Return the backup encrypted."""
    salt, nonce = os.urandom(256), os.urandom(12)
    key = hashlib.pbkdf2_hmac("sha256", passphrase, salt, 10_000, 32)
    sealed = AESGCM(key).encrypt(nonce, json.dumps(TWO_FAS["services"]).encode(), None)
    parts = ":".join(base64.b64encode(part).decode() for part in (sealed, salt, nonce))
    return TWO_FAS | {"services": [], "servicesEncrypted": parts, "reference": "not read"}


def andotp_sealed(passphrase: bytes, iterations: int = 140_000) -> bytes:
    """Return the backup encrypted."""
    salt, nonce = os.urandom(12), os.urandom(12)
    key = hashlib.pbkdf2_hmac("sha1", passphrase, salt, iterations, 32)
    sealed = AESGCM(key).encrypt(nonce, json.dumps(ANDOTP).encode(), None)
    return iterations.to_bytes(4, "big") + salt + nonce + sealed
