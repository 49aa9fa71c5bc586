"""How a passphrase becomes a key that seals: scrypt or Argon2id, each at a bounded cost.

Source: RFC 7914; RFC 9106, section 4; OWASP Password Storage Cheat Sheet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import NamedTuple

from authcli.errors import Unavailable

__all__ = ["KDFS", "Cost", "Kdf"]

KEY_BYTES = 32
#: OWASP's first choice for scrypt (N=2^17, r=8, p=1): 128 MiB and a good tenth of a second.
LOG_N, BLOCK_SIZE, PARALLEL = 17, 8, 1
#: RFC 9106, section 4, second choice for Argon2id: 64 MiB, three passes, four lanes.
MEMORY_KIB, PASSES, LANES = 1 << 16, 3, 4
#: What an untrusted header may ask for: at most 1 GiB and eight times the default's work.
MAX_LOG_N, MAX_BLOCK_SIZE, MAX_PARALLEL, MAX_WORK = 20, 32, 16, 1 << 23
MAX_MEMORY_KIB, MAX_PASSES, MAX_LANES, MAX_FILLED_KIB = 1 << 20, 16, 16, 8 * 3 << 16
#: What it must at least: nobody seals for less, so less is an attempt to make guessing cheap.
MIN_LOG_N, MIN_MEMORY_KIB = 14, 1 << 14

Cost = tuple[int, int, int]


class Kdf(NamedTuple):
    """A way to make a key of a passphrase."""

    cost: Callable[[], Cost]
    """Today's."""
    bounded: Callable[[int, int, int], bool]
    """Whether an untrusted text may ask for this much, and asks for enough."""
    derive: Callable[[bytes, bytes, int, int, int], bytes]
    """passphrase, salt, cost -> key."""


def _scrypt(passphrase: bytes, salt: bytes, log_n: int, block_size: int, parallel: int) -> bytes:
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


def _scrypt_bounded(log_n: int, block_size: int, parallel: int) -> bool:
    fits = (
        MIN_LOG_N <= log_n <= MAX_LOG_N
        and 8 <= block_size <= MAX_BLOCK_SIZE
        and 1 <= parallel <= MAX_PARALLEL
    )
    return fits and (1 << log_n) * block_size * parallel <= MAX_WORK


def _argon2id(passphrase: bytes, salt: bytes, memory_kib: int, passes: int, lanes: int) -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    try:
        kdf = Argon2id(
            salt=salt, length=KEY_BYTES, iterations=passes, lanes=lanes, memory_cost=memory_kib
        )
    except UnsupportedAlgorithm:  # OpenSSL before 3.2, or a build without it
        raise Unavailable(
            "the OpenSSL that cryptography was built with has no Argon2id",
            hint="pip install --force-reinstall --only-binary :all: cryptography",
            code="seal.unavailable",
        ) from None
    return kdf.derive(passphrase)


def _argon2id_bounded(memory_kib: int, passes: int, lanes: int) -> bool:
    fits = (
        MIN_MEMORY_KIB <= memory_kib <= MAX_MEMORY_KIB
        and 1 <= passes <= MAX_PASSES
        and 1 <= lanes <= MAX_LANES
    )
    return fits and memory_kib * passes <= MAX_FILLED_KIB


#: Name -> how it makes keys.
KDFS = {
    "scrypt": Kdf(lambda: (LOG_N, BLOCK_SIZE, PARALLEL), _scrypt_bounded, _scrypt),
    "argon2id": Kdf(lambda: (MEMORY_KIB, PASSES, LANES), _argon2id_bounded, _argon2id),
}
