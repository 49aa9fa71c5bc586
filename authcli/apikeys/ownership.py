"""Whose key a text is, whatever its state: what is asked of a key that was found or leaked.

A text is a key of this store if its digest is there. Its id and its checksum anybody can write, so
that whoever may show texts to `revoke --key` could otherwise revoke whatever he can name.
"""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING

from authcli.apikeys.digests import digest_by, lookups
from authcli.apikeys.text import may_be_imported, parse
from authcli.errors import ApiKeyRejected

if TYPE_CHECKING:
    from authcli.apikeys.model import Probe
    from authcli.apikeys.repository import ApiKeyRepository

__all__ = ["is_its_text", "known"]


def known(keys: ApiKeyRepository, text: str) -> Probe:
    """Return the row of the key whose text this is.

    Args:
        keys: where they are kept.
        text: the whole key; also an imported one, whose shape is another.

    Raises:
        ApiKeyRejected: no key of this store (`code` "apikey.malformed", "apikey.checksum",
            "apikey.unknown").
    """
    peppers = keys.peppers
    try:
        probe = keys.probe(parse(text).id)
    except ApiKeyRejected as refusal:
        if not may_be_imported(text, refusal):
            raise
        probe = keys.probe_lookup(lookups(text, [peppers.key(key_id) for key_id in peppers.ids]))
        if probe is None:
            raise
    if probe is None or not is_its_text(keys, probe, text):
        raise ApiKeyRejected("the API key is not known", code="apikey.unknown")
    return probe


def is_its_text(keys: ApiKeyRepository, probe: Probe, text: str) -> bool:
    """Return whether a text has the digest that a key's row holds.

    Raises:
        Unavailable: the pepper of that digest is not there.
    """
    pepper = b"" if probe.pepper_id is None else keys.peppers.key(probe.pepper_id)
    return compare_digest(digest_by(probe.hash_alg, text, pepper), probe.secret_hash)
