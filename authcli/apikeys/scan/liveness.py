"""Which of the keys that were found are a store's own: by their digests, never by their ids alone.

Anybody can write text with a sound checksum and somebody else's id in it; without the digest it
must neither tell that key's name nor get it revoked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from authcli.apikeys.ownership import is_its_text
from authcli.apikeys.text import KeyText

if TYPE_CHECKING:
    from authcli.apikeys.model import Probe
    from authcli.apikeys.repository import ApiKeyRepository

__all__ = ["genuine"]


def genuine(keys: ApiKeyRepository, found: Sequence[KeyText]) -> list[Probe | None]:
    """Return the row of each key, None for one that is none of this store's.

    Args:
        keys: where they would be kept.
        found: keys of sound shape and checksum.

    Raises:
        Unavailable: the store cannot be read, or a pepper is not there.
    """
    probes = keys.probe_many(list(dict.fromkeys(key.id for key in found)))
    rows = ((key, probes.get(key.id)) for key in found)
    return [probe if probe and is_its_text(keys, probe, key.text) else None for key, probe in rows]
