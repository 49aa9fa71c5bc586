"""Sealing: AES-256-GCM under a key, or under one that scrypt makes of a passphrase.

    authcli-seal-1.<nonce>.<ciphertext and tag>                       under a key
    authcli-seal-s1.<log2 N>.<r>.<p>.<salt>.<nonce>.<ciphertext and tag>    under a passphrase

Parts are base64url. What stands before the last point, and the context that the caller names (what
the data is, whose it is), are authenticated with it: a sealed text cannot be moved to another
place, nor made cheaper to guess. Nonces are random: one key must not seal more than 2^32 texts.

Source: NIST SP 800-38D; RFC 5116, section 5.2; RFC 7914.
"""

from __future__ import annotations

import hashlib
import os

from authcli.encoding import base64url_decode, base64url_encode
from authcli.errors import InvalidEncoding, InvalidInput, PassphraseNeeded

__all__ = [
    "seal",
    "seal_with_passphrase",
    "unseal",
    "unseal_with_passphrase",
]

KEY_BYTES, NONCE_BYTES, TAG_BYTES, SALT_BYTES = 32, 12, 16, 16
#: OWASP's first choice for scrypt (N=2^17, r=8, p=1): 128 MiB and a good tenth of a second.
LOG_N, BLOCK_SIZE, PARALLEL = 17, 8, 1
#: What an untrusted header may ask for: at most 1 GiB and eight times the default's work.
MAX_LOG_N, MAX_BLOCK_SIZE, MAX_PARALLEL, MAX_WORK = 20, 32, 16, 1 << 23
#: What it must at least: nobody seals for less, so less is an attempt to make guessing cheap.
MIN_LOG_N = 14
MAX_SEALED_BYTES = 1 << 26
_BY_KEY, _BY_PASSPHRASE = "authcli-seal-1", "authcli-seal-s1"


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
            "it is sealed with a passphrase" if header == _BY_PASSPHRASE else "another header"
        )
    opened = _opened(header, rest, key=key, context=context)
    if opened is None:
        raise InvalidInput(
            "the sealed data was changed, or sealed under another key or for another place",
            code="seal.rejected",
        )
    return opened


def seal_with_passphrase(data: bytes, *, passphrase: bytes, context: str) -> str:
    """Return data sealed under a passphrase, at today's cost (128 MiB for each guess).

    Args:
        data: up to 48 MiB.
        passphrase: its bytes; not empty.
        context: as of `seal`.
    """
    if not passphrase:
        raise PassphraseNeeded("the passphrase is empty")
    salt = os.urandom(SALT_BYTES)
    key = _derived(passphrase, salt, LOG_N, BLOCK_SIZE, PARALLEL)
    header = f"{_BY_PASSPHRASE}.{LOG_N}.{BLOCK_SIZE}.{PARALLEL}.{base64url_encode(salt)}"
    return _closed(data, key=key, context=context, header=header)


def unseal_with_passphrase(text: str, *, passphrase: bytes, context: str) -> bytes:
    """Return what `seal_with_passphrase` was given.

    The cost that the text asks for is bounded before anything is computed.

    Raises:
        PassphraseNeeded: a wrong passphrase, or the text was changed: which of them, nobody can
            tell.
        InvalidInput: not sealed with a passphrase, or at an unreasonable cost ("seal.malformed").
    """
    parts = _bounded(text).split(".")
    if parts[0] != _BY_PASSPHRASE or len(parts) != 7:
        raise _malformed(
            "it is sealed under a key" if parts[0] == _BY_KEY else "another header, or cut"
        )
    log_n, block_size, parallel = (_number(part) for part in parts[1:4])
    _require_cost(log_n, block_size, parallel)
    salt = _bytes(parts[4], "salt")
    if len(salt) != SALT_BYTES:
        raise _malformed("its salt is of another length")
    key = _derived(passphrase, salt, log_n, block_size, parallel)
    opened = _opened(".".join(parts[:5]), ".".join(parts[5:]), key=key, context=context)
    if opened is None:
        raise PassphraseNeeded("the passphrase is wrong, or the sealed data was changed")
    return opened


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


def _derived(passphrase: bytes, salt: bytes, log_n: int, block_size: int, parallel: int) -> bytes:
    return hashlib.scrypt(
        passphrase,
        salt=salt,
        n=1 << log_n,
        r=block_size,
        p=parallel,
        dklen=KEY_BYTES,
        # What OpenSSL counts, which is a little more than 128 * N * r.
        maxmem=128 * block_size * ((1 << log_n) + parallel + 2) + (1 << 20),
    )


def _require_cost(log_n: int, block_size: int, parallel: int) -> None:
    fits = (
        MIN_LOG_N <= log_n <= MAX_LOG_N
        and 8 <= block_size <= MAX_BLOCK_SIZE
        and 1 <= parallel <= MAX_PARALLEL
    )
    if not fits or (1 << log_n) * block_size * parallel > MAX_WORK:
        raise _malformed("it asks for an unreasonable amount of work")


def _require_key(key: bytes) -> None:
    if len(key) != KEY_BYTES:
        raise InvalidInput(
            f"a sealing key is {KEY_BYTES} bytes long, not {len(key)}", code="seal.key"
        )


def _number(text: str) -> int:
    """Return a small number in its one spelling."""
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and str(int(text)) == text):
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
