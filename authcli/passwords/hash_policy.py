"""Which hashes are good enough today, and how new ones are made.

The floors are OWASP's Password Storage Cheat Sheet, with its alternatives of equal strength; so a
hash that another careful tool made an hour ago is not called outdated. bcrypt's is 12, where OWASP
still says 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from authcli.findings import Finding
from authcli.passwords.limits import format_cost
from authcli.passwords.model import Hash
from authcli.passwords.schemes import DEFAULT_SCHEME, SCHEMES

__all__ = ["DEFAULT_HASH_POLICY", "Floors", "HashPolicy", "findings_of"]

#: Costs of which one set has to be reached whole.
Floors: TypeAlias = tuple[Mapping[str, int], ...]

_ARGON2ID: Floors = tuple(
    {"memory_kib": mib * 1024, "iterations": iterations, "lanes": 1}
    for mib, iterations in ((46, 1), (19, 2), (12, 3), (9, 4), (7, 5))
)
_SCRYPT: Floors = tuple(
    {"log_n": log_n, "block_size": 8, "lanes": lanes}
    for log_n, lanes in ((17, 1), (16, 2), (15, 3), (14, 5), (13, 10))
)
#: NIST SP 800-63B wants 32 bits of salt; RFC 9106 and PKCS #5 at least 64.
_SALT_BITS = 64


class HashPolicy(NamedTuple):
    """What new hashes are, and which old ones may stay."""

    scheme: str = DEFAULT_SCHEME
    cost: Mapping[str, int] = {}
    """Of new hashes, where it is not the scheme's default."""
    accept: Mapping[str, Floors] = {
        "argon2id": _ARGON2ID,
        "bcrypt": ({"cost": 12},),
        "bcrypt-sha256": ({"cost": 12},),
        "scrypt": _SCRYPT,
        "pbkdf2-sha256": ({"rounds": 600_000},),
        "pbkdf2-sha512": ({"rounds": 210_000},),
    }


DEFAULT_HASH_POLICY = HashPolicy()


def findings_of(hash: Hash, *, policy: HashPolicy = DEFAULT_HASH_POLICY) -> tuple[Finding, ...]:
    """Return why a hash should be made anew; nothing where it is as the policy wants it."""
    found = []
    scheme, floors = SCHEMES[hash.scheme], policy.accept.get(hash.scheme)
    if scheme.standing == "broken":
        message = f"{hash.scheme} is broken: billions of guesses a second"
        found.append(Finding("password.hash-broken", "error", message, _ANEW))
    elif floors is None:
        message = f"{hash.scheme} is not among the schemes of the policy"
        found.append(Finding("password.hash-outdated", "warning", message, _ANEW))
    elif not any(_reached(hash.cost, floor) for floor in floors):
        message = (
            f"{format_cost(hash.cost)} is less than {format_cost(_nearest(hash.cost, floors))}"
        )
        found.append(Finding("password.hash-weak", "warning", message, _ANEW))
    if hash.salt_bits < _SALT_BITS and scheme.standing != "broken":
        message = f"the salt has {hash.salt_bits} bits, and {_SALT_BITS} are the least"
        found.append(Finding("password.hash-salt", "warning", message, _ANEW))
    if hash.scheme == "des-crypt":
        message = "only the first eight characters of the password count"
        found.append(Finding("password.hash-cuts", "error", message, _ANEW))
    return tuple(found)


_ANEW = "hash the password anew when its owner next shows it: verify --rehash"


def _reached(cost: Mapping[str, int], floor: Mapping[str, int]) -> bool:
    return all(cost.get(name, 0) >= least for name, least in floor.items())


def _nearest(cost: Mapping[str, int], floors: Floors) -> Mapping[str, int]:
    """Return the set of which the hash's own numbers miss least: the one to name."""
    return min(
        floors,
        key=lambda floor: sum(max(0, 1 - cost.get(name, 0) / n) for name, n in floor.items()),
    )
