"""Root keys in a file of their own, closed with a passphrase: what makes a backup complete.

The file is one line of text (`authcli.sealing`); inside it is JSON: the store's id, and for each
root its keys as base64url. It opens with the passphrase alone, so it may lie beside the backup.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from authcli.encoding import base64url_decode, base64url_encode, compact_json, json_object
from authcli.errors import InvalidEncoding, InvalidInput
from authcli.roots import KEY_BYTES, ROOTS, FixedSource, RootSource, check_mac

if TYPE_CHECKING:
    from authcli.store.store import Store

__all__ = ["missing_roots", "needed_roots", "opened_roots", "sealed_roots", "with_roots"]

CONTEXT = "authcli/store.roots/1"
MAX_BYTES = 1 << 20


def sealed_roots(store: Store, *, passphrase: bytes) -> bytes:
    """Return the root keys that a store names, sealed.

    Args:
        store: the open store.
        passphrase: not empty.

    Raises:
        Unavailable: a key that the store needs is not held ("root.missing", "root.wrong").
    """
    from authcli.sealing import seal_with_passphrase

    rows = store.database.rows("SELECT root, check_mac FROM root_keys")
    roots: dict[str, list[str]] = {}
    for name in sorted({str(root) for root, _ in rows}):
        store.root_keys(name).check()
        known = {str(mac) for root, mac in rows if root == name}
        held = [key for key in store.roots[name].read() if check_mac(name, key) in known]
        roots[name] = [base64url_encode(key) for key in held]
    data = compact_json({"schema": CONTEXT, "store_id": store.store_id, "roots": roots})
    return seal_with_passphrase(data, passphrase=passphrase, context=CONTEXT).encode() + b"\n"


def opened_roots(data: bytes, *, passphrase: bytes) -> dict[str, list[bytes]]:
    """Return the keys that `sealed_roots` closed: root -> keys, the newest last.

    Raises:
        PassphraseNeeded: a wrong passphrase.
        InvalidInput: not such a file (`code` "seal.malformed", "backup.roots").
    """
    from authcli.sealing import unseal_with_passphrase

    text = data.decode("ascii", "replace")
    opened = unseal_with_passphrase(text, passphrase=passphrase, context=CONTEXT)
    try:
        members = json_object(opened, what="root keys", max_bytes=MAX_BYTES)
        return {
            name: [_key(text) for text in keys]
            for name, keys in members["roots"].items()
            if name in ROOTS
        }
    except (InvalidEncoding, KeyError, TypeError, AttributeError, ValueError):
        raise InvalidInput(
            "the sealed file holds no root keys of a store", code="backup.roots"
        ) from None


def needed_roots(store: Store) -> tuple[str, ...]:
    """Return the roots that a store has keys of, and so a backup of it needs."""
    rows = store.database.rows("SELECT DISTINCT root FROM root_keys WHERE state <> 'retired'")
    return tuple(sorted(str(root) for (root,) in rows))


def missing_roots(store: Store, sources: Mapping[str, RootSource]) -> tuple[str, ...]:
    """Return the roots of which a store names a key that the sources do not hold.

    Args:
        store: the open store, or a backup of one.
        sources: root -> where its keys are held.
    """
    rows = store.database.rows("SELECT root, check_mac FROM root_keys WHERE state <> 'retired'")
    missing = []
    for name in sorted({str(root) for root, _ in rows}):
        held = {check_mac(name, key) for key in sources[name].read()}
        if any(str(mac) not in held for root, mac in rows if root == name):
            missing.append(name)
    return tuple(missing)


def with_roots(
    sources: Mapping[str, RootSource], added: Mapping[str, list[bytes]]
) -> dict[str, RootSource]:
    """Return sources that hold what these hold, and the added keys too."""
    return {
        name: FixedSource(source.name, [*source.read(), *added.get(name, [])])
        for name, source in sources.items()
    }


def _key(text: str) -> bytes:
    key = base64url_decode(text)
    if len(key) != KEY_BYTES:
        raise ValueError
    return key
