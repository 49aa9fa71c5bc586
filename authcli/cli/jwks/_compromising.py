"""What `authcli jwks compromise` does between its flags and the store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from authcli.cli._delivery import check_delivery
from authcli.cli._messages import note, warn
from authcli.cli._output import emit
from authcli.cli._prompt import confirm
from authcli.cli._store import at_ms, opened
from authcli.cli._text import visible
from authcli.cli._trying import tried
from authcli.cli.jwks._facts import KEY_MEMBERS, key_facts
from authcli.cli.jwks._publishing import place_of, published_facts, say_served
from authcli.cli.jwks._showing import refuse_where_no_keys, written
from authcli.errors import AuthError

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.signing.model import SigningKey
    from authcli.signing.publication import Published
    from authcli.signing.repository import Publication
    from authcli.store import Store

__all__ = ["Asked", "compromise_key"]

_KEY = dict.fromkeys(KEY_MEMBERS)
_MEMBERS = {"changed": None, "key": _KEY, "signs_now": _KEY, "published": None}


class Asked(NamedTuple):
    """What the flags ask for, as it was typed."""

    reason: str | None
    publish: str | None
    yes: bool
    dry_run: bool
    store: str | None
    actor: str | None


class _Dropped(NamedTuple):
    key: SigningKey
    following: SigningKey | None
    """What signs in its place."""
    wanting: str | None
    """What its ring lacks: a key that signs, or one that stands by."""
    published: Published | None = None
    failure: AuthError | None = None
    """Why the JWKS could not be written."""
    holding: tuple[Publication, ...] = ()
    """Publications that still hold the key."""


def compromise_key(run: Run, kid: str, asked: Asked) -> None:
    """Drop a key, deny its tokens, and let the next one sign; in one transaction.

    The JWKS is written after it: a disk that is full must not keep a stolen key alive.

    Raises:
        NotFound: there is no such key.
        Conflict: it was compromised before.
        AuthError: the JWKS cannot be written; the key is dropped all the same.
    """
    from authcli.apikeys.drafts import check_reason
    from authcli.signing.choosing import named

    check_delivery(run, _MEMBERS, prints=False)
    reason = None if asked.reason is None else check_reason(asked.reason)
    place = None if asked.publish is None else place_of(run, asked.publish)
    refuse_where_no_keys(run, asked.store)
    with opened(run, asked.store, write=True, actor=asked.actor, create=False) as found:
        key = named(found.signing_keys.find(), kid)
        if key.state != "compromised" and not asked.dry_run:
            question = f"drop the {key.state} key {key.kid}, and deny every token of it?"
            confirm(run, question, yes=asked.yes)
        with tried(found, dry_run=asked.dry_run):
            done = _dropped(run, found, key.kid, reason)
        if not asked.dry_run:
            done = _published(run, found, done, place)
    following = done.following
    emit(
        run,
        {
            "changed": not asked.dry_run,
            "key": key_facts(done.key),
            "signs_now": None if following is None else key_facts(following),
            "published": published_facts(done.published),
        },
        plain=None if following is None else following.kid,
        human=lambda _: _words(done, dry_run=asked.dry_run),
    )
    _say_after(run, done, dry_run=asked.dry_run)
    if done.failure is not None:
        raise done.failure


def _dropped(run: Run, store: Store, kid: str, reason: str | None) -> _Dropped:
    from authcli.revocation.revoking import revoke
    from authcli.signing.compromise import compromise
    from authcli.signing.model import TOKENS
    from authcli.signing.rings import found_key

    now_ms, repository = at_ms(run), store.signing_keys

    def deny(key: SigningKey, until_ms: int) -> None:
        revoke(
            store.tokens,
            "kid",
            key.name,
            longest_ms=until_ms - now_ms,
            reason=reason or "the key is compromised",
            at_ms=now_ms,
        )

    following = compromise(repository, kid, reason=reason, deny=deny, at_ms=now_ms)
    key = found_key(repository, kid)
    states = {other.state for other in repository.find(purpose=key.purpose, alg=key.alg)}
    wanting = None
    if key.purpose == TOKENS and not {"active", "next"} <= states:
        wanting = "stands by" if "active" in states else "signs"
    return _Dropped(key, following, wanting)


def _published(run: Run, store: Store, done: _Dropped, place: Path | None) -> _Dropped:
    """Write the JWKS where that was asked for, and see who else still holds the key."""
    from authcli.signing.publication import publish

    repository = store.signing_keys
    if place is not None:
        try:
            published = publish(repository, place, force=run.force, at_ms=at_ms(run))
            done = done._replace(published=published)
        except AuthError as error:
            done = done._replace(failure=error)
    holding = [p for p in written(repository.publications()) if done.key.kid in p.kids]
    return done._replace(holding=tuple(holding))


def _say_after(run: Run, done: _Dropped, *, dry_run: bool) -> None:
    """Say what verifiers do not know yet, and where they still find the key."""
    from authcli.signing.model import TOKENS

    following = done.following
    if following is not None and (following.ready_at is None or following.ready_at > at_ms(run)):
        warn(run, "verifiers may not know the key that signs now, until their caches are renewed")
    if done.wanting is not None:
        warn(
            run, f"no key {done.wanting}: authcli jwks rotate, once its key-encryption key is held"
        )
    if dry_run:
        note(run, "nothing was changed")
        return
    for place in done.holding:
        warn(run, f"{visible(place.place)} still holds the dropped key; publish there now")
    if done.published is not None:
        say_served(run, done.published)
    elif done.key.purpose == TOKENS and not done.holding:
        warn(run, "publish the JWKS without the dropped key now: authcli jwks publish -o DIR")


def _words(done: _Dropped, *, dry_run: bool) -> str:
    is_, are, signs = ("would be", "would be", "would sign") if dry_run else ("is", "are", "signs")
    words = f"{done.key.kid} {is_} dropped, and its tokens {are} denied"
    if done.following is None:
        return words
    return f"{words}\n{done.following.kid} {signs} {done.following.alg} now"
