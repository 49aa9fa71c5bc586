"""Families: a sign-in, and the refresh tokens that follow one another in it.

    begin      a family, and its first refresh token
    refresh    a refresh token for its successor, once
    end        a family is revoked, and its access tokens are denied
    end_all    all families of a subject

A refresh token is used once. Who presents a used one again inside the grace (the answer was lost on
the way) gets the same successor; outside of it two parties hold the token, one of them a thief,
and the family ends (RFC 9700, section 4.14.2; RFC 6819, section 5.2.2.3). It also ends when it was
not used for its idle time, and at its absolute end.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from authcli.clock import now_ms
from authcli.encoding import compact_json
from authcli.errors import Expired, InvalidInput, NotFound, Rejected, Revoked
from authcli.revocation.access_tokens import other_claims, require_lasting, texts
from authcli.revocation.model import Family, RefreshToken
from authcli.revocation.refresh_text import digests_of, new_text, require_shape
from authcli.revocation.revoking import revoke
from authcli.sealing import seal, unseal
from authcli.secret import Secret

if TYPE_CHECKING:
    from authcli.revocation.repository import TokenRepository

__all__ = [
    "DEFAULT_ABSOLUTE_MS",
    "DEFAULT_GRACE_MS",
    "DEFAULT_IDLE_MS",
    "MAX_GRACE_MS",
    "Refreshed",
    "begin",
    "end",
    "end_all",
    "refresh",
]

_DAY_MS = 86_400_000
DEFAULT_IDLE_MS = 14 * _DAY_MS
DEFAULT_ABSOLUTE_MS = 90 * _DAY_MS
#: How long the answer to a refresh may be lost on the way. For so long a thief is not told apart.
DEFAULT_GRACE_MS, MAX_GRACE_MS = 30_000, 3_600_000


class Refreshed(NamedTuple):
    """A family and the refresh token that may be used next."""

    family: Family
    text: Secret
    """The only copy of the refresh token."""
    expires_at: int
    """When it dies if it is not used."""
    repeated: bool = False
    """Whether it is the answer to a refresh that was presented before."""


def begin(
    repository: TokenRepository,
    claims: Mapping[str, object],
    *,
    header: Mapping[str, object] | None = None,
    access_ms: int,
    idle_ms: int = DEFAULT_IDLE_MS,
    absolute_ms: int = DEFAULT_ABSOLUTE_MS,
    at_ms: int | None = None,
) -> Refreshed:
    """Begin a family for the claims of its access tokens.

    Args:
        repository: the store's tokens.
        claims: of every access token; iss, sub, aud and scope among them. exp is left out.
        header: what the header of every access token says beside alg and kid.
        access_ms: the life of an access token.
        idle_ms: a refresh token that is not used for so long is dead.
        absolute_ms: the family is dead then, whatever it was used.
        at_ms: when; the clock's when None.

    Raises:
        InvalidInput: a life that cannot be ("refresh.life"), or a claim that a family cannot have
            ("refresh.claims").
        Unavailable: the store or its pepper cannot be used.
    """
    at = now_ms() if at_ms is None else at_ms
    require_lasting(claims)
    if not 0 < access_ms <= idle_ms <= absolute_ms:
        raise InvalidInput(
            "an access token lives shorter than a refresh token is idle, and that shorter than "
            "the family",
            hint="example: --exp 15m --idle 14d --absolute 90d",
            code="refresh.life",
        )
    aud = claims.get("aud")
    family = Family(
        id=f"tf_{secrets.token_hex(12)}",
        issuer=str(claims.get("iss") or ""),
        sub=str(claims["sub"]) if claims.get("sub") is not None else None,
        aud=texts(aud),
        scopes=tuple(str(claims.get("scope") or "").split()),
        claims=compact_json(other_claims(claims)).decode(),
        access_ms=access_ms,
        idle_ms=idle_ms,
        created_at=at,
        created_by=repository.actor,
        expires_at=at + absolute_ms,
        header=compact_json(dict(header or {})).decode(),
    )
    with repository.change() as journal:
        text = new_text()
        first = _row(repository, text, family, seq=0, at_ms=at)
        repository.add_family(family, first)
        journal.record(
            "family.begun",
            target=("family", family.id),
            detail={"issuer": family.issuer, "sub": family.sub, "scopes": list(family.scopes)},
            secret=text,
        )
    return Refreshed(family, Secret(text), first.expires_at)


def refresh(
    repository: TokenRepository,
    text: str,
    *,
    grace_ms: int = DEFAULT_GRACE_MS,
    at_ms: int | None = None,
) -> Refreshed:
    """Exchange a refresh token for its successor.

    Args:
        repository: the store's tokens.
        text: the refresh token.
        grace_ms: how long the same answer is given again; an hour at most.
        at_ms: now; the clock's when None.

    Raises:
        InvalidInput: a grace that cannot be ("refresh.life").
        Rejected: no refresh token ("refresh.malformed"), or not one of ours ("refresh.unknown").
        Revoked: its family was revoked ("refresh.revoked"), now because it was used before
            ("refresh.reused").
        Expired: it was idle for too long ("refresh.idle"), or its family is over
            ("refresh.expired").
        Unavailable: the store or its pepper cannot be used; then nothing was changed.
    """
    at = now_ms() if at_ms is None else at_ms
    if not 0 <= grace_ms <= MAX_GRACE_MS:
        raise InvalidInput("a grace lasts for an hour at most", code="refresh.life")
    require_shape(text)
    with repository.change() as journal:
        row = repository.refresh_token(digests_of(text, repository.peppers))
        family = repository.family(row.family_id) if row is not None else None
        if row is None or family is None:
            raise Rejected("there is no such refresh token", code="refresh.unknown")
        _require_alive(family, row, at)
        if row.used_at is None:
            successor = new_text()
            following = _row(repository, successor, family, seq=row.seq + 1, at_ms=at)
            won = repository.use_refresh_token(
                row.digest,
                successor=following,
                successor_sealed=seal(successor.encode(), key=_key_of(text), context=_context(row)),
                grace_until=at + grace_ms,
                at_ms=at,
            )
            if won:
                journal.record("family.refreshed", target=("family", family.id), secret=successor)
                return Refreshed(family, Secret(successor), following.expires_at)
            row = repository.refresh_token([row.digest]) or row
        if (answer := _same_answer(repository, text, row, at)) is not None:
            return Refreshed(family, Secret(answer[0]), answer[1].expires_at, repeated=True)
        _end(repository, family, "a refresh token was presented a second time", at)
    # Raised outside of the change, or the family would live on.
    raise Revoked(
        "this refresh token was used before: the family was revoked, since somebody else holds it",
        hint="sign in again",
        code="refresh.reused",
    )


def end(
    repository: TokenRepository, family_id: str, *, reason: str, at_ms: int | None = None
) -> Family:
    """Revoke a family: its refresh tokens are dead, its access tokens are denied.

    Raises:
        NotFound: there is no such family ("family.not-found").
    """
    at = now_ms() if at_ms is None else at_ms
    with repository.change():
        family = repository.family(family_id)
        if family is None:
            raise NotFound(
                f"there is no family {ascii(family_id[:60])}",
                hint="authcli jwt issued --families",
                code="family.not-found",
            )
        _end(repository, family, reason, at)
        return repository.family(family_id) or family


def end_all(
    repository: TokenRepository, sub: str, *, issuer: str, reason: str, at_ms: int | None = None
) -> tuple[Family, ...]:
    """Revoke all families of a subject, as `end` does; return those that lived.

    Args:
        repository: the store's tokens.
        sub: the subject.
        issuer: the iss of its tokens; "" for those without.
        reason: why, for people.
        at_ms: when; the clock's when None.
    """
    at = now_ms() if at_ms is None else at_ms
    with repository.change():
        found = [one for one in repository.families(sub=sub, at_ms=at) if one.issuer == issuer]
        for family in found:
            _end(repository, family, reason, at)
    return tuple(found)


def _end(repository: TokenRepository, family: Family, reason: str, at_ms: int) -> None:
    if repository.revoke_family(family.id, reason=reason, at_ms=at_ms):
        revoke(
            repository,
            "family",
            family.id,
            issuer=family.issuer,
            longest_ms=family.access_ms,
            reason=reason,
            at_ms=at_ms,
        )


def _require_alive(family: Family, row: RefreshToken, at_ms: int) -> None:
    if family.revoked_at is not None:
        why = f": {ascii(family.revoked_reason)[1:-1][:200]}" if family.revoked_reason else ""
        raise Revoked(
            f"the family of this refresh token was revoked{why}",
            hint="sign in again",
            code="refresh.revoked",
        )
    if at_ms >= family.expires_at:
        raise Expired(
            "the family of this refresh token is over: it has lived as long as it may",
            hint="sign in again",
            code="refresh.expired",
        )
    if row.used_at is None and at_ms >= row.expires_at:
        raise Expired(
            "this refresh token was not used for too long",
            hint="sign in again",
            code="refresh.idle",
        )


def _same_answer(
    repository: TokenRepository, text: str, row: RefreshToken, at_ms: int
) -> tuple[str, RefreshToken] | None:
    """Return the successor that was given before, while the grace lasts and nobody used it."""
    if row.successor_sealed is None or row.grace_until is None or at_ms > row.grace_until:
        return None
    try:
        successor = unseal(row.successor_sealed, key=_key_of(text), context=_context(row)).decode()
    except InvalidInput:
        return None
    following = repository.refresh_token(digests_of(successor, repository.peppers))
    if following is None or following.used_at is not None:
        return None
    return successor, following


def _row(
    repository: TokenRepository, text: str, family: Family, *, seq: int, at_ms: int
) -> RefreshToken:
    peppers = repository.peppers
    pepper_id = peppers.active_id
    digest = hmac.digest(peppers.key(pepper_id), text.encode(), "sha256").hex()
    ends = min(at_ms + family.idle_ms, family.expires_at)
    return RefreshToken(digest, pepper_id, family.id, seq, at_ms, ends)


def _key_of(text: str) -> bytes:
    """Return the key that a refresh token's successor is sealed under: nobody else has it."""
    return hashlib.sha256(b"authcli-refresh-successor\0" + text.encode()).digest()


def _context(row: RefreshToken) -> str:
    return f"refresh-successor/{row.family_id}/{row.seq}"
