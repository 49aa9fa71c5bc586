"""The JWK Set that a URL answers (RFC 7517, section 5), public keys alone."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Unpack

from authcli import clock
from authcli.encoding import json_object
from authcli.errors import InvalidInput, NetworkUnavailable
from authcli.keys import Finding, Key, KeySet, read_set
from authcli.keys.remote.download import download
from authcli.keys.remote.obtain import (
    ASK_AGAIN_SECONDS,
    STALE_SECONDS,
    FetchOptions,
    Obtained,
    Policy,
    obtain,
)
from authcli.keys.remote.urls import Address, address_of

__all__ = ["Fetched", "fetch_jwks", "keys_for"]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A key set, its origin and its age. Times are epoch seconds of the real clock."""

    keys: KeySet
    """Public keys; `keys.ignored` says which entries were passed over, and why."""
    url: str
    """As it was asked for."""
    fetched_at: int
    """When the server answered."""
    asked_at: int
    """When it was last asked; later than `fetched_at` where that attempt failed."""
    expires_at: int
    """Until when it is used without asking again."""
    age_seconds: int
    """Since `fetched_at`."""
    stale: bool
    """Used beyond `expires_at`, because asking failed or was forbidden."""
    warnings: tuple[str, ...]
    """What a person should know: a failed fetch, a private key in the set, an unwritable cache."""
    from_cache: bool


def fetch_jwks(
    url: str,
    *,
    cache_folder: Path | None = None,
    offline: bool = False,
    refresh: bool = False,
    timeout_seconds: float = 5.0,
    max_age_seconds: int = 300,
    ssl_context: ssl.SSLContext | None = None,
) -> Fetched:
    """Return the public keys at a URL, from the cache while they are fresh.

    Args:
        url: https, or http to this machine.
        cache_folder: where answers are kept, one file a URL; None keeps nothing. What one
            `ssl_context` trusted is believed under another: give each its own folder.
        offline: use the cache alone, whatever its age.
        refresh: ask even while the cache is fresh.
        timeout_seconds: for the whole fetch, redirects included; up to 300.
        max_age_seconds: how long an answer is fresh whose server does not say; up to a day.
        ssl_context: whom to trust; None is the system's certificate authorities.

    Raises:
        InvalidInput: a URL that the rules forbid (code "url.invalid"), or an impossible limit.
        NetworkUnavailable: not fetched, and nothing usable cached; `code` tells
            "network.offline", "network.not-jwks" and the failures of `download` apart.

    Source: RFC 7517, section 5; RFC 9111, section 4.2.
    """
    address = address_of(url)
    policy = Policy(
        cache_folder=cache_folder,
        offline=offline,
        refresh=refresh,
        timeout_seconds=timeout_seconds,
        max_age_seconds=max_age_seconds,
        ssl_context=ssl_context,
    )
    obtained = obtain(
        address,
        get=lambda: download(address, timeout_seconds=timeout_seconds, ssl_context=ssl_context),
        accept=lambda body: _public_keys(body, address),
        policy=policy,
    )
    return _fetched(obtained, url)


def keys_for(
    url: str, *, kid: str | None, held: Fetched | None = None, **options: Unpack[FetchOptions]
) -> Fetched:
    """Return the keys at a URL, asked for once more where they do not hold the kid.

    An issuer that rotates signs with a key that the cache has not seen. A kid is whatever a
    token's author wrote, so invented ones lead to one request in 10 seconds, not to one each.

    Args:
        url: as of `fetch_jwks`, whose errors are these, too. A refetch that fails is a warning,
            not an error; whether the kid was found is for the caller to look at.
        kid: the token's; None asks for nothing more.
        held: what an earlier call returned, for callers that verify many tokens.
        options: those of `fetch_jwks`.
    """
    fetched = fetch_jwks(url, **options) if held is None else _aged(held)
    known = kid is None or fetched.keys.find(kid) is not None
    asked_lately = clock.now() < fetched.asked_at + ASK_AGAIN_SECONDS
    if options.get("offline") or asked_lately or (known and not fetched.stale):
        return fetched
    try:
        return fetch_jwks(url, refresh=True, **options)
    except NetworkUnavailable as error:  # with nothing on disk; `held` may still serve
        if clock.now() >= fetched.expires_at + STALE_SECONDS:
            raise
        warning = f"{error.message}; the keys held are used"
        return replace(fetched, asked_at=clock.now(), warnings=(warning,))


def _public_keys(body: bytes, address: Address) -> tuple[KeySet, tuple[str, ...]]:
    """Read a JWK Set; return its public keys, and a warning for each that is none or broken."""
    try:
        # Before read_set, which takes text of no known format for an HMAC secret.
        if not isinstance(json_object(body, what="answer").get("keys"), list):
            raise InvalidInput("it has no list of 'keys'")
        found = read_set(body, what="JWK Set")
    except InvalidInput as error:
        raise NetworkUnavailable(
            f"{address.shown} does not answer with a JWK Set: {error.message}",
            hint="for an issuer's address rather than its key set's: --issuer URL",
            code="network.not-jwks",
        ) from None
    published = tuple(_published_secret(key) for key in found.keys if key.private)
    keys = tuple(key for key in found.keys if not key.private)
    passed_over = found.passed_over + published
    warnings = tuple(
        f"in the key set of {address.shown}, {finding.subject or 'a key'}: {finding.message}"
        for finding in passed_over
        if finding.severity != "note"  # types that we do not know are silently ignored
    )
    return replace(found, keys=keys, passed_over=passed_over), warnings


def _published_secret(key: Key) -> Finding:
    return Finding(
        code="key.published",
        severity="error",
        message=f"a {'shared secret' if key.kty == 'oct' else 'private key'} is published, so "
        "everyone can sign with it; it is not used",
        hint="tell whoever runs the server, and replace the key",
        subject=f"kid {ascii(key.kid)[:80]}" if key.kid is not None else "a key without kid",
    )


def _fetched(obtained: Obtained[tuple[KeySet, tuple[str, ...]]], url: str) -> Fetched:
    keys, reasons = obtained.document
    return Fetched(
        keys=keys,
        url=url,
        fetched_at=obtained.entry.fetched_at,
        asked_at=obtained.entry.asked_at,
        expires_at=obtained.entry.expires_at,
        age_seconds=obtained.age_seconds,
        stale=obtained.stale,
        warnings=reasons + obtained.warnings,
        from_cache=obtained.from_cache,
    )


def _aged(held: Fetched) -> Fetched:
    """Return what a caller held, as old as it is now."""
    now = clock.now()
    return replace(held, age_seconds=max(now - held.fetched_at, 0), stale=now >= held.expires_at)
