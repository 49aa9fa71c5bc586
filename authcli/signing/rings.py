"""Rings and their keys inside a change: found, and moved from one state to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from authcli.errors import AuthError, Conflict, InvalidInput, NotFound
from authcli.signing.making import require_signing_algorithm
from authcli.signing.model import TOKENS
from authcli.signing.timeline import removal_of

if TYPE_CHECKING:
    from authcli.audit.journal import Journal
    from authcli.signing.model import Ring, SigningKey
    from authcli.signing.repository import SigningRepository

__all__ = [
    "change_key",
    "found_key",
    "keys_of",
    "let_sign",
    "no_key",
    "no_rings",
    "ring_of",
    "rings_of",
    "wrong_state",
]


def rings_of(
    repository: SigningRepository, alg: str | None = None, if_older_than_ms: int | None = None
) -> list[Ring]:
    """Return the rings of tokens, or the one of an algorithm; rotated at another age where given.

    Raises:
        NotFound: there is none ("jwks.none").
    """
    rings = [ring for ring in repository.rings() if ring.purpose == TOKENS]
    if alg is not None:
        rings = [ring for ring in rings if ring.alg.lower() == alg.lower()]
    if not rings:
        raise no_rings(alg)
    if if_older_than_ms is None:
        return rings
    return [ring._replace(times=ring.times._replace(rotate_ms=if_older_than_ms)) for ring in rings]


def no_rings(alg: str | None) -> AuthError:
    """Return what to say where there are no managed keys of an algorithm, or none at all.

    That is a usage error where there never can be any: a shared secret is not published.
    """
    try:
        usual = "ES256" if alg is None else require_signing_algorithm(alg)
    except InvalidInput as error:
        return error
    return NotFound(
        "there are no managed signing keys" + (f" of {usual}" if alg else ""),
        hint=f"authcli jwks init {usual}",
        code="jwks.none",
    )


def keys_of(repository: SigningRepository, ring: Ring) -> list[SigningKey]:
    """Return a ring's keys, the oldest first."""
    return repository.find(purpose=ring.purpose, alg=ring.alg)


def ring_of(repository: SigningRepository, key: SigningKey) -> Ring:
    """Return the ring that a key belongs to."""
    return next(r for r in repository.rings() if (r.purpose, r.alg) == (key.purpose, key.alg))


def found_key(repository: SigningRepository, kid: str) -> SigningKey:
    """Return a key by its whole kid; raises `NotFound` ("jwks.not-found")."""
    key = repository.key(kid)
    if key is None:
        raise no_key(kid)
    return key


def no_key(named: str) -> NotFound:
    """Return what is wrong where there is no key of a kid or name."""
    return NotFound(
        f"there is no managed key {ascii(named[:80])}",
        hint="authcli jwks list",
        code="jwks.not-found",
    )


def wrong_state(key: SigningKey, wanted: str) -> Conflict:
    """Return what is wrong where a key is not in the state that something needs."""
    return Conflict(
        f"the key {key.kid} is {key.state}, not {wanted}",
        hint=f"authcli jwks show {key.kid[:8]}",
        code="jwks.state",
    )


def let_sign(
    repository: SigningRepository, journal: Journal, ring: Ring, key: SigningKey, at_ms: int
) -> None:
    """Activate a next key; the active one, if there is, signs no more."""
    for old in repository.active(purpose=ring.purpose, alg=ring.alg):
        values = {
            "state": "retiring",
            "retiring_at": at_ms,
            "remove_at": removal_of(old, at_ms=at_ms),
        }
        change_key(repository, old, values)
        repository.forget_private(old.kid)
        journal.record("signing-key.retiring", target=("signing-key", old.kid))
    change_key(repository, key, {"state": "active", "activated_at": at_ms})
    journal.record("signing-key.activated", target=("signing-key", key.kid))


def change_key(repository: SigningRepository, key: SigningKey, values: dict[str, object]) -> None:
    """Change columns of a key; raises `Conflict` ("jwks.changed") where it is not as it was."""
    if not repository.put(key.kid, values, where_state=key.state):
        raise Conflict(
            f"the key {key.kid} changed meanwhile", hint="authcli jwks status", code="jwks.changed"
        )
