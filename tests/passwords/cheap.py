"""Costs that take a millisecond, and a hash of each scheme that is made."""

from __future__ import annotations

from authcli import passwords
from authcli.passwords import CostOptions
from authcli.passwords.schemes import SCHEMES

COSTS: dict[str, CostOptions] = {
    "argon2id": {"memory_kib": 64, "iterations": 1, "lanes": 1},
    "bcrypt": {"cost": 4},
    "bcrypt-sha256": {"cost": 4},
    "scrypt": {"log_n": 4},
    "pbkdf2-sha256": {"rounds": 10},
    "pbkdf2-sha512": {"rounds": 10},
    "sha512-crypt": {"rounds": 1000},
    "sha256-crypt": {"rounds": 1000},
}
MADE = [name for name, row in SCHEMES.items() if row.makes]


def make(password: str | bytes, scheme: str = "argon2id") -> str:
    """Return a new hash at the least cost."""
    return passwords.hash(password, scheme=scheme, **COSTS[scheme])
