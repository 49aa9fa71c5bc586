"""The least costs, which take a millisecond, and a hash of each scheme that is made."""

from __future__ import annotations

from authcli import passwords
from authcli.passwords.schemes import SCHEMES

COSTS = {
    row.name: {setting.name: setting.low for setting in row.settings}
    for row in SCHEMES.values()
    if row.makes
}
COSTS["argon2id"]["memory_kib"] = 64  # a round number that other programs allow, too
MADE = list(COSTS)


def make(password: str | bytes, scheme: str = "argon2id") -> str:
    """Return a new hash at the least cost."""
    return passwords.hash(password, scheme=scheme, **COSTS[scheme])  # type: ignore[arg-type]
