"""Signing keys and tokens for tests of stores: rows of every state, made as commands make them."""

from __future__ import annotations

from collections.abc import Callable

from authcli.revocation import families
from authcli.revocation.families import Refreshed
from authcli.revocation.model import IssuedToken
from authcli.revocation.revoking import revoke
from authcli.signing.compromise import compromise
from authcli.signing.model import SigningKey, State, Times
from authcli.signing.publication import jwks, record
from authcli.signing.rotation import activate, begin, init
from authcli.store import Store

HOUR, DAY = 3_600_000, 86_400_000
#: The longest life of a token is over after that, so that a test need not wait for a year.
QUICK = Times(rotate_ms=30 * DAY, cache_ms=HOUR, max_token_ms=DAY, skew_ms=60_000)


def key_of(store: Store, state: State) -> SigningKey:
    """Return the only key of a state."""
    [found] = [key for key in store.signing_keys.find() if key.state == state]
    return found


def publish(store: Store, *, at_ms: int, place: str = "test") -> None:
    """Record the present JWKS as one that can be seen."""
    text, kids = jwks(store.signing_keys)
    record(store.signing_keys, place, text, kids, at_ms=at_ms)


def ring_of_every_state(store: Store, *, at_ms: int, alg: str = "EdDSA") -> None:
    """Make keys that are next, active, retiring and compromised, and a retired one by hand."""
    init(store.signing_keys, alg, times=QUICK, at_ms=at_ms)
    publish(store, at_ms=at_ms)
    first = key_of(store, "active").kid
    activate(store.signing_keys, key_of(store, "next").kid, force=True, at_ms=at_ms)
    compromise(store.signing_keys, key_of(store, "active").kid, deny=denying(store), at_ms=at_ms)
    store.database.run(
        "UPDATE signing_keys SET state = 'retired', retired_at = :at WHERE kid = :kid",
        at=at_ms,
        kid=first,
    )
    activate(store.signing_keys, key_of(store, "next").kid, force=True, at_ms=at_ms)
    begin(store.signing_keys, at_ms=at_ms)


def denying(store: Store) -> Callable[[SigningKey, int], None]:
    """Return what denies the tokens of a compromised key."""

    def deny(key: SigningKey, until_ms: int) -> None:
        revoke(store.tokens, "kid", key.kid, longest_ms=key.max_token_ms)

    return deny


def family(store: Store, sub: str = "alice", **options: int) -> Refreshed:
    """Begin a family of refresh tokens."""
    claims = {"iss": "https://login.example", "sub": sub, "aud": ["a", "b"], "scope": "r w"}
    times = {"access_ms": HOUR, "idle_ms": 14 * DAY, "absolute_ms": 90 * DAY}
    return families.begin(store.tokens, {**claims, "team": "ops"}, **{**times, **options})


def issued(jti: str, *, ends_at: int, sub: str | None = "alice") -> IssuedToken:
    """Return the record of a token."""
    return IssuedToken(
        issuer="https://login.example",
        jti=jti,
        sub=sub,
        aud=("a", "b"),
        scopes=("r",),
        kid="K",
        family_id=None,
        issued_at=ends_at - HOUR,
        expires_at=ends_at,
        issued_by="tester",
    )
