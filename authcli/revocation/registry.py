"""Issued tokens: who got what until when; and the allow list that follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from authcli.clock import LATEST_INSTANT, now_ms
from authcli.errors import InvalidInput
from authcli.revocation.deny_list import FAMILY_CLAIM
from authcli.revocation.model import IssuedToken
from authcli.revocation.revoking import MAX_VALUE
from authcli.tokens.policy import Denial

if TYPE_CHECKING:
    from authcli.revocation.deny_list import Checker
    from authcli.revocation.repository import TokenRepository

__all__ = ["checker", "described", "register"]

_NEVER_MS = LATEST_INSTANT * 1000


def described(
    header: Mapping[str, object],
    payload: Mapping[str, object],
    *,
    by: str,
    at_ms: int | None = None,
) -> IssuedToken:
    """Return what is kept of a token.

    Args:
        header, payload: of the token.
        by: who issued it.
        at_ms: when; the clock's when None. Where the token has an iat, that.

    Raises:
        InvalidInput: it has no jti, or one that is too long ("token.no-jti").
    """
    at = now_ms() if at_ms is None else at_ms
    jti = _text(payload, "jti")
    if jti is None or not 0 < len(jti) <= MAX_VALUE or len(_text(payload, "iss") or "") > MAX_VALUE:
        raise InvalidInput(
            "a token cannot be recorded without a jti"
            if jti is None
            else f"to be recorded, jti and iss have 1 to {MAX_VALUE} characters",
            hint="leave out --jti: each token gets one of its own",
            code="token.no-jti",
        )
    audience = payload.get("aud")
    aud = [audience] if isinstance(audience, str) else audience
    return IssuedToken(
        issuer=_text(payload, "iss") or "",
        jti=jti,
        sub=_text(payload, "sub"),
        aud=tuple(one for one in aud if isinstance(one, str)) if isinstance(aud, list) else (),
        scopes=tuple((_text(payload, "scope") or "").split()),
        kid=_text(header, "kid"),
        family_id=_text(payload, FAMILY_CLAIM),
        issued_at=_time_ms(payload, "iat", at),
        expires_at=_time_ms(payload, "exp", _NEVER_MS),
        issued_by=by,
    )


def register(repository: TokenRepository, token: IssuedToken) -> None:
    """Keep what is said of a token that is about to be handed out.

    Raises:
        Conflict: there is one of this issuer and id ("token.registered").
        Unavailable: the store cannot be written.
    """
    with repository.change() as journal:
        repository.register([token])
        journal.record(
            "token.issued",
            target=("jti", token.jti[:200]),
            detail={"issuer": token.issuer, "sub": token.sub, "kid": token.kid},
        )


def checker(repository: TokenRepository) -> Checker:
    """Return a function that refuses tokens that were never registered: an allow list."""

    def check(payload: Mapping[str, object], _: str | None) -> Denial | None:
        jti = _text(payload, "jti")
        if jti is not None and repository.registered(_text(payload, "iss") or "", jti) is not None:
            return None
        return Denial(
            "the token is not among those that were issued and recorded",
            "token.unregistered",
            "mint with --record where every token is to be known",
        )

    return check


def _time_ms(payload: Mapping[str, object], name: str, default: int) -> int:
    value = payload.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    return max(0, min(int(value * 1000), _NEVER_MS))


def _text(members: Mapping[str, object], name: str) -> str | None:
    value = members.get(name)
    return value if isinstance(value, str) else None
