"""Rotation: what the time-line says is due is done, and nothing else; so cron may call it hourly.

    init        a ring, its first key active, its second standing by
    update      other times for a ring
    rotate      make, publish, activate, retire, remove: what is due
    begin       a rotation as soon as it can be
    activate    the next key signs, now
    retire      a key leaves before its time

All of it happens inside one transaction that holds the store's lock: of two at once the second
sees what the first did. There are never two active keys of a ring (a unique index), nor none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from authcli.clock import now_ms
from authcli.errors import Conflict
from authcli.signing.making import draw, put_in, require_issuer, require_signing_algorithm
from authcli.signing.model import DEFAULT_TIMES, TOKENS, Ring
from authcli.signing.rings import (
    change_key,
    found_key,
    keys_of,
    let_sign,
    ring_of,
    rings_of,
    wrong_state,
)
from authcli.signing.timeline import Step, asked_for, due, plan, timeline

if TYPE_CHECKING:
    from authcli.audit.journal import Journal
    from authcli.signing.model import SigningKey, Times
    from authcli.signing.publication import Published
    from authcli.signing.repository import SigningRepository

__all__ = ["Rotated", "activate", "begin", "init", "retire", "rotate", "update"]


class Rotated(NamedTuple):
    """What a rotation did, and what comes next."""

    done: tuple[Step, ...]
    """What was done, in order; empty where nothing was due."""
    ahead: tuple[Step, ...]
    """What comes, in order."""
    published: Published | None = None
    """What was written, where that was asked for."""

    @property
    def changed(self) -> bool:
        """Whether a key changed its state, or one was made."""
        return bool(self.done)


def init(
    repository: SigningRepository,
    alg: str,
    *,
    issuer: str | None = None,
    times: Times = DEFAULT_TIMES,
    at_ms: int | None = None,
) -> Ring:
    """Make a ring for an algorithm: a key that signs from now on, and one that stands by.

    Args:
        repository: the store's keys.
        alg: of public-key signatures: "ES256".
        issuer: the iss of its tokens.
        times: what its dates follow from.
        at_ms: when; the clock's when None.

    Raises:
        Conflict: there is such a ring ("jwks.exists").
        InvalidInput: an algorithm that cannot be published; an issuer that no token should name.
        Unavailable: the store or its KEK cannot be used.
    """
    at = now_ms() if at_ms is None else at_ms
    name = require_signing_algorithm(alg)
    ring = Ring(TOKENS, name, require_issuer(issuer), times, at)
    with repository.change() as journal:
        if any((old.purpose, old.alg) == (ring.purpose, ring.alg) for old in repository.rings()):
            raise Conflict(
                f"there are managed keys of {ring.alg} already",
                hint="authcli jwks status; to change their times: authcli jwks init --update",
                code="jwks.exists",
            )
        repository.add_ring(ring)
        put_in(repository, journal, draw(ring.alg), ring=ring, state="active", at_ms=at)
        put_in(repository, journal, draw(ring.alg), ring=ring, state="next", at_ms=at)
    return ring


def update(repository: SigningRepository, alg: str, *, issuer: str | None, times: Times) -> Ring:
    """Give a ring another issuer and other times.

    Of keys that sign or will, longest life and cache age only grow: tokens and caches are out.

    Args:
        repository: the store's keys.
        alg: the ring's algorithm.
        issuer: the iss of its tokens.
        times: what its dates follow from.

    Raises:
        NotFound: there is no such ring ("jwks.none").
        InvalidInput: an issuer that no token should name ("jwks.issuer").
    """
    require_issuer(issuer)
    with repository.change() as journal:
        [old] = rings_of(repository, alg)
        ring = old._replace(issuer=issuer, times=times)
        repository.add_ring(ring)
        for key in keys_of(repository, ring):
            if key.state in ("next", "active"):
                grown: dict[str, object] = {
                    "cache_ms": max(key.cache_ms, times.cache_ms),
                    "max_token_ms": max(key.max_token_ms, times.max_token_ms),
                    "skew_ms": max(key.skew_ms, times.skew_ms),
                }
                change_key(repository, key, grown)
        journal.record(
            "signing-key.ring-updated",
            target=("ring", ring.alg),
            detail={"issuer": issuer, **times._asdict()},
        )
    return ring


def rotate(
    repository: SigningRepository,
    *,
    alg: str | None = None,
    if_older_than_ms: int | None = None,
    start: bool = False,
    publish: Callable[[], Published] | None = None,
    dry_run: bool = False,
    at_ms: int | None = None,
) -> Rotated:
    """Do what is due for every ring of tokens, or for one.

    Args:
        repository: the store's keys.
        alg: the ring's algorithm; all rings when None.
        if_older_than_ms: rotate keys that have signed for so long, instead of the ring's own time.
        start: ask for a rotation before, as `begin` does.
        publish: writes the JWKS and records that; called inside the lock after all else.
        dry_run: change nothing; `done` is what would be.
        at_ms: now; the clock's when None.

    Raises:
        NotFound: there is no such ring ("jwks.none").
        Unavailable: the store or its KEK cannot be used; then nothing was changed.
    """
    at = now_ms() if at_ms is None else at_ms
    with repository.change() as journal:
        rings = rings_of(repository, alg, if_older_than_ms)
        if start and not dry_run:
            begin(repository, alg=alg, at_ms=at)
        done: list[Step] = []
        planned: list[Step] = []
        for ring in rings:
            keys = keys_of(repository, ring)
            if dry_run:
                steps, ahead = plan(ring, asked_for(keys, at_ms=at) if start else keys, at_ms=at)
                planned += ahead
            else:
                steps = _done(repository, journal, ring, at)
            done += steps
        written = publish() if publish is not None and not dry_run else None
        if not dry_run:
            for ring in rings:
                planned += timeline(ring, keys_of(repository, ring), at_ms=at)
    return Rotated(tuple(done), tuple(sorted(planned, key=lambda step: step.at)), written)


def begin(
    repository: SigningRepository, *, alg: str | None = None, at_ms: int | None = None
) -> tuple[SigningKey, ...]:
    """Ask for a rotation as soon as the next key may sign; return the active keys it is asked of.

    Raises:
        NotFound: there is no such ring ("jwks.none").
    """
    at = now_ms() if at_ms is None else at_ms
    asked = []
    with repository.change() as journal:
        for ring in rings_of(repository, alg, None):
            for key in keys_of(repository, ring):
                if key.state == "active" and key.rotate_asked_at is None:
                    repository.put(key.kid, {"rotate_asked_at": at}, where_state="active")
                    journal.record("signing-key.rotation-asked", target=("signing-key", key.kid))
                    asked.append(key)
    return tuple(asked)


def activate(
    repository: SigningRepository, kid: str, *, force: bool = False, at_ms: int | None = None
) -> SigningKey:
    """Let a next key sign, now; the one that did retires.

    Args:
        repository: the store's keys.
        kid: the whole kid.
        force: though verifiers may not have seen it yet.
        at_ms: when; the clock's when None.

    Raises:
        NotFound: there is no such key ("jwks.not-found").
        Conflict: it is no next key ("jwks.state"), or not published for long enough and not
            forced ("jwks.unpublished").
    """
    from authcli.clock import format_instant

    at = now_ms() if at_ms is None else at_ms
    with repository.change() as journal:
        key = found_key(repository, kid)
        if key.state != "next":
            raise wrong_state(key, "next")
        if not force and (key.ready_at is None or key.ready_at > at):
            raise Conflict(
                f"the key {kid} was not published yet"
                if key.ready_at is None
                else f"verifiers may not know the key {kid} before "
                f"{format_instant(key.ready_at // 1000)}",
                hint="authcli jwks publish -o DIR, or --force: tokens may be refused until then",
                code="jwks.unpublished",
            )
        ring = ring_of(repository, key)
        let_sign(repository, journal, ring, key, at)
        put_in(repository, journal, draw(ring.alg), ring=ring, state="next", at_ms=at)
        return found_key(repository, kid)


def retire(
    repository: SigningRepository, kid: str, *, force: bool = False, at_ms: int | None = None
) -> SigningKey:
    """Take a key out of the JWKS before its time.

    Raises:
        NotFound: there is no such key ("jwks.not-found").
        Conflict: it signs ("jwks.state"), or tokens of it live and nobody forced it ("jwks.live").
    """
    from authcli.clock import format_instant

    at = now_ms() if at_ms is None else at_ms
    with repository.change() as journal:
        key = found_key(repository, kid)
        if key.state not in ("next", "retiring"):
            raise wrong_state(key, "next or retiring")
        if not force and key.remove_at is not None and key.remove_at > at:
            raise Conflict(
                f"tokens of the key {kid} live until {format_instant(key.remove_at // 1000)}",
                hint="wait for rotate, or --force: those tokens will be refused",
                code="jwks.live",
            )
        change_key(repository, key, {"state": "retired", "retired_at": at})
        repository.forget_private(kid)
        journal.record("signing-key.retired", target=("signing-key", kid), detail={"early": True})
        if key.state == "next":
            ring = ring_of(repository, key)
            put_in(repository, journal, draw(ring.alg), ring=ring, state="next", at_ms=at)
        return found_key(repository, kid)


def _done(repository: SigningRepository, journal: Journal, ring: Ring, at_ms: int) -> list[Step]:
    """Do what is due for a ring; twice, since it has a next key after an activation too."""
    done = []
    for _ in range(2):
        steps = due(ring, keys_of(repository, ring), at_ms=at_ms)
        for step in steps:
            _carry_out(repository, journal, step, at_ms)
        done += steps
    return done


def _carry_out(repository: SigningRepository, journal: Journal, step: Step, at_ms: int) -> None:
    if step.action == "make":
        put_in(repository, journal, draw(step.ring.alg), ring=step.ring, state="next", at_ms=at_ms)
    elif step.action == "activate" and step.key is not None:
        let_sign(repository, journal, step.ring, step.key, at_ms)
    elif step.action == "remove" and step.key is not None:
        change_key(repository, step.key, {"state": "retired", "retired_at": at_ms})
        journal.record("signing-key.retired", target=("signing-key", step.key.kid))
