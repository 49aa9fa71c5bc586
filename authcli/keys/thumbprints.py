"""Thumbprints: the name that a key carries in itself (RFC 7638; RFC 8037; RFC 9278)."""

from __future__ import annotations

import hashlib

from authcli.encoding import base64url_encode, canonical_json
from authcli.errors import InvalidInput
from authcli.keys.model import Key

__all__ = ["thumbprint", "thumbprint_uri"]

#: The hashes by their names in IANA's Named Information registry (RFC 9278, section 4).
_HASHES = {"sha-256": "sha256", "sha-384": "sha384", "sha-512": "sha512"}


def thumbprint(key: Key, *, hash: str = "sha256") -> str:
    """Return the base64url hash of a key's required public members.

    A private key has the thumbprint of its public half. That of a shared secret is a hash of
    the secret: keep it from those who do not hold a secret that could be guessed.

    Args:
        key: any key.
        hash: sha256, sha384 or sha512; "sha-256" is the same.

    Raises:
        InvalidInput: another hash.

    Source: RFC 7638, sections 3 and 7.
    """
    digest = hashlib.new(_HASHES[_hash_name(hash)], canonical_json(_required_members(key)))
    return base64url_encode(digest.digest())


def thumbprint_uri(key: Key, *, hash: str = "sha256") -> str:
    """Return the thumbprint as a URI: "urn:ietf:params:oauth:jwk-thumbprint:sha-256:…".

    Source: RFC 9278, section 3.
    """
    name = _hash_name(hash)
    return f"urn:ietf:params:oauth:jwk-thumbprint:{name}:{thumbprint(key, hash=name)}"


def _required_members(key: Key) -> dict[str, str]:
    """The members that RFC 7638, section 3.2, hashes; AKP adds its `alg`."""
    members = {"kty": key.kty, **key.public_members}
    if key.kty == "AKP" and key.alg is not None:
        members["alg"] = key.alg
    if key.kty == "oct":
        members["k"] = key.private_members["k"].reveal_text()
    return members


def _hash_name(hash: str) -> str:
    name = hash.lower()
    name = name if name in _HASHES else name.replace("sha", "sha-", 1)
    if name not in _HASHES:
        raise InvalidInput(
            f"{ascii(hash)[:40]} is no hash for thumbprints", hint="use sha256, sha384 or sha512"
        )
    return name
