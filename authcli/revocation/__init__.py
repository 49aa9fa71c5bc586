"""What becomes of tokens after they were signed: revoked, registered, refreshed.

    from authcli import keys, revocation, tokens
    from authcli.store import open_store

    key = keys.generate("ES256")
    with open_store("sqlite:auth.db", create=True) as store:
        begun = revocation.begin_family(store.tokens, {"sub": "alice"}, access_ms=900_000)
        token = tokens.mint(revocation.access_claims(begun.family), key=key)
        asked = revocation.checker(store.tokens)
        verified = tokens.verify(token, key=key.public(), revocation=asked)
        after = revocation.refresh(store.tokens, begun.text.reveal_text())
        revocation.revoke_token(store.tokens, verified.payload, reason="laptop stolen")

The first argument is where it is kept: a `TokenRepository`, of which a store has one; a checker
takes any `DenyList`. The modules, each adding one idea:

    model         Mark, IssuedToken, Family     repository    what is asked of a store
    deny_list     marks, and whom they hit      revoking      new marks
    registry      which tokens were issued      refresh_text  a refresh token as it is written
    access_tokens what a family's tokens say    families      a sign-in, and its refreshes
    dues          what ends soon

The functions here import what they need when called. Times are Unix ms; `at_ms` None is now.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypedDict, Unpack

if TYPE_CHECKING:
    from authcli.revocation.deny_list import Checker
    from authcli.revocation.families import Refreshed
    from authcli.revocation.model import Family, IssuedToken, Kind, Mark
    from authcli.revocation.repository import DenyList, TokenRepository

    class FamilyOptions(TypedDict, total=False):
        """How long a family lives, as `authcli.revocation.families.begin` takes it."""

        header: Mapping[str, object] | None
        idle_ms: int
        absolute_ms: int
        at_ms: int | None


__all__ = [
    "access_claims",
    "begin_family",
    "checker",
    "end_families",
    "end_family",
    "refresh",
    "register",
    "revoke",
    "revoke_token",
]


def revoke(
    tokens: TokenRepository,
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
        tokens: where deny marks are kept.
        kind: "jti", "sub", "kid" or "family".
        value: the id, the subject, the key's id, the family's id.
        issuer: the iss of the tokens; "" for those without. Not of keys.
        longest_ms: the longest life of a token, since nothing says when these end.
        reason: why, for people.
        at_ms: when; the clock's when None.

    Raises:
        InvalidInput: a value or a reason that cannot be kept.
        Unavailable: the store cannot be written.
    """
    from authcli.revocation import revoking

    return revoking.revoke(
        tokens, kind, value, issuer=issuer, longest_ms=longest_ms, reason=reason, at_ms=at_ms
    )


def revoke_token(
    tokens: TokenRepository,
    payload: Mapping[str, object],
    *,
    reason: str | None = None,
    at_ms: int | None = None,
) -> Mark:
    """Deny one token, whose verified claims these are, until it would have ended by itself.

    Raises:
        InvalidInput: it has no jti by which it could be denied.
        Unavailable: the store cannot be written.
    """
    from authcli.revocation import revoking

    return revoking.revoke_token(tokens, payload, reason=reason, at_ms=at_ms)


def checker(
    marks: DenyList, *, allow_list: TokenRepository | None = None, at_ms: int | None = None
) -> Checker:
    """Return what `authcli.tokens.verify` takes as `revocation`.

    Args:
        marks: where deny marks are asked for.
        allow_list: where issued tokens are kept; then one that was never registered is refused.
        at_ms: now; the clock's at each call when None.
    """
    from authcli.revocation import deny_list, registry

    known = registry.checker(allow_list) if allow_list is not None else None
    return deny_list.checker(marks, registered=known, at_ms=at_ms)


def register(
    tokens: TokenRepository,
    header: Mapping[str, object],
    payload: Mapping[str, object],
    *,
    at_ms: int | None = None,
) -> IssuedToken:
    """Keep what is said of a token that is about to be handed out; never the token.

    Raises:
        InvalidInput: it has no jti.
        Conflict: one of its issuer and jti is registered.
        Unavailable: the store cannot be written.
    """
    from authcli.revocation import registry

    token = registry.described(header, payload, by=tokens.actor, at_ms=at_ms)
    registry.register(tokens, token)
    return token


def begin_family(
    tokens: TokenRepository,
    claims: Mapping[str, object],
    *,
    access_ms: int,
    **options: Unpack[FamilyOptions],
) -> Refreshed:
    """Begin a family; `text` of what is returned is the only copy of its refresh token.

    Args:
        tokens: where families are kept.
        claims: of every access token; iss, sub, aud and scope among them.
        access_ms: the life of an access token.
        options: header, idle_ms, absolute_ms and at_ms, as `families.begin` takes them.

    Raises:
        InvalidInput: a life or a claim that cannot be.
        Unavailable: the store or its pepper cannot be used.
    """
    from authcli.revocation import families

    return families.begin(tokens, claims, access_ms=access_ms, **options)


def access_claims(family: Family) -> dict[str, object]:
    """Return the claims of a family's next access token; exp, iat and jti are the minter's."""
    from authcli.revocation import access_tokens

    return access_tokens.access_claims(family)


def refresh(
    tokens: TokenRepository, text: str, *, grace_ms: int = 30_000, at_ms: int | None = None
) -> Refreshed:
    """Exchange a refresh token for its successor, once; takes and raises as `families.refresh`."""
    from authcli.revocation import families

    return families.refresh(tokens, text, grace_ms=grace_ms, at_ms=at_ms)


def end_family(
    tokens: TokenRepository, family_id: str, *, reason: str, at_ms: int | None = None
) -> Family:
    """Revoke a family: its refresh tokens are dead, its access tokens denied; or `NotFound`."""
    from authcli.revocation import families

    return families.end(tokens, family_id, reason=reason, at_ms=at_ms)


def end_families(
    tokens: TokenRepository, sub: str, *, issuer: str, reason: str, at_ms: int | None = None
) -> tuple[Family, ...]:
    """Revoke all families of a subject; return those that lived."""
    from authcli.revocation import families

    return families.end_all(tokens, sub, issuer=issuer, reason=reason, at_ms=at_ms)
