"""Private halves: sealed under the KEK, bound to their kid, opened for one signature or many.

AES-GCM says whether what is stored is what we wrote, for this key and no other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from authcli.encoding import compact_json
from authcli.errors import Conflict, InvalidInput, KeyUnusable, Unavailable
from authcli.sealing import seal, unseal
from authcli.signing.repository import Sealed

if TYPE_CHECKING:
    from authcli.keys.model import Key
    from authcli.signing.model import SigningKey
    from authcli.signing.repository import SigningRepository

__all__ = ["close", "opened", "public_key", "resealed"]


def close(repository: SigningRepository, key: Key, *, kid: str) -> Sealed:
    """Return a private key sealed under the active KEK.

    Args:
        repository: the store's keys, which knows its KEKs.
        key: a private key.
        kid: its thumbprint, to which what is sealed is bound.

    Raises:
        Unavailable: the KEK is not held ("root.missing", "root.wrong").
    """
    from authcli.keys.writer import to_jwk

    kek_id, kek = repository.active_kek()
    jwk = compact_json(to_jwk(key, private=True))
    return Sealed(seal(jwk, key=kek, context=_context(kid)), kek_id)


def opened(repository: SigningRepository, key: SigningKey) -> Key:
    """Return a managed key with its private half.

    Raises:
        Conflict: the store does not hold its private half any more ("jwks.signs-no-more").
        Unavailable: the KEK is not held, or what is stored was changed ("jwks.tampered").
    """
    return _read(_open(repository, key.kid), key)


def public_key(key: SigningKey) -> Key:
    """Return a managed key's public half.

    Raises:
        Unavailable: what is stored was changed ("jwks.tampered").
    """
    return _read(key.public_jwk.encode(), key)


def resealed(
    repository: SigningRepository, keys: Iterable[SigningKey], *, kek_id: int, kek: bytes
) -> dict[str, Sealed]:
    """Return the private halves of keys sealed under another KEK; nothing is stored yet.

    Args:
        repository: the store's keys.
        keys: those whose private half is stored.
        kek_id: what the store is to call that KEK.
        kek: the KEK, which it need not know yet.

    Returns:
        kid -> its half.

    Raises:
        Unavailable: a KEK is not held, or what is stored was changed ("jwks.tampered").
    """
    return {
        key.kid: Sealed(
            seal(_open(repository, key.kid), key=kek, context=_context(key.kid)), kek_id
        )
        for key in keys
    }


def _read(jwk: bytes, key: SigningKey) -> Key:
    """Read a key that we wrote, and see that it is the one that its row says."""
    from authcli.keys.reader import read
    from authcli.keys.thumbprints import thumbprint

    try:
        found = read(jwk, what="managed key")
        if thumbprint(found) == key.kid and found.alg == key.alg:
            return found if found.kid else replace(found, kid=key.kid)
    except KeyUnusable:
        pass
    raise _tampered(key.kid)


def _open(repository: SigningRepository, kid: str) -> bytes:
    sealed = repository.sealed(kid)
    if sealed is None:
        raise Conflict(
            f"the key {kid} signs no more: its private half is deleted",
            hint="authcli jwks list",
            code="jwks.signs-no-more",
        )
    kek = repository.keks.key(sealed.kek_id)
    try:
        return unseal(sealed.text, key=kek, context=_context(kid))
    except InvalidInput:
        raise _tampered(kid) from None


def _tampered(kid: str) -> Unavailable:
    return Unavailable(
        f"the key {kid} was changed in the store, or put there from elsewhere",
        hint="put back the last backup: authcli store restore; or: authcli jwks compromise KID",
        code="jwks.tampered",
    )


def _context(kid: str) -> str:
    return f"signing-key/{kid}"
