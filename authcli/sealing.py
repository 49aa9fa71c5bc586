"""Sealing: AES-256-GCM under a key, or under one that a passphrase makes.

    authcli-seal-1.<nonce>.<ciphertext and tag>                              under a key
    authcli-seal-s1.<log2 N>.<r>.<p>.<salt>.<nonce>.<ciphertext and tag>     scrypt
    authcli-seal-a1.<KiB>.<passes>.<lanes>.<salt>.<nonce>.<ciphertext and tag>   Argon2id

Parts are base64url. What stands before the last point, and the context that the caller names (what
the data is, whose it is), are authenticated with it: a sealed text cannot be moved to another
place, nor made cheaper to guess. Nonces are random: one key must not seal more than 2^32 texts.

Source: NIST SP 800-38D; RFC 5116, section 5.2; RFC 7914; RFC 9106.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from authcli.encoding import base64url_decode, base64url_encode
from authcli.errors import InvalidEncoding, InvalidInput, PassphraseNeeded
from authcli.passphrase_kdf import KDFS, Cost
from authcli.secret import Secret

__all__ = [
    "PassphraseKey",
    "new_passphrase_key",
    "passphrase_key_of",
    "seal",
    "seal_with_passphrase",
    "unseal",
    "unseal_with_passphrase",
]

KEY_BYTES, NONCE_BYTES, TAG_BYTES, SALT_BYTES = 32, 12, 16, 16
MAX_SEALED_BYTES = 1 << 26
_BY_KEY = "authcli-seal-1"
#: What a text sealed with a passphrase begins with -> how its key was made.
_BY_PASSPHRASE = {"authcli-seal-s1": "scrypt", "authcli-seal-a1": "argon2id"}


def seal(data: bytes, *, key: bytes, context: str) -> str:
    """Return data sealed under a key.

    Args:
        data: up to 48 MiB.
        key: 32 random bytes.
        context: what it is and whose: "signing-key/<kid>"; the same is needed to open it.

    Raises:
        InvalidInput: the key is not 32 bytes long, or the data is too long.
    """
    return _closed(data, key=key, context=context, header=_BY_KEY)


def unseal(text: str, *, key: bytes, context: str) -> bytes:
    """Return what `seal` was given.

    Raises:
        InvalidInput: not sealed ("seal.malformed"); tampered with, cut, sealed under another key
            or for another context ("seal.rejected").
    """
    header, _, rest = _bounded(text).partition(".")
    if header != _BY_KEY:
        raise _malformed(
            "it is sealed with a passphrase" if header in _BY_PASSPHRASE else "another header"
        )
    opened = _opened(header, rest, key=key, context=context)
    if opened is None:
        raise InvalidInput(
            "the sealed data was changed, or sealed under another key or for another place",
            code="seal.rejected",
        )
    return opened


class PassphraseKey(NamedTuple):
    """A key made of a passphrase; for those who open or seal several times and derive once."""

    header: str
    """How it was made: kind, cost and salt, as a sealed text begins."""
    key: Secret

    def fits(self, text: str) -> bool:
        """Say whether a sealed text was sealed under this key, by its header."""
        return text.strip().startswith(f"{self.header}.")

    def seal(self, data: bytes, *, context: str) -> str:
        """Return data sealed; as `seal_with_passphrase`."""
        return _closed(data, key=self.key.reveal(), context=context, header=self.header)

    def unseal(self, text: str, *, context: str) -> bytes:
        """Return what was sealed; as `unseal_with_passphrase`."""
        text = _bounded(text)
        if not self.fits(text):
            raise _malformed("it is sealed under another key")
        opened = _opened(
            self.header,
            text.removeprefix(f"{self.header}."),
            key=self.key.reveal(),
            context=context,
        )
        if opened is None:
            raise PassphraseNeeded("the passphrase is wrong, or the sealed data was changed")
        return opened


def new_passphrase_key(passphrase: bytes, *, kdf: str = "scrypt") -> PassphraseKey:
    """Return a new key of a passphrase, under a new salt and at today's cost.

    Args:
        passphrase: its bytes; not empty.
        kdf: "scrypt" (128 MiB for each guess) or "argon2id" (64 MiB, three passes).

    Raises:
        PassphraseNeeded: it is empty.
        Unavailable: this system's OpenSSL has no Argon2id ("seal.unavailable").
    """
    if not passphrase:
        raise PassphraseNeeded("the passphrase is empty")
    name = next(name for name, kind in _BY_PASSPHRASE.items() if kind == kdf)
    return _derived_key(passphrase, name, KDFS[kdf].cost(), os.urandom(SALT_BYTES))


def passphrase_key_of(text: str, passphrase: bytes) -> PassphraseKey:
    """Return the key that a passphrase makes for a sealed text; `unseal` tells whether it fits.

    The cost that the text asks for is bounded before anything is computed.

    Raises:
        PassphraseNeeded: the passphrase is empty.
        InvalidInput: not sealed with a passphrase, or at an unreasonable cost ("seal.malformed").
        Unavailable: this system's OpenSSL has no Argon2id ("seal.unavailable").
    """
    parts = _bounded(text).split(".")
    if parts[0] not in _BY_PASSPHRASE or len(parts) != 7:
        raise _malformed(
            "it is sealed under a key" if parts[0] == _BY_KEY else "another header, or cut"
        )
    cost = (_number(parts[1]), _number(parts[2]), _number(parts[3]))
    if not KDFS[_BY_PASSPHRASE[parts[0]]].bounded(*cost):
        raise _malformed("it asks for an unreasonable amount of work")
    salt = _bytes(parts[4], "salt")
    if len(salt) != SALT_BYTES:
        raise _malformed("its salt is of another length")
    return _derived_key(passphrase, parts[0], cost, salt)


def seal_with_passphrase(
    data: bytes, *, passphrase: bytes, context: str, kdf: str = "scrypt"
) -> str:
    """Return data sealed under a passphrase, at today's cost.

    Args:
        data: up to 48 MiB.
        passphrase: its bytes; not empty.
        context: as of `seal`.
        kdf: as of `new_passphrase_key`.

    Raises:
        PassphraseNeeded, Unavailable: as of `new_passphrase_key`.
    """
    return new_passphrase_key(passphrase, kdf=kdf).seal(data, context=context)


def unseal_with_passphrase(text: str, *, passphrase: bytes, context: str) -> bytes:
    """Return what `seal_with_passphrase` was given, whatever it was sealed with.

    Raises:
        PassphraseNeeded: a wrong passphrase, or the text was changed: which of them, nobody can
            tell.
        InvalidInput, Unavailable: as of `passphrase_key_of`.
    """
    return passphrase_key_of(text, passphrase).unseal(text, context=context)


def _closed(data: bytes, *, key: bytes, context: str, header: str) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    _require_key(key)
    if len(data) > MAX_SEALED_BYTES * 3 // 4:
        raise InvalidInput("the data is too long to be sealed", code="seal.malformed")
    nonce = os.urandom(NONCE_BYTES)
    header = f"{header}.{base64url_encode(nonce)}"
    sealed = AESGCM(key).encrypt(nonce, data, _authenticated(header, context))
    return f"{header}.{base64url_encode(sealed)}"


def _opened(header: str, rest: str, *, key: bytes, context: str) -> bytes | None:
    """Return the data; None where the tag does not agree."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    _require_key(key)
    nonce_text, _, sealed_text = rest.partition(".")
    nonce, sealed = _bytes(nonce_text, "nonce"), _bytes(sealed_text, "ciphertext")
    if len(nonce) != NONCE_BYTES or len(sealed) < TAG_BYTES:
        raise _malformed("it was cut")
    try:
        authenticated = _authenticated(f"{header}.{nonce_text}", context)
        return AESGCM(key).decrypt(nonce, sealed, authenticated)
    except InvalidTag:
        return None


def _authenticated(header: str, context: str) -> bytes:
    """Return the associated data: a header holds no blank, so that it ends at the first one."""
    return f"{header} {context}".encode()


def _derived_key(passphrase: bytes, name: str, cost: Cost, salt: bytes) -> PassphraseKey:
    header = ".".join([name, *map(str, cost), base64url_encode(salt)])
    key = KDFS[_BY_PASSPHRASE[name]].derive(passphrase, salt, *cost)
    return PassphraseKey(header, Secret(key))


def _require_key(key: bytes) -> None:
    if len(key) != KEY_BYTES:
        raise InvalidInput(
            f"a sealing key is {KEY_BYTES} bytes long, not {len(key)}", code="seal.key"
        )


def _number(text: str) -> int:
    """Return a small number in its one spelling."""
    if not (text.isascii() and text.isdigit() and len(text) <= 7 and str(int(text)) == text):
        raise _malformed("its cost is no number")
    return int(text)


def _bytes(text: str, what: str) -> bytes:
    try:
        return base64url_decode(text, what=what)
    except InvalidEncoding as error:
        raise _malformed(error.message) from None


def _bounded(text: str) -> str:
    text = text.strip()
    if len(text) > 2 * MAX_SEALED_BYTES:
        raise _malformed("it is too long")
    return text


def _malformed(why: str) -> InvalidInput:
    return InvalidInput(f"this is not sealed data that can be opened: {why}", code="seal.malformed")
