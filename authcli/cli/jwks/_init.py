"""What `authcli jwks init` does between its flags and the store."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from authcli.cli._delivery import check_delivery
from authcli.cli._messages import note
from authcli.cli._output import emit
from authcli.cli._store import at_ms, opened
from authcli.cli._times import duration_of
from authcli.cli.jwks._facts import key_facts, ring_facts
from authcli.cli.jwks._showing import refuse_where_no_keys
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.signing.model import Ring, SigningKey, Times
    from authcli.store import Store

__all__ = ["Asked", "make", "update_ring"]

_MEMBERS = ("ring", "keys")
_LEAST_ROTATION_SECONDS = 3600
_MOST_SECONDS = 366 * 86_400


class Asked(NamedTuple):
    """What the flags ask for, as it was typed."""

    alg: str
    issuer: str | None
    rotate_every: str | None
    cache: str | None
    max_token: str | None
    skew: str | None


def make(run: Run, asked: Asked, *, store: str | None, actor: str | None) -> None:
    """Make a ring.

    Raises:
        Conflict: there is one.
        InvalidInput: an algorithm or a time that cannot be.
    """
    from authcli.signing.model import DEFAULT_TIMES
    from authcli.signing.rotation import init

    times = _times(asked, DEFAULT_TIMES)
    issuer = run.config.text("issuer", asked.issuer)
    check_delivery(run, _MEMBERS)
    with opened(run, store, write=True, actor=actor) as found, found.change():
        ring = init(found.signing_keys, asked.alg, issuer=issuer, times=times, at_ms=at_ms(run))
        _take_in_development_key(run, found)
        keys = found.signing_keys.find(purpose=ring.purpose, alg=ring.alg)
    _tell(run, ring, keys)
    note(run, "verifiers need the public halves: authcli jwks publish -o DIR")


def update_ring(run: Run, asked: Asked, *, store: str | None, actor: str | None) -> None:
    """Change a ring's issuer and times.

    Raises:
        NotFound: there is no such ring.
        InvalidInput: a time that cannot be, or nothing to change.
    """
    from authcli.signing.rings import rings_of
    from authcli.signing.rotation import update

    if asked == Asked(asked.alg, None, None, None, None, None):
        raise InvalidInput("--update changes nothing: name an issuer or a time")
    check_delivery(run, _MEMBERS)
    refuse_where_no_keys(run, store)
    with opened(run, store, write=True, actor=actor, create=False) as found, found.change():
        [old] = rings_of(found.signing_keys, asked.alg)
        ring = update(
            found.signing_keys,
            old.alg,
            issuer=asked.issuer or old.issuer,
            times=_times(asked, old.times),
        )
        keys = found.signing_keys.find(purpose=ring.purpose, alg=ring.alg)
    _tell(run, ring, keys)


def _times(asked: Asked, before: Times) -> Times:
    given = {
        "rotate_ms": ("--rotate-every", asked.rotate_every, _LEAST_ROTATION_SECONDS),
        "cache_ms": ("--cache", asked.cache, 0),
        "max_token_ms": ("--max-token", asked.max_token, 1),
        "skew_ms": ("--skew", asked.skew, 0),
    }
    changed = {}
    for name, (flag, text, least) in given.items():
        if text is None:
            continue
        seconds = duration_of(flag, text, bare_seconds=name == "skew_ms")
        if not least <= seconds <= _MOST_SECONDS:
            raise InvalidInput(f"{flag} {ascii(text[:20])} is not from {least} s to 366 days")
        changed[name] = seconds * 1000
    times = before._replace(**changed)
    if times.rotate_ms <= times.cache_ms + times.skew_ms:
        raise InvalidInput(
            "a key would be replaced before verifiers know it",
            hint="--rotate-every is longer than --cache and --skew together",
        )
    return times


def _take_in_development_key(run: Run, store: Store) -> None:
    """Keep tokens valid that the development key has signed: it is verified with from now on."""
    from authcli.cli._devkey import development_key, development_key_path

    if not os.path.lexists(development_key_path()):
        return
    from authcli.signing.taking_in import take_in_development_key

    key = development_key(make=False)
    taken = take_in_development_key(store.signing_keys, key, at_ms=at_ms(run))
    if taken is not None:
        end = f"authcli jwks retire {taken.kid[:8]}"
        note(run, f"tokens of the development key are still taken; to end that: {end}")


def _tell(run: Run, ring: Ring, keys: list[SigningKey]) -> None:
    shown = [key for key in keys if key.state in ("active", "next")]
    words = {"active": f"signs {ring.alg}", "next": "stands by"}
    emit(
        run,
        {"ring": ring_facts(ring), "keys": [key_facts(key) for key in shown]},
        plain=next((key.kid for key in shown if key.state == "active"), None),
        human=lambda _: "\n".join(f"{key.kid}  {words[key.state]}" for key in shown),
    )
