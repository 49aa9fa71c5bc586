"""New deny marks; each lasts as long as a token that it can hit.

Denying what is denied already changes nothing, and gives the mark that stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from authcli.clock import LATEST_INSTANT, now_ms
from authcli.errors import InvalidInput
from authcli.revocation.model import Mark

if TYPE_CHECKING:
    from authcli.revocation.model import Kind
    from authcli.revocation.repository import TokenRepository

__all__ = ["LEEWAY_MS", "MAX_VALUE", "revoke", "revoke_token"]

#: Verifiers may forgive clocks so much (`authcli.tokens.policy.MAX_LEEWAY_SECONDS`).
LEEWAY_MS = 3_600_000
#: Longer ids and subjects are nobody's.
MAX_VALUE = 1000
MAX_REASON = 500
_NEVER_MS = LATEST_INSTANT * 1000


def revoke(
    repository: TokenRepository,
    kind: Kind,
    value: str,
    *,
    issuer: str = "",
    longest_ms: int,
    reason: str | None = None,
    at_ms: int | None = None,
) -> Mark:
    """Deny a token by its id, all tokens of a subject so far, of a key, or of a family.

    Args:
        repository: the store's tokens.
        kind: "jti", "sub", "kid" or "family".
        value: the id, the subject, the key's id, the family's id.
        issuer: the iss of the tokens; "" for those without. Not of keys.
        longest_ms: the longest life of a token, since nothing says when these end.
        reason: why, for people.
        at_ms: when; the clock's when None.

    Returns:
        The mark that stands: an earlier one, where that says as much.

    Raises:
        InvalidInput: an empty or too long value ("revoke.value"), or such a reason
            ("revoke.reason").
        Unavailable: the store cannot be written.
    """
    at = now_ms() if at_ms is None else at_ms
    mark = Mark(
        kind,
        "" if kind == "kid" else _checked(issuer, least=0),
        _checked(value),
        revoked_at=at,
        expires_at=min(at + longest_ms + LEEWAY_MS, _NEVER_MS),
        reason=_checked_reason(reason),
        issued_before=at if kind == "sub" else None,
        actor=repository.actor,
    )
    return _add(repository, mark)


def revoke_token(
    repository: TokenRepository,
    payload: Mapping[str, object],
    *,
    reason: str | None = None,
    at_ms: int | None = None,
) -> Mark:
    """Deny one verified token until it would have ended by itself.

    Args:
        repository: the store's tokens.
        payload: its verified claims.
        reason: why, for people.
        at_ms: when; the clock's when None.

    Returns:
        The mark that stands: an earlier one, where that says as much.

    Raises:
        InvalidInput: it has no jti by which it could be denied ("revoke.no-jti").
        Unavailable: the store cannot be written.
    """
    at = now_ms() if at_ms is None else at_ms
    jti, issuer, ends = payload.get("jti"), payload.get("iss"), payload.get("exp")
    if not isinstance(jti, str):
        raise InvalidInput(
            "the token has no jti by which it could be denied",
            hint="deny all of its subject (--sub), or of the key that signed it (--kid)",
            code="revoke.no-jti",
        )
    ends_at = _NEVER_MS
    if isinstance(ends, int | float) and not isinstance(ends, bool):
        ends_at = min(int(ends * 1000) + LEEWAY_MS, _NEVER_MS)
    mark = Mark(
        "jti",
        _checked(issuer, least=0) if isinstance(issuer, str) else "",
        _checked(jti),
        revoked_at=at,
        expires_at=max(ends_at, at),
        reason=_checked_reason(reason),
        actor=repository.actor,
    )
    return _add(repository, mark)


def _add(repository: TokenRepository, mark: Mark) -> Mark:
    with repository.change() as journal:
        if (standing := _standing(repository, mark)) is not None and _covers(standing, mark):
            return standing
        repository.add([mark])
        journal.record(
            "token.revoked",
            target=(mark.kind, mark.value[:200]),
            detail={"issuer": mark.issuer, "reason": mark.reason, "until": mark.expires_at // 1000},
        )
        return _standing(repository, mark) or mark


def _standing(repository: TokenRepository, mark: Mark) -> Mark | None:
    return next(iter(repository.find([mark[:3]])), None)


def _covers(standing: Mark, mark: Mark) -> bool:
    """Say whether an earlier mark hits all that a later one would, for as long."""
    if mark.issued_before is not None:
        return standing.issued_before == mark.issued_before
    return standing.expires_at >= mark.expires_at


def _checked_reason(reason: str | None) -> str | None:
    if reason is not None and not (0 < len(reason) <= MAX_REASON and min(reason) >= " "):
        raise InvalidInput(
            f"a reason is one line of 1 to {MAX_REASON} characters",
            code="revoke.reason",
        )
    return reason


def _checked(value: str, *, least: int = 1) -> str:
    if not least <= len(value) <= MAX_VALUE:
        raise InvalidInput(
            f"what is denied is named in {least} to {MAX_VALUE} characters, not in {len(value)}",
            hint="deny all tokens of the key that signed it: --kid",
            code="revoke.value",
        )
    return value
