"""Which names there are and which backend holds each, without a secret: `keychain.names`.

A keyring of the operating system cannot be listed in a way that works everywhere, and a list must
not need a passphrase; so names are kept here, in JSON, owner-only. Losing the file loses no
secret: the encrypted file names its own, and without the list the system's is asked by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from authcli import files
from authcli.clock import LATEST_INSTANT
from authcli.errors import InvalidInput
from authcli.keychain.locking import read_bounded, unwritable
from authcli.keychain.model import (
    BACKENDS,
    Address,
    Entry,
    check_name,
    check_namespace,
    lost,
)

__all__ = ["NAMES", "being_changed", "entry_from", "entry_members", "read_names"]

NAMES = "keychain.names"
MAX_NAMES_BYTES = 1 << 24
_VERSION = 1


def read_names(folder: Path) -> dict[Address, Entry]:
    """Return all names, of every namespace, in the order they were set; of no file, none.

    Raises:
        Unavailable: the file cannot be read, or holds something else ("keychain.damaged").
    """
    data = read_bounded(folder / NAMES, limit=MAX_NAMES_BYTES)
    if data is None:
        return {}
    try:
        document = json.loads(data)
        if document["version"] != _VERSION:
            raise ValueError
        rows = [
            (Address(check_namespace(row["namespace"]), check_name(row["name"])), row)
            for row in document["names"]
        ]
        return {address: entry_from(address.name, row) for address, row in rows}
    except (ValueError, KeyError, TypeError, RecursionError, InvalidInput):
        path = ascii(str(folder / NAMES))[1:-1]
        raise lost(
            f"{path} is damaged, or of a later version",
            hint="put it back from a backup; or remove it: it holds names and no secrets",
        ) from None


@contextmanager
def being_changed(folder: Path, names: Mapping[Address, Entry]) -> Iterator[None]:
    """Write the names, which take effect when the block ends and not where it raises.

    A full disk is noticed before the block: what it changes is changed with its name, or not.

    Raises:
        Unavailable: the folder or the disk refuses.
    """
    rows = [
        {"namespace": address.namespace, "name": address.name, **entry_members(entry)}
        for address, entry in names.items()
    ]
    text = json.dumps({"version": _VERSION, "names": rows}, indent=1) + "\n"
    path = folder / NAMES
    try:
        with files.made_beside(path, force=True) as temporary:
            temporary.write_bytes(text.encode())
            yield
    except OSError as error:
        raise unwritable(path, error) from None


def entry_members(entry: Entry) -> dict[str, object]:
    """Return what is written of an entry beside its name."""
    return {
        "backend": entry.backend,
        "saved_at": entry.saved_at,
        "details": dict(entry.details),
    }


def entry_from(name: str, members: Mapping[str, object]) -> Entry:
    """Return the entry that `entry_members` wrote.

    Raises:
        ValueError: it did not write this.
    """
    backend, saved_at = members.get("backend"), members.get("saved_at")
    details = members.get("details")
    sound = isinstance(details, dict) and all(
        isinstance(key, str) and isinstance(value, str | int) for key, value in details.items()
    )
    if backend not in BACKENDS or type(saved_at) is not int or not sound:
        raise ValueError
    if not 0 <= saved_at <= LATEST_INSTANT:
        raise ValueError
    return Entry(name, str(backend), saved_at, dict(details or {}))  # type: ignore[call-overload]
