"""A compromised key: dropped at once, its tokens denied, the next one signing in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from authcli.clock import now_ms
from authcli.errors import AuthError, Conflict
from authcli.signing.making import draw, put_in
from authcli.signing.model import DEVELOPMENT
from authcli.signing.rings import change_key, found_key, keys_of, let_sign, ring_of
from authcli.signing.timeline import removal_of

if TYPE_CHECKING:
    from authcli.signing.model import Ring, SigningKey
    from authcli.signing.repository import SigningRepository

__all__ = ["compromise"]


def compromise(
    repository: SigningRepository,
    kid: str,
    *,
    reason: str | None = None,
    deny: Callable[[SigningKey, int], object],
    at_ms: int | None = None,
) -> SigningKey | None:
    """Drop a key at once, have its tokens denied, and let the next one sign in its place.

    Without the KEK no new key can be made, and the drop happens all the same: what stands by signs
    in its place, if anything does, and `rotate` makes the rest once the KEK is back.

    Args:
        repository: the store's keys.
        kid: the whole kid.
        reason: why, for people.
        deny: called inside the transaction with the key and when its last token is dead.
        at_ms: when; the clock's when None.

    Returns:
        The key that signs now in its place; None where it did not sign, or nothing stood by and
        nothing could be made.

    Raises:
        NotFound: there is no such key ("jwks.not-found").
        Conflict: it was compromised before ("jwks.state").
    """
    at = now_ms() if at_ms is None else at_ms
    with repository.change() as journal:
        key = found_key(repository, kid)
        if key.state == "compromised":
            raise Conflict(
                f"the key {kid} is compromised already",
                hint=f"authcli jwks show {kid[:8]}",
                code="jwks.state",
            )
        values = {"state": "compromised", "compromised_at": at, "reason": reason}
        change_key(repository, key, values)
        repository.forget_private(kid)
        deny(key, max(removal_of(key, at_ms=at), key.remove_at or 0))
        journal.record(
            "signing-key.compromised",
            target=("signing-key", kid),
            detail={"state": key.state, "reason": reason},
        )
        if key.purpose == DEVELOPMENT or key.state not in ("next", "active"):
            return None
        ring = ring_of(repository, key)
        following = next((k for k in keys_of(repository, ring) if k.state == "next"), None)
        if key.state == "active":
            following = following or _standing_by(repository, ring, at)
            if following is None:
                return None
            let_sign(repository, journal, ring, following, at)
        _standing_by(repository, ring, at)
        return found_key(repository, following.kid) if following is not None else None


def _standing_by(repository: SigningRepository, ring: Ring, at_ms: int) -> SigningKey | None:
    """Make a next key; None where the KEK is not held."""
    try:
        with repository.change() as journal:
            key = draw(ring.alg)
            return put_in(repository, journal, key, ring=ring, state="next", at_ms=at_ms)
    except AuthError as error:
        if not error.code.startswith("root."):
            raise
        return None
