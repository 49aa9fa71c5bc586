"""Digests: what of a key is stored, and the forms by which an imported one is found.

A key has 256 random bits, so one keyed hash is as good as a slow one: it cannot be guessed. The
pepper, kept outside the database, makes a copy of the database worthless for trying guesses and
for planting rows.

A key of ours names its row. The text of an imported one does not; its row has a `lookup` instead:

    sha256:<hex>     SHA-256 of the whole key (unkey, plain lists)
    drf:<prefix>     the eight characters before its "." (djangorestframework-api-key)
    hmac:<hex>       after its first use: HMAC-SHA-256 under the pepper, of a label and the key
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import _Hash as HASH

__all__ = [
    "DRF_PREFIX_WIDTH",
    "digest",
    "digest_by",
    "import_lookup_drf",
    "import_lookup_sha256",
    "lookups",
    "upgraded_lookup",
]

DRF_PREFIX_WIDTH = 8
_LOOKUP_LABEL = b"authcli-apikey-lookup\x00"


def digest(text: str, pepper: bytes) -> str:
    """Return what is stored of a key: HMAC-SHA-256 of its whole text under a pepper, in hex."""
    begun, ended = _halves(pepper)
    inner, outer = begun.copy(), ended.copy()
    inner.update(text.encode())
    outer.update(inner.digest())
    return outer.hexdigest()


def digest_by(hash_alg: str, text: str, pepper: bytes) -> str:
    """Return the digest that a row of this `hash_alg` holds, in hex.

    Args:
        hash_alg: "hmac-sha256"; of imported keys "sha256" or "sha512", without the pepper.
        text: the whole key.
        pepper: used by "hmac-sha256" alone.
    """
    if hash_alg == "hmac-sha256":
        return digest(text, pepper)
    return hashlib.new(hash_alg, text.encode("utf-8", "surrogatepass")).hexdigest()


def import_lookup_sha256(hexdigest: str) -> str:
    """Return the `lookup` of a key of which the SHA-256 of its whole text is known, in hex."""
    return f"sha256:{hexdigest.lower()}"


def import_lookup_drf(prefix: str) -> str:
    """Return the `lookup` of a key of djangorestframework-api-key, from its public prefix."""
    return f"drf:{prefix}"


def upgraded_lookup(text: str, pepper: bytes) -> str:
    """Return the `lookup` that an imported key has from its first use on."""
    label = _LOOKUP_LABEL + text.encode("utf-8", "surrogatepass")
    return f"hmac:{hmac.digest(pepper, label, 'sha256').hex()}"


def lookups(text: str, peppers: Iterable[bytes]) -> list[str]:
    """Return all forms that the `lookup` of this key may have, the likeliest first.

    Args:
        text: the whole key, as it was shown.
        peppers: the active one, and those that older rows were made with.
    """
    found = [upgraded_lookup(text, pepper) for pepper in peppers]
    whole = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    found.append(import_lookup_sha256(whole))
    if text[DRF_PREFIX_WIDTH : DRF_PREFIX_WIDTH + 1] == ".":
        found.append(import_lookup_drf(text[:DRF_PREFIX_WIDTH]))
    return found


@lru_cache(maxsize=8)
def _halves(pepper: bytes) -> tuple[HASH, HASH]:
    """Return HMAC-SHA-256's two hashes with the key in them (RFC 2104, sections 2 and 4).

    To go on from there takes a third of the time that `hmac.digest` does.
    """
    key = hashlib.sha256(pepper).digest() if len(pepper) > _BLOCK else pepper
    key = key.ljust(_BLOCK, b"\x00")
    return hashlib.sha256(key.translate(_INNER)), hashlib.sha256(key.translate(_OUTER))


_BLOCK = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))
