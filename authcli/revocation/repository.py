"""What revocation asks of a store: SQL is the truth; Redis may answer faster for deny marks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from authcli.audit.journal import Journal
    from authcli.revocation.model import Family, IssuedToken, Mark, RefreshToken, Target
    from authcli.roots import RootKeys

__all__ = ["Denials", "DenyList", "TokenRepository"]


class Denials(Protocol):
    """Deny marks that can be asked for."""

    def find(self, targets: Sequence[Target]) -> list[Mark]:
        """Return the marks of exactly these targets, also dead ones that are still there."""


class DenyList(Denials, Protocol):
    """Deny marks: `authcli.store.deny_marks` in SQL, `authcli.store.fast_marks` over a copy."""

    def add(self, marks: Iterable[Mark]) -> None:
        """Add marks; the same one again keeps the later end and the first reason."""


class TokenRepository(DenyList, Protocol):
    """Deny marks, issued tokens, families and refresh tokens in a store."""

    @property
    def peppers(self) -> RootKeys:
        """The peppers, which key the digests of refresh tokens."""

    @property
    def actor(self) -> str:
        """Who acts, as the audit names them."""

    def marks(self, *, kind: str | None = None, at_ms: int) -> Iterator[Mark]:
        """Yield the marks that can still hit a token, the newest first."""

    # Issued tokens.

    def register(self, tokens: Iterable[IssuedToken]) -> None:
        """Keep what is said of tokens; Conflict ("token.registered") where an id is taken."""

    def registered(self, issuer: str, jti: str) -> IssuedToken | None:
        """Look one up."""

    def issued(
        self, *, sub: str | None = None, aud: str | None = None, live_at_ms: int | None = None
    ) -> Iterator[IssuedToken]:
        """Yield issued tokens, the newest first."""

    def ending(self, *, after_ms: int, until_ms: int, longer_than_ms: int) -> Iterator[IssuedToken]:
        """Yield those whose end lies in a span, the soonest first, and that live longer than so."""

    # Families and refresh tokens; what writes is inside `change`.

    def add_family(self, family: Family, first: RefreshToken) -> None:
        """Add a family with its first refresh token."""

    def family(self, family_id: str) -> Family | None:
        """Look one up."""

    def families(self, *, sub: str | None = None, at_ms: int) -> Iterator[Family]:
        """Yield families that live, the one that ends first in front."""

    def refresh_token(self, digests: Sequence[str]) -> RefreshToken | None:
        """Look a refresh token up by its digests under each pepper."""

    def use_refresh_token(
        self,
        digest: str,
        *,
        successor: RefreshToken,
        successor_sealed: str,
        grace_until: int,
        at_ms: int,
    ) -> bool:
        """Mark it used and add its successor, where it was not used yet: of forty one wins."""

    def revoke_family(self, family_id: str, *, reason: str, at_ms: int) -> bool:
        """Revoke a family; False where it was revoked before."""

    def change(self) -> AbstractContextManager[Journal]:
        """One transaction: what is recorded in it is in the audit chain, or nothing was changed."""
