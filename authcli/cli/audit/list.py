"""`authcli audit list`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import StoreUrl, Time
from authcli.cli._run import Run
from authcli.cli.audit._selection import ByActor, EventName, Selection, Since, Target, Until

if TYPE_CHECKING:
    from authcli.audit.model import Event

app = new_single()

#: How many a terminal gets unasked: more would push away what was there.
ON_A_TERMINAL = 100


@command(app, "list")
def list_(
    run: Run,
    *,
    since: Since = None,
    until: Until = None,
    actor: ByActor = None,
    event: EventName = None,
    target: Target = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="The newest N; 0 with --follow: none.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with what happens, until Ctrl-C.")
    ] = False,
    time: Time = None,
    store: StoreUrl = None,
) -> None:
    """List what was done to the store, and by whom: the newest last.

    Examples:
      authcli audit list --since 1d
      authcli audit list --event 'apikey.*' --actor alice@build
      authcli audit list --target ak_0Bq3v9XkT1a --json
      authcli audit list --limit 20 --field at --field event --field detail.reason
      authcli audit list --follow --jsonl | jq -r 'select(.event == "apikey.revoked")'

    In a pipe a line is the time, the event, its target and who did it. A terminal
    gets the newest 100 unless --limit says otherwise. A duration looks back: --since
    2h. Whether the record was tampered with, audit verify says.

    Exit codes: 0 listed (no events too), 2 a bad filter, 9 no such store.
    """
    from authcli.cli._listing import stream_table
    from authcli.cli._messages import note
    from authcli.cli._moments import time_form
    from authcli.cli._store import opened, store_exists
    from authcli.cli.audit import _events
    from authcli.cli.audit._selection import newest

    wanted = Selection(since, until, actor, event, target).checked()
    form = time_form(run, time)
    cut = limit is None and run.to_terminal and not (run.json or run.fields)
    limit = ON_A_TERMINAL if cut else limit

    def write(events: Iterable[Event]) -> None:
        stream_table(
            run,
            (_events.event_facts(event) for event in events),
            members=_events.MEMBERS,
            plain=_events.event_line,
            human=lambda items: _events.event_table(
                items, at=run.at, form=form, colored=run.colored()
            ),
        )

    if follow:
        from authcli.cli.audit._following import check_form, follow_events

        check_form(run)
    elif not store_exists(run, store):
        return write(())
    with opened(run, store, write=False) as found:
        if follow:
            return follow_events(run, found, wanted, limit=limit)
        write(newest(found.audit, wanted, limit=limit))
        if (
            cut
            and sum(1 for _ in found.audit.find(**wanted, limit=ON_A_TERMINAL + 1)) > ON_A_TERMINAL
        ):
            note(run, f"these are the newest {ON_A_TERMINAL}; more: --limit N")
    return None
