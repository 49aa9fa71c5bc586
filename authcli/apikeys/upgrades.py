"""Upgrades: a key's stored digest is made anew when the key is at hand, at its use.

Only then can it be: the store holds no keys. It is due where a key was imported with somebody
else's digest, and where its digest is under an older pepper (`store rekey --pepper`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from authcli.apikeys.digests import digest, upgraded_lookup
from authcli.apikeys.model import Brief
from authcli.apikeys.repository import ApiKeyRepository
from authcli.apikeys.text import display_id
from authcli.errors import AuthError

__all__ = ["Upgrade", "upgrade"]


class Upgrade(NamedTuple):
    """A key to upgrade: its row as it was read, and its text, which was found genuine."""

    row: Brief
    text: str
    imported: bool


def upgrade(keys: ApiKeyRepository, upgrades: Iterable[Upgrade]) -> bool:
    """Write new digests, in one change with an event for each; return whether it was done.

    It raises nothing of the store's: a key is as genuine with its old digest, and the next use
    comes. A row that changed since it was read is left as it is.
    """
    if keys.read_only:
        return False
    try:
        with keys.change() as journal:
            pepper_id = keys.peppers.active_id
            pepper = keys.peppers.key(pepper_id)
            for row, text, imported in upgrades:
                now = keys.probe(row.id)
                if now is None or now.secret_hash != row.secret_hash:
                    continue
                if now.pepper_id == pepper_id:  # who asked knew only the pepper before
                    continue
                columns: dict[str, object] = {
                    "secret_hash": digest(text, pepper),
                    "hash_alg": "hmac-sha256",
                    "pepper_id": pepper_id,
                }
                if imported:
                    columns["lookup"] = upgraded_lookup(text, pepper)
                keys.put(row.id, columns, where_null=())
                journal.record(
                    "apikey.upgraded",
                    target=("apikey", display_id(row.id)),
                    detail={"from": row.hash_alg, "pepper_id": pepper_id},
                    secret=text,
                )
    except AuthError:
        return False
    return True
