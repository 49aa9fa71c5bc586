"""Names for accounts: of issuer and account, such that shells and TAB take them as they are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from authcli.otp import Account

__all__ = ["derived_name", "free_name"]

#: The keychain takes 64; the rest is for a number, up to "-1000", that tells names apart.
MAX_NAME = 59
_MAX_READ = 200
_MAX_ISSUER = 24


def derived_name(account: Account, *, prefix: str = "") -> str:
    """Return the name that an account is saved under: "github-alice@example.com".

    Args:
        account: its issuer and account's name, in any script; what has neither is named by kind.
        prefix: what the name begins with, as it is.
    """
    issuer, name = _plain(account.issuer), _plain(account.name)
    parts = [issuer[:_MAX_ISSUER].rstrip("-._@") if name else issuer, name]
    if issuer == name:
        parts = [issuer]
    text = "-".join(part for part in parts if part) or account.kind
    return f"{prefix}{text}"[:MAX_NAME].rstrip("-._@")


def free_name(name: str, taken: Collection[str]) -> str:
    """Return the name, with the first number that makes it one that is not taken."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free


def _plain(text: str) -> str:
    """Return lower-case ASCII of a text: letters lose their accents, the rest becomes dashes."""
    # Bounded first: normalising takes time that grows with the square of stacked accents.
    bare = unicodedata.normalize("NFKD", text[:_MAX_READ]).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9._@]+", "-", bare.lower()).strip("-._@")
