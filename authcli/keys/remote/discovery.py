"""Where an issuer publishes its keys (OpenID Connect Discovery 1.0, section 4; RFC 8414)."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from typing import Unpack

from authcli.encoding import json_object
from authcli.errors import InvalidInput, NetworkUnavailable
from authcli.keys.remote.download import Download, download
from authcli.keys.remote.obtain import FetchOptions, Policy, obtain
from authcli.keys.remote.urls import Address, address_of, address_reached_from

__all__ = ["Discovered", "discover"]

OPENID_SUFFIX = "/.well-known/openid-configuration"
OAUTH_PREFIX = "/.well-known/oauth-authorization-server"

#: What makes the second place worth asking: the server is there, the document is not.
_NOT_THERE = {"network.status", "network.not-discovery"}


@dataclass(frozen=True, slots=True)
class Discovered:
    """What an issuer says of itself. Times are epoch seconds of the real clock."""

    issuer: str
    """Exactly as it was asked for; the document says the same."""
    jwks_uri: str
    """Where `fetch_jwks` finds its keys."""
    fetched_at: int
    """When the server answered."""
    age_seconds: int
    """Since `fetched_at`."""
    stale: bool
    """Used beyond its life, because asking failed or was forbidden."""
    warnings: tuple[str, ...]
    """What a person should know, such as a fetch that failed."""
    from_cache: bool


def discover(issuer: str, *, refresh: bool = False, **options: Unpack[FetchOptions]) -> Discovered:
    """Return where an issuer publishes its keys, from the cache while that is fresh.

    OpenID Connect's place is asked first, RFC 8414's where the first has no such document.

    Args:
        issuer: the issuer identifier, letter for letter as tokens carry it in `iss`.
        refresh: ask even while the cache is fresh.
        options: those of `fetch_jwks`; the time limit covers both places.

    Raises:
        InvalidInput: an issuer that is no URL of the kind allowed, or that has a query.
        NetworkUnavailable: no document; or one that names another issuer ("network.issuer"), no
            usable `jwks_uri` or is none ("network.not-discovery").

    Source: OpenID Connect Discovery 1.0, sections 4.1 and 4.3; RFC 8414, sections 3.1 and 3.3.
    """
    openid, oauth = _places(issuer)
    policy = Policy(refresh=refresh, **options)
    obtained = obtain(
        openid,
        get=lambda: _either(openid, oauth, issuer=issuer, policy=policy),
        accept=lambda body: _jwks_uri(body, issuer=issuer, place=openid),
        policy=policy,
    )
    return Discovered(
        issuer=issuer,
        jwks_uri=obtained.document,
        fetched_at=obtained.entry.fetched_at,
        age_seconds=obtained.age_seconds,
        stale=obtained.stale,
        warnings=obtained.warnings,
        from_cache=obtained.from_cache,
    )


def _places(issuer: str) -> tuple[Address, Address]:
    """Return the two URLs of an issuer's document, OpenID Connect's and RFC 8414's."""
    address = address_of(issuer, what="issuer")
    if "?" in issuer:
        raise InvalidInput("the issuer holds a query, which no issuer has", code="url.invalid")
    path = address.target.removesuffix("/")
    origin = f"{address.scheme}://{address.authority}"
    return address_of(origin + path + OPENID_SUFFIX), address_of(origin + OAUTH_PREFIX + path)


def _either(openid: Address, oauth: Address, *, issuer: str, policy: Policy) -> Download:
    """Ask the first place, and the second where the first has no document."""
    deadline = time.monotonic() + policy.timeout_seconds
    try:
        return _document(openid, issuer=issuer, deadline=deadline, context=policy.ssl_context)
    except NetworkUnavailable as error:
        if error.code not in _NOT_THERE or time.monotonic() >= deadline:
            raise
        first = error
    try:
        return _document(oauth, issuer=issuer, deadline=deadline, context=policy.ssl_context)
    except NetworkUnavailable as error:
        if error.code not in _NOT_THERE:
            raise
        raise NetworkUnavailable(
            f"{first.message}; {error.message}",
            hint="name the key set itself: --jwks URL",
            code=first.code,
        ) from None


def _document(
    place: Address, *, issuer: str, deadline: float, context: ssl.SSLContext | None
) -> Download:
    left = max(deadline - time.monotonic(), 0.001)
    answer = download(place, timeout_seconds=left, ssl_context=context)
    _jwks_uri(answer.body, issuer=issuer, place=place)
    return answer


def _jwks_uri(body: bytes, *, issuer: str, place: Address) -> str:
    """Read a discovery document; return its `jwks_uri`."""
    try:
        members = json_object(body, what="answer")
        named, jwks_uri = members.get("issuer"), members.get("jwks_uri")
        if not isinstance(named, str) or not isinstance(jwks_uri, str):
            raise InvalidInput("it lacks 'issuer' or 'jwks_uri'")
        if named == issuer:
            address_of(jwks_uri, what="jwks_uri")  # absolute, unlike a redirect
            address_reached_from(place, jwks_uri, what="jwks_uri")
            return jwks_uri
    except InvalidInput as error:
        raise NetworkUnavailable(
            f"{place.shown} is not an issuer's metadata: {error.message}",
            code="network.not-discovery",
        ) from None
    # A document that speaks for another issuer would let that one's keys sign for this one.
    same_but_slash = named.rstrip("/") == issuer.rstrip("/")
    raise NetworkUnavailable(
        f"{place.shown} speaks for the issuer {ascii(named[:200])[1:-1]}, not for {issuer}",
        # Any other name is the server's word, and not for a command line.
        hint=f"a slash at the end counts: --issuer {named}" if same_but_slash else None,
        code="network.issuer",
    )
