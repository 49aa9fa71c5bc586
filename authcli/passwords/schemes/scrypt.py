"""scrypt (RFC 7914), on hashlib.

$scrypt$ln=17,r=8,p=1$<salt>$<digest>           libpass
$7$<log N><r 5><p 5><salt>$<digest>             crypt(3) and libsodium, the salt as text
scrypt$<salt>$16384$8$5$<digest>                Django, the salt as text
scrypt:32768:8:1$<salt>$<hex digest>            werkzeug (Flask), likewise
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from authcli.errors import Unavailable
from authcli.passwords.model import Hash, Work
from authcli.passwords.schemes.base64s import (
    CRYPT_ALPHABET,
    decode,
    decode_crypt,
    decode_padded,
    encode,
    malformed,
)

__all__ = ["PREFIXES", "make", "matches", "parse", "work"]

PREFIXES: tuple[str, ...] = ("$scrypt$", "$7$", "scrypt$", "scrypt:")

_N = r"([1-9][0-9]{0,9})"
_CRYPT = rf"\$scrypt\$ln={_N},r={_N},p={_N}\$([A-Za-z0-9+/]*)\$([A-Za-z0-9+/]+)"
_CRYPT_3 = r"\$7\$([./0-9A-Za-z])([./0-9A-Za-z]{5})([./0-9A-Za-z]{5})([^$]*)\$([./0-9A-Za-z]{43})"
_DJANGO = rf"scrypt\$([^$]+)\${_N}\${_N}\${_N}\$([A-Za-z0-9+/]+=*)"
_WERKZEUG = rf"scrypt:{_N}:{_N}:{_N}\$([^$]+)\$([0-9a-f]+)"
_LEAST_DIGEST_BYTES = 12
_SECONDS = 7e-7
#: PBKDF2 before and after, of which many lanes over little memory are most.
_SECONDS_AROUND = 4e-6


def parse(text: str) -> Hash:
    """Return what a scrypt hash says; raises `HashMalformed`."""
    if found := re.fullmatch(_CRYPT, text):
        log_n, r, p = (int(number) for number in found.groups()[:3])
        salt = decode(found[4], scheme="scrypt", what="salt")
        digest, form = decode(found[5], scheme="scrypt", what="digest"), "crypt"
    elif found := re.fullmatch(_CRYPT_3, text):
        log_n, r, p = (_number(field) for field in found.groups()[:3])
        salt, form = found[4].encode(), "crypt-7"
        digest = decode_crypt(found[5], scheme="scrypt", what="digest")
    elif found := re.fullmatch(_DJANGO, text):
        log_n, r, p = _log2(int(found[2])), int(found[3]), int(found[4])
        salt, form = found[1].encode(), "django"
        digest = decode_padded(found[5], scheme="scrypt", what="digest")
    elif (found := re.fullmatch(_WERKZEUG, text)) and len(found[5]) % 2 == 0:
        log_n, r, p = _log2(int(found[1])), int(found[2]), int(found[3])
        salt, digest, form = found[4].encode(), bytes.fromhex(found[5]), "werkzeug"
    else:
        raise malformed("scrypt", "it is not $scrypt$ln=…,r=…,p=…$SALT$DIGEST")
    if not (1 <= log_n <= 31 and 0 < r * p < 1 << 30):
        raise malformed("scrypt", "a cost is beyond what the algorithm allows")
    if len(digest) < _LEAST_DIGEST_BYTES:
        raise malformed("scrypt", "its digest is too short")
    cost = {"log_n": log_n, "block_size": r, "lanes": p}
    return Hash("scrypt", cost, salt, digest, 8 * len(salt), 8 * len(digest), form)


def work(hash: Hash, *, password_bytes: int) -> Work:  # noqa: ARG001  # hashed once
    """Return what verifying takes; lanes run one after the other."""
    n, r, p = 1 << hash.cost["log_n"], hash.cost["block_size"], hash.cost["lanes"]
    return Work((n + p) * r // 8 + 1, r * p * (n * _SECONDS + _SECONDS_AROUND))


def matches(hash: Hash, password: bytes) -> bool:
    """Tell whether the password has this hash."""
    import hmac

    digest = _digest(password, hash.salt, hash.cost, len(hash.digest))
    return hmac.compare_digest(digest, hash.digest)


def make(password: bytes, *, scheme: str, cost: Mapping[str, int]) -> str:
    """Return a new hash as libpass writes it: 128 bits of salt, 256 of digest."""
    salt = os.urandom(16)
    digest = _digest(password, salt, cost, 32)
    return (
        f"${scheme}$ln={cost['log_n']},r={cost['block_size']},p={cost['lanes']}"
        f"${encode(salt)}${encode(digest)}"
    )


def _digest(password: bytes, salt: bytes, cost: Mapping[str, int], size: int) -> bytes:
    import hashlib

    n, r, p = 1 << cost["log_n"], cost["block_size"], cost["lanes"]
    try:
        # OpenSSL's own count of the memory: the table, the blocks, and a little.
        room = 128 * r * (n + p + 2) + (1 << 16)
        return hashlib.scrypt(password, salt=salt, n=n, r=r, p=p, maxmem=room, dklen=size)
    except (MemoryError, ValueError, OverflowError):
        # The parameters are checked: what is left is memory.
        raise Unavailable(
            f"scrypt could not have {128 * r * n >> 20} MiB of memory",
            hint="a smaller --log-n, or a machine with more",
            code="password.memory",
        ) from None


def _number(text: str) -> int:
    """Return a number in crypt(3)'s base64, the low bits first."""
    return sum(CRYPT_ALPHABET.index(letter) << 6 * place for place, letter in enumerate(text))


def _log2(n: int) -> int:
    """Return the logarithm of a power of two, 0 for what is none."""
    return n.bit_length() - 1 if n & (n - 1) == 0 else 0
