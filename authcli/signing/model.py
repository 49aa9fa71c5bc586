"""SigningKey and Ring: a managed key, and the line of keys that it belongs to."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

__all__ = ["DEFAULT_TIMES", "DEVELOPMENT", "TOKENS", "Ring", "SigningKey", "State", "Times"]

#: next: published, signs not yet · active: signs · retiring: signs no more, its tokens may live ·
#: retired: all its tokens are dead · compromised: its tokens are denied.
State: TypeAlias = Literal["next", "active", "retiring", "retired", "compromised"]

#: The purpose of keys that sign tokens, and of the development key, which is only verified with.
TOKENS, DEVELOPMENT = "jwt", "dev"

_HOUR_MS = 3_600_000


class Times(NamedTuple):
    """The times that all dates of a ring follow from."""

    rotate_ms: int = 90 * 24 * _HOUR_MS
    """How long a key signs."""
    cache_ms: int = _HOUR_MS
    """How long verifiers may keep a JWKS: the max-age that it is served under."""
    max_token_ms: int = 24 * _HOUR_MS
    """The longest life of a token."""
    skew_ms: int = 60_000
    """How wrong clocks may be."""


DEFAULT_TIMES = Times()


class Ring(NamedTuple):
    """A purpose and an algorithm: of its keys one signs, one stands by, some are on the way out."""

    purpose: str
    alg: str
    issuer: str | None = None
    """The iss of its tokens."""
    times: Times = DEFAULT_TIMES
    created_at: int = 0


class SigningKey(NamedTuple):
    """What the store knows of a key; its private half is read apart from it. Times are Unix ms."""

    kid: str
    """Its RFC 7638 thumbprint."""
    purpose: str
    alg: str
    state: State
    public_jwk: str
    """JSON."""
    cache_ms: int
    """As `Times` has it; of a key they are never shortened, since caches and tokens are out."""
    max_token_ms: int
    skew_ms: int
    created_at: int
    created_by: str
    published_at: int | None = None
    """When it was first in a recorded publication."""
    activated_at: int | None = None
    retiring_at: int | None = None
    remove_at: int | None = None
    """When its last token is dead: it stays in the JWKS until then."""
    retired_at: int | None = None
    compromised_at: int | None = None
    reason: str | None = None
    rotate_asked_at: int | None = None
    """When `rotate --start` asked for its successor."""
    last_signed_at: int | None = None
    """To the hour."""
    can_sign: bool = False
    """Whether the store holds its private half."""

    @property
    def name(self) -> str:
        """The kid in the JWKS and in its tokens: thumbprint, or its name from elsewhere."""
        import json

        return str(json.loads(self.public_jwk).get("kid") or self.kid)

    @property
    def published(self) -> bool:
        """Whether it belongs into the JWKS."""
        return self.purpose != DEVELOPMENT and self.state in ("next", "active", "retiring")

    @property
    def verifies(self) -> bool:
        """Whether tokens that it signed are taken."""
        return self.state in ("next", "active", "retiring")

    @property
    def ready_at(self) -> int | None:
        """When every cached JWKS holds it; None while it is not published."""
        if self.published_at is None:
            return None
        return self.published_at + self.cache_ms + self.skew_ms
