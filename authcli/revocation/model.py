"""Mark, IssuedToken, Family: what is known of tokens after they were signed. Times are Unix ms."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

__all__ = ["Family", "IssuedToken", "Kind", "Mark", "RefreshToken", "Target"]

#: One token · all of a subject issued so far · all that a key signed · a sign-in and its refreshes.
Kind: TypeAlias = Literal["jti", "sub", "kid", "family"]
#: What a mark hits: its kind, issuer and value.
Target: TypeAlias = tuple[Kind, str, str]


class Mark(NamedTuple):
    """A deny mark: tokens that it hits are revoked."""

    kind: Kind
    issuer: str
    """"" for tokens without iss."""
    value: str
    revoked_at: int
    expires_at: int
    """When the last token that it can hit is dead."""
    reason: str | None = None
    issued_before: int | None = None
    """Of a subject: tokens with an iat up to then; None hits all."""
    actor: str = ""


class IssuedToken(NamedTuple):
    """A token that was minted with --record; never the token itself."""

    issuer: str
    jti: str
    sub: str | None
    aud: tuple[str, ...]
    scopes: tuple[str, ...]
    kid: str | None
    family_id: str | None
    issued_at: int
    expires_at: int
    issued_by: str


class Family(NamedTuple):
    """A sign-in: its refresh tokens follow one another, and end together."""

    id: str
    issuer: str
    sub: str | None
    aud: tuple[str, ...]
    scopes: tuple[str, ...]
    claims: str
    """JSON: what every access token says beside these."""
    access_ms: int
    idle_ms: int
    created_at: int
    created_by: str
    expires_at: int
    last_refreshed_at: int | None = None
    revoked_at: int | None = None
    revoked_reason: str | None = None
    header: str = "{}"
    """JSON: what the header of every access token says beside alg and kid."""


class RefreshToken(NamedTuple):
    """What is stored of a refresh token."""

    digest: str
    pepper_id: int
    family_id: str
    seq: int
    issued_at: int
    expires_at: int
    used_at: int | None = None
    grace_until: int | None = None
    successor_sealed: str | None = None
