"""argon2id, argon2i and argon2d (RFC 9106), on argon2-cffi's bindings.

    $argon2id$v=19$m=65536,t=3,p=4$<salt>$<digest>          argon2$argon2id$…  as Django writes it

The text is read here alone, and the algorithm is handed numbers: no second parser can see
something else in it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from authcli.errors import Unavailable
from authcli.passwords.model import Hash, Work
from authcli.passwords.schemes.base64s import decode, encode, malformed

__all__ = ["PREFIXES", "make", "matches", "parse", "work"]

PREFIXES: tuple[str, ...] = ("$argon2", "argon2$argon2")

_SALT_BYTES, _DIGEST_BYTES = 16, 32
#: The algorithm's least is 4, but a digest so short is one that was cut.
_LEAST_DIGEST_BYTES = 12
_LEAST_SALT_BYTES = 8
_VERSION = 19
_TEXT = (
    r"\$argon2(id|i|d)(?:\$v=(16|19))?\$m=([1-9][0-9]{0,9}),t=([1-9][0-9]{0,9}),p=([1-9][0-9]{0,7})"
    r"\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)"
)
#: Filling memory for the first time costs as much again as a pass over it.
_SECONDS_PER_MIB = 0.0012
#: Each quarter of a pass begins a thread a lane: most of the time, of many lanes in little memory.
_SECONDS_PER_THREAD, _QUARTERS = 5e-5, 4


def parse(text: str) -> Hash:
    """Return what an argon2 hash says; raises `HashMalformed`."""
    form = "django" if text.startswith("argon2$") else "crypt"
    found = re.fullmatch(_TEXT, text.removeprefix("argon2"))
    if found is None:
        raise malformed("argon2", "it is not $argon2id$v=19$m=…,t=…,p=…$SALT$DIGEST")
    kind, version, memory, iterations, lanes, salt_text, digest_text = found.groups()
    scheme = f"argon2{kind}"
    salt = decode(salt_text, scheme=scheme, what="salt")
    digest = decode(digest_text, scheme=scheme, what="digest")
    cost = {"memory_kib": int(memory), "iterations": int(iterations), "lanes": int(lanes)}
    if len(salt) < _LEAST_SALT_BYTES or len(digest) < _LEAST_DIGEST_BYTES:
        raise malformed(scheme, "its salt or its digest is too short")
    if cost["memory_kib"] < 8 * cost["lanes"]:
        raise malformed(scheme, f"{lanes} lanes need {8 * cost['lanes']} KiB, and it has {memory}")
    if max(cost.values()) >= 1 << 32 or cost["lanes"] >= 1 << 24:
        raise malformed(scheme, "a cost is beyond what the algorithm allows")
    return Hash(
        scheme, cost, salt, digest, 8 * len(salt), 8 * len(digest), form, f"v={version or 16}"
    )


def work(hash: Hash, *, password_bytes: int) -> Work:  # noqa: ARG001  # a password is one block
    """Return what verifying takes; lanes are not counted as a gain, cores may be busy."""
    memory, iterations, lanes = (hash.cost[name] for name in ("memory_kib", "iterations", "lanes"))
    filling = (memory / 1024) * (iterations + 1) * _SECONDS_PER_MIB
    threads = iterations * _QUARTERS * lanes if lanes > 1 else 0
    return Work(memory, filling + threads * _SECONDS_PER_THREAD, lanes)


def matches(hash: Hash, password: bytes) -> bool:
    """Tell whether the password has this hash."""
    import hmac

    size, version = len(hash.digest), int(hash.variant[2:])
    digest = _digest(password, hash.salt, hash.scheme, hash.cost, size, version)
    return hmac.compare_digest(digest, hash.digest)


def make(password: bytes, *, scheme: str, cost: Mapping[str, int]) -> str:
    """Return a new hash: 128 bits of salt, 256 of digest."""
    salt = os.urandom(_SALT_BYTES)
    digest = _digest(password, salt, scheme, cost, _DIGEST_BYTES, _VERSION)
    return (
        f"${scheme}$v={_VERSION}$m={cost['memory_kib']},t={cost['iterations']},p={cost['lanes']}"
        f"${encode(salt)}${encode(digest)}"
    )


def _digest(
    password: bytes, salt: bytes, scheme: str, cost: Mapping[str, int], size: int, version: int
) -> bytes:
    from argon2 import low_level
    from argon2.exceptions import HashingError

    kind = {"argon2id": low_level.Type.ID, "argon2i": low_level.Type.I}.get(scheme)
    try:
        return low_level.hash_secret_raw(
            password,
            salt,
            cost["iterations"],
            cost["memory_kib"],
            cost["lanes"],
            size,
            kind or low_level.Type.D,
            version,
        )
    except (HashingError, MemoryError):
        # The parameters are checked: what is left is memory and threads.
        raise Unavailable(
            f"argon2 could not have {cost['memory_kib']} KiB of memory and {cost['lanes']} threads",
            hint="a smaller --memory, or a machine with more",
            code="password.memory",
        ) from None
