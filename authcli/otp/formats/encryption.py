"""AES-256-GCM under a passphrase's key, as the apps do it.

An export says itself what guessing its passphrase costs. That is bounded before anything is
computed, so that none keeps a machine busy for longer than about two seconds.

Source: NIST SP 800-38D; RFC 7914 (scrypt); RFC 8018, section 5.2 (PBKDF2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import NamedTuple

from authcli.errors import InvalidInput, PassphraseNeeded
from authcli.secret import Secret

__all__ = ["Cost", "asked", "close", "open_sealed", "pbkdf2_key", "require_work", "scrypt_key"]

KEY_BYTES, NONCE_BYTES, TAG_BYTES = 32, 12, 16
#: N * r * p over all that one passphrase is tried on: sixteen times Aegis' own cost.
MAX_SCRYPT_WORK = 1 << 22
#: Of memory, in units of 128 bytes: 256 MiB.
MAX_SCRYPT_BLOCKS = 1 << 21
MAX_ITERATIONS = 1_000_000


class Cost(NamedTuple):
    """What scrypt is to do."""

    n: int
    r: int
    p: int


def asked(passphrase: Callable[[], Secret] | None, *, what: str) -> bytes:
    """Return the bytes of the passphrase that an encrypted export wants.

    Raises:
        PassphraseNeeded: there is nobody to ask, or it is empty.
    """
    given = passphrase() if passphrase is not None else None
    if not given:
        raise PassphraseNeeded(
            f"the {what} is encrypted, and needs its passphrase",
            hint="authcli totp import FILE --passphrase env:NAME",
            code="otp.passphrase",
        )
    return given.reveal()


def wrong_passphrase(what: str) -> PassphraseNeeded:
    """Return the error of a passphrase that does not open an export."""
    return PassphraseNeeded(
        f"the passphrase does not open the {what}, or the file was changed", code="otp.passphrase"
    )


def require_work(costs: list[Cost], *, what: str) -> None:
    """Refuse costs that no app asks for.

    Raises:
        InvalidInput: one cannot be computed, or all of them together take too long ("otp.import").
    """
    for n, r, p in costs:
        # N is a power of two, below 2^(128 * r / 8): RFC 7914, section 2.
        possible = n > 1 and not n & (n - 1) and r >= 1 and p >= 1 and n.bit_length() - 1 < 16 * r
        if not possible or n * r > MAX_SCRYPT_BLOCKS:
            raise _unreasonable(what)
    if sum(n * r * p for n, r, p in costs) > MAX_SCRYPT_WORK:
        raise _unreasonable(what)


def scrypt_key(passphrase: bytes, *, salt: bytes, cost: Cost) -> bytes:
    """Return the key that scrypt makes of a passphrase; `require_work` comes first."""
    return hashlib.scrypt(
        passphrase,
        salt=salt,
        n=cost.n,
        r=cost.r,
        p=cost.p,
        dklen=KEY_BYTES,
        # What OpenSSL counts, which is a little more than 128 * N * r.
        maxmem=128 * cost.r * (cost.n + cost.p + 2) + (1 << 20),
    )


def pbkdf2_key(
    passphrase: bytes, *, hash_name: str, salt: bytes, iterations: int, what: str
) -> bytes:
    """Return the key that PBKDF2 makes of a passphrase.

    Raises:
        InvalidInput: too many iterations, or none ("otp.import").
    """
    if not 1 <= iterations <= MAX_ITERATIONS:
        raise _unreasonable(what)
    return hashlib.pbkdf2_hmac(hash_name, passphrase, salt, iterations, dklen=KEY_BYTES)


def open_sealed(sealed: bytes, *, key: bytes, nonce: bytes) -> bytes | None:
    """Return what was sealed, the tag at its end; None where the tag does not agree."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(nonce) != NONCE_BYTES or len(sealed) < TAG_BYTES or len(key) != KEY_BYTES:
        return None
    try:
        return AESGCM(key).decrypt(nonce, sealed, None)
    except InvalidTag:
        return None


def close(data: bytes, *, key: bytes, nonce: bytes) -> tuple[bytes, bytes]:
    """Return ciphertext and tag."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    sealed = AESGCM(key).encrypt(nonce, data, None)
    return sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]


def _unreasonable(what: str) -> InvalidInput:
    return InvalidInput(
        f"the {what} asks for an unreasonable amount of work before it opens", code="otp.import"
    )
