"""What ends soon of what was issued: sign-ins, and tokens that live long.

A sign-in ends where its refresh tokens do, whatever they are used: then its user signs in again. A
token is told of where it was recorded and lives longer than a day; what lives shorter is fetched
anew by machines, and would be due from the moment that it was made.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from authcli.clock import LATEST_INSTANT, now_ms
from authcli.revocation.deny_list import FAMILY_CLAIM, checker

if TYPE_CHECKING:
    from authcli.revocation.model import Family, IssuedToken
    from authcli.revocation.repository import TokenRepository

__all__ = ["SHORT_LIFE_MS", "families_due", "tokens_due"]

SHORT_LIFE_MS = 86_400_000


def families_due(
    repository: TokenRepository, *, within_ms: int, at_ms: int | None = None
) -> Iterator[Family]:
    """Yield the families that end within a time from now, the soonest first.

    Args:
        repository: the store's tokens.
        within_ms: how far to look ahead.
        at_ms: now; the clock's when None.
    """
    at = now_ms() if at_ms is None else at_ms
    for family in repository.families(at_ms=at):
        if family.expires_at > at + within_ms:
            return
        if at < (family.last_refreshed_at or family.created_at) + family.idle_ms:
            yield family  # else its refresh token was not used for too long: it is dead already


def tokens_due(
    repository: TokenRepository, *, within_ms: int, at_ms: int | None = None
) -> Iterator[IssuedToken]:
    """Yield the recorded tokens that end within a time from now, and were not revoked.

    Args:
        repository: the store's tokens.
        within_ms: how far to look ahead.
        at_ms: now; the clock's when None.
    """
    at = now_ms() if at_ms is None else at_ms
    # A token without exp was recorded with the last instant there is.
    until = min(at + within_ms, LATEST_INSTANT * 1000 - 1)
    denied = checker(repository, at_ms=at)
    for token in repository.ending(after_ms=at, until_ms=until, longer_than_ms=SHORT_LIFE_MS):
        if denied(_payload(token), token.kid) is None:
            yield token


def _payload(token: IssuedToken) -> dict[str, object]:
    """Return the claims that a deny mark can hit; what the token lacks is no claim."""
    claims = {
        "iss": token.issuer or None,
        "jti": token.jti,
        "sub": token.sub,
        FAMILY_CLAIM: token.family_id,
        "iat": token.issued_at // 1000,
    }
    return {name: value for name, value in claims.items() if value is not None}
