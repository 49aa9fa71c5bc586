"""What the access tokens of a family say, from the first to the last of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from authcli.errors import InvalidInput
from authcli.revocation.deny_list import FAMILY_CLAIM

if TYPE_CHECKING:
    from authcli.revocation.model import Family

__all__ = ["access_claims", "access_header", "other_claims", "require_lasting", "texts"]

#: What the family itself says, and what each of its tokens says anew.
_KEPT_APART, _ANEW = ("iss", "sub", "aud", "scope"), ("exp", "iat", "nbf", "jti", FAMILY_CLAIM)


def access_claims(family: Family) -> dict[str, object]:
    """Return the claims of a family's next access token; exp, iat and jti are the minter's."""
    claims: dict[str, object] = {}
    if family.issuer:
        claims["iss"] = family.issuer
    if family.sub is not None:
        claims["sub"] = family.sub
    if family.aud:
        claims["aud"] = family.aud[0] if len(family.aud) == 1 else list(family.aud)
    if family.scopes:
        claims["scope"] = " ".join(family.scopes)
    return {**claims, **json.loads(family.claims), FAMILY_CLAIM: family.id}


def access_header(family: Family) -> dict[str, object]:
    """Return what the header of a family's access tokens says beside alg and kid."""
    return dict(json.loads(family.header))


def other_claims(claims: Mapping[str, object]) -> dict[str, object]:
    """Return the claims of every access token that the family does not keep by themselves."""
    apart = (*_KEPT_APART, *_ANEW)
    return {name: value for name, value in claims.items() if name not in apart}


def require_lasting(claims: Mapping[str, object]) -> None:
    """Refuse what would be lost, or read back as something else.

    Raises:
        InvalidInput: a claim that a family cannot have ("refresh.claims").
    """
    own = next((name for name in _ANEW if name in claims and name != "exp"), None)
    if own is not None:
        raise InvalidInput(
            f"tokens that are refreshed get a {own} of their own, each another",
            hint=f"leave out {own}",
            code="refresh.claims",
        )
    if not isinstance(claims.get("scope", ""), str):
        raise InvalidInput(
            "scope is a text: names with blanks between them",
            hint="RFC 8693, section 4.2",
            code="refresh.claims",
        )
    if any(len(one.split()) != 1 for one in texts(claims.get("aud"))):
        raise InvalidInput(
            "an audience of tokens that are refreshed is a word without blanks",
            code="refresh.claims",
        )


def texts(value: object) -> tuple[str, ...]:
    """Return the audiences that aud names: it is a text, or a list of them."""
    if isinstance(value, str):
        return (value,)
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else ()
