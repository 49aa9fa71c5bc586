"""What `authcli apikey issue` does between its flags and the store, and with the key then.

A key is printed once, so one that could not be printed must not live: whatever stops the writing
(a full disk, a reader who left, Ctrl-C), it is revoked before the command ends. Signals wait while
a key is being made; else one could come between the store's word and ours.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from authcli.cli._messages import note, warn
from authcli.cli._moments import instant
from authcli.cli._output import emit, json_text, refuse_existing
from authcli.cli._secret_output import SecretForm, check_secret_delivery, emit_secret
from authcli.cli._signals import uninterrupted
from authcli.cli._store import at_ms, open_place, opened, store_exists, store_place
from authcli.cli._text import columns, paint, visible
from authcli.cli._times import instant_of
from authcli.cli.apikey._facts import MEMBERS, facts, rate_text
from authcli.cli.apikey._pages import say_new
from authcli.cli.apikey._verdict import words
from authcli.errors import AuthError, InvalidInput

if TYPE_CHECKING:
    from authcli.apikeys.drafts import Draft
    from authcli.apikeys.issuing import Issued
    from authcli.cli._feed import Block
    from authcli.cli._run import Run
    from authcli.store import Store

__all__ = ["Wanted", "drafted", "emit_draft", "issue_many", "issue_one"]

DEFAULT_LIFETIME_MS = 90 * 86_400_000
REASON = "could not be shown"
MAX_COUNT = 10_000_000
#: Keys of one transaction: its commit is spread over them, and others wait for it but a moment.
PER_BATCH = 1000


class Wanted(NamedTuple):
    """What the flags ask for, as it was typed."""

    name: str
    prefix: str
    scope: list[str] | None
    owner: str | None
    environment: str | None
    meta: list[str] | None
    cidr: list[str] | None
    rate: str | None
    quota: int | None
    not_before: str | None
    expires: str | None


def drafted(wanted: Wanted, *, now: int) -> Draft:
    """Return the key that the flags ask for, checked; nothing is issued.

    Args:
        wanted: the flags.
        now: in Unix milliseconds; read once, so that 90 days are 90 days wherever they are told.

    Raises:
        InvalidInput: one of them cannot be.
    """
    from authcli.apikeys.drafts import Draft, check_draft
    from authcli.apikeys.rates import parse_rate
    from authcli.cli._claims import parse_metadata

    begins = _instant_ms("--not-before", wanted.not_before, now)
    return check_draft(
        Draft(
            name=wanted.name,
            prefix=wanted.prefix,
            scopes=tuple(words(wanted.scope, "--scope")),
            owner=wanted.owner,
            environment=wanted.environment,
            metadata=parse_metadata(wanted.meta or []),
            cidrs=tuple(words(wanted.cidr, "--cidr")),
            rate=parse_rate(wanted.rate) if wanted.rate is not None else None,
            quota=wanted.quota,
            not_before_ms=begins,
            expires_at_ms=_end_ms(wanted.expires, now, begins=max(now, begins or 0)),
        ),
        at_ms=now,
    )


def _instant_ms(flag: str, text: str | None, now: int) -> int | None:
    return None if text is None else instant_of(flag, text, at=now // 1000) * 1000


def _end_ms(text: str | None, now: int, *, begins: int) -> int | None:
    """Return when the key's life ends; None is never, which must be asked for."""
    if text is None:
        return begins + DEFAULT_LIFETIME_MS
    return None if text.lower() == "never" else _instant_ms("--expires", text, now)


def say_doubts(run: Run, draft: Draft) -> None:
    """Say what a person should know of the key that is asked for."""
    if not draft.scopes:
        note(run, "without --scope the key grants none")
    if "*" in draft.scopes:
        warn(run, "the key grants everything (--scope '*')")


def emit_draft(
    run: Run, draft: Draft, *, count: int | None, store: str | None, actor: str | None
) -> None:
    """Show what would be issued; no store is changed.

    Raises:
        InvalidInput, Unavailable: what issuing would raise of the count, the actor, the store.
    """
    if count is not None:
        _check_count(count)
    place = store_place(run, store, actor=actor)
    if store_exists(run, store):
        with open_place(run, place, write=False):
            pass
    wanted = {
        "name": draft.name,
        "prefix": draft.prefix,
        "owner": draft.owner,
        "environment": draft.environment,
        "scopes": list(draft.scopes),
        "cidrs": list(draft.cidrs),
        "metadata": dict(draft.metadata),
        "rate": rate_text(draft.rate),
        "quota": draft.quota,
        "not_before": instant(draft.not_before_ms),
        "expires_at": instant(draft.expires_at_ms),
        "count": 1 if count is None else count,
        "issued": False,
    }
    say_doubts(run, draft)
    if draft.expires_at_ms is None:
        note(run, "the key never expires")
    note(run, "nothing was issued (--dry-run)")
    rows = [(n, _shown(v)) for n, v in wanted.items() if v not in (None, [], {}, False)]
    emit(run, wanted, plain=json_text(run, wanted), human=lambda on: columns(rows, indent=""))


def _shown(value: object) -> str:
    from authcli.cli._output import raw

    text = " ".join(map(str, value)) if isinstance(value, list) else raw(value)
    return visible(text)


def issue_one(
    run: Run, draft: Draft, form: SecretForm, *, now: int, store: str | None, actor: str | None
) -> None:
    """Issue one key and print it; revoke it where it cannot be printed."""
    from authcli.apikeys.issuing import issue

    check_secret_delivery(run, form, ("key", *MEMBERS))
    with opened(run, store, write=True, actor=actor) as found, _shown_or_revoked(run, found) as ids:
        with uninterrupted():
            issued = issue(found.api_keys, draft, at_ms=now)
            ids.append(issued.key.id)
        text = issued.text
        emit_secret(
            run,
            {"key": text, **_facts(found, issued, now)},
            value=text,
            form=form,
            default_var="API_KEY",
            human=lambda on: paint(text, "bold", on=on),
        )
    if run.to_terminal or not run.json:
        say_new(run, facts(issued.key, at_ms=now), at=now // 1000)


def issue_many(
    run: Run, draft: Draft, *, count: int, now: int, store: str | None, actor: str | None
) -> None:
    """Issue so many keys alike, a line each, in batches of which each is one transaction.

    A batch that cannot be written is revoked; of a file, which is whole or not there, all are.
    """
    from authcli.apikeys.issuing import issue_many as issue_batch
    from authcli.cli._bulk import Item, run_bulk
    from authcli.cli._feed import Count

    _check_count(count)
    refuse_existing(run, str(run.output) if run.output else None)
    full = bool(run.json or run.fields)

    def item(number: int, issued: Issued) -> Item:
        if not full:
            return Item(issued.text)
        told = _facts(found, issued, now)
        return Item(facts={"line": number, "key": issued.text, **told})

    with opened(run, store, write=True, actor=actor) as found, _shown_or_revoked(run, found) as ids:

        def judge(block: Block) -> Iterator[Item]:
            if run.output is None:
                del ids[:]  # the batch before was written, else this one were not asked for
            with uninterrupted():
                batch = issue_batch(found.api_keys, draft, count=block.size, at_ms=now)
                ids.extend(issued.key.id for issued in batch)
            return map(item, range(block.first, block.first + block.size), batch)

        feed = Count(count, per_block=PER_BATCH)
        # One process: they would wait for each other's commits.
        run_bulk(run, feed, judge, members=("line", "key", *MEMBERS), jobs=1)
    note(run, f"{count} keys issued; they are shown once")


def _check_count(count: int) -> None:
    if not 1 <= count <= MAX_COUNT:
        raise InvalidInput(f"--count {count} is not between 1 and {MAX_COUNT}")


def _facts(store: Store, issued: Issued, now: int) -> dict[str, Any]:
    """Return what JSON says of a new key; who issued it is the store's to say."""
    return facts(issued.key._replace(created_by=store.actor), at_ms=now)


@contextmanager
def _shown_or_revoked(run: Run, store: Store) -> Iterator[array[int]]:
    """Give a list for the ids of keys that are not shown yet; revoke them if that fails."""
    ids: array[int] = array("q")
    for root in ("pepper", "audit"):  # a source may be a command that asks a person: before all
        store.roots[root].read()
    try:
        yield ids
    except BaseException:
        with uninterrupted():
            _revoke(run, store, ids)
        raise


def _revoke(run: Run, store: Store, ids: array[int]) -> None:
    from authcli.apikeys.revocation import revoke
    from authcli.apikeys.text import display_id

    some = f"{len(ids)} keys" if len(ids) > 1 else "".join(map(display_id, ids))
    try:
        for start in range(0, len(ids), PER_BATCH):
            chosen = ids[start : start + PER_BATCH]
            revoke(store.api_keys, chosen, reason=REASON, at_ms=at_ms(run))
    except AuthError as error:
        hint = "find them: authcli apikey list" if len(ids) > 1 else f"authcli apikey revoke {some}"
        warn(run, f"{some} could be neither shown nor revoked: {error.message}; {hint}")
    else:
        if ids:
            verb = "were" if len(ids) > 1 else "was"
            note(run, f"{some} {verb} revoked: what cannot be shown must not live")
