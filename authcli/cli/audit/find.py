"""`authcli audit find`."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import StoreUrl, Time
from authcli.cli._run import Run
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable

    from authcli.audit.model import Event
    from authcli.store import Store
    from authcli.store.audit import AuditLog

app = new_single()

MAX_SECRET_BYTES = 1 << 16
#: A signed token: three parts, the first of which begins as every JSON object does.
_TOKEN = r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*"  # noqa: S105  (a pattern)


@command(app)
def find(
    run: Run,
    *,
    secret: Annotated[
        str, typer.Option(metavar="SOURCE", help="The API key or token: -, @FILE, env:NAME, fd:N.")
    ],
    time: Time = None,
    store: StoreUrl = None,
) -> None:
    """Find what happened to an API key or a token.

    Examples:
      authcli audit find --secret env:LEAKED_KEY
      wl-paste | authcli audit find --secret -
      authcli audit find --secret @leaked.txt --jsonl

    The record holds keyed digests of what was issued, and no secret: an API key is
    found by its digest, then everything that was done to it is listed. A text of
    another form is looked for among the imported keys, which have any; what is none of
    them is no API key, so that nobody types a password here.

    Exit codes: 0 listed (nothing found too), 2 no API key and no token, 9 no such
    store, or its audit key is not there.
    """
    from authcli.cli._listing import stream_table
    from authcli.cli._messages import note
    from authcli.cli._moments import time_form
    from authcli.cli._store import opened, store_exists
    from authcli.cli.audit import _events

    form, (text, doubt) = time_form(run, time), _credential(run, secret)
    events: list[Event] = []
    if store_exists(run, store):
        with opened(run, store, write=False) as found:
            events = _history(found.audit, text) if doubt is None else _imported(found, text)
    if doubt is not None and not events:
        raise doubt
    if not events:
        note(run, "the record knows nothing of it")
    stream_table(
        run,
        map(_events.event_facts, events),
        members=_events.MEMBERS,
        plain=_events.event_line,
        human=lambda items: _events.event_table(items, at=run.at, form=form, colored=run.colored()),
    )


def _imported(store: Store, text: str) -> list[Event]:
    """Return the events about an imported key: one that the store has, or whose digest it had."""
    from hashlib import sha256

    from authcli.apikeys.digests import import_lookup_sha256
    from authcli.apikeys.ownership import known
    from authcli.apikeys.text import display_id
    from authcli.errors import ApiKeyRejected

    targets = set[str]()
    with suppress(ApiKeyRejected):
        targets.add(display_id(known(store.api_keys, text).id))
    # Not by the prefix of djangorestframework-api-key, which says nothing of the rest.
    lookup = import_lookup_sha256(sha256(text.encode()).hexdigest())
    return _history(store.audit, text, lookup, targets=targets)


def _history(audit: AuditLog, *secrets: str, targets: Iterable[str] = ()) -> list[Event]:
    """Return the events about a credential, and all about what they were about, in order."""
    events = {event.seq: event for text in secrets for event in audit.find(secret=text)}
    # Only what its digest leads to: an id alone, which stands in a key's text, can be forged.
    for target in {*targets, *(event.target_id for event in events.values())}:
        # Somebody may have put there what is no text, or what would stand for all targets.
        if isinstance(target, str) and target.isprintable() and not target.endswith("*"):
            events |= {event.seq: event for event in audit.find(target=target)}
    return [events[seq] for seq in sorted(events, key=_place)]


def _place(seq: object) -> int:
    return seq if isinstance(seq, int) else 0  # somebody may have put there what is no number


def _credential(run: Run, source: str) -> tuple[str, InvalidInput | None]:
    """Return the API key or token of a source; and what to say if it is no imported key.

    Raises:
        InvalidInput: it cannot be one, and what it is stays unsaid; or no source.
    """
    from authcli.apikeys.text import may_be_imported, parse
    from authcli.cli._sources import read_source
    from authcli.cli.apikey._verdict import bare_key
    from authcli.errors import ApiKeyRejected

    given = read_source(run, source, what="API key or token", limit=MAX_SECRET_BYTES)
    text = bare_key(given.data)
    if re.fullmatch(_TOKEN, text):
        return text, None
    try:
        return parse(text).text, None
    except ApiKeyRejected as refusal:
        doubt = InvalidInput(
            f"{given.name} holds no API key and no token",
            hint="passwords and other secrets are not in the record",
            code="audit.secret",
        )
        if not may_be_imported(text, refusal):
            raise doubt from None
        return text, doubt
