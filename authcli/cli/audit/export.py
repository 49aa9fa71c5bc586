"""`authcli audit export`."""

from __future__ import annotations

from authcli.cli._common import command, new_single
from authcli.cli._options import StoreUrl
from authcli.cli._run import Run
from authcli.cli.audit._selection import ByActor, EventName, Selection, Since, Target, Until

app = new_single()


@command(app)
def export(
    run: Run,
    *,
    since: Since = None,
    until: Until = None,
    actor: ByActor = None,
    event: EventName = None,
    target: Target = None,
    store: StoreUrl = None,
) -> None:
    """Print the whole record, for keeping elsewhere: an event a line, as JSON.

    Examples:
      authcli audit export -o audit-2026.jsonl --since 2026-01-01 --until 2027-01-01
      authcli audit export | gzip > audit.jsonl.gz
      authcli audit export --event 'apikey.*' | jq -r .actor | sort | uniq -c

    A line has everything that the database has, the MACs too, so that the record can
    be verified elsewhere with the audit key. One state of the store is exported,
    whatever is done meanwhile. --json prints one object instead.

    Exit codes: 0 printed (no events too), 2 a bad filter, 9 no such store.
    """
    from authcli.cli._listing import stream_table
    from authcli.cli._store import opened
    from authcli.cli.audit import _events

    wanted = Selection(since, until, actor, event, target).checked()
    if not run.json:
        run = run._replace(json=True, jsonl=True)
    with opened(run, store, write=False) as found:
        stream_table(
            run,
            (_events.event_facts(one, chained=True) for one in found.audit.find(**wanted)),
            members=(*_events.MEMBERS, *_events.CHAINED),
            plain=_events.event_line,
            human=lambda items: _events.event_table(items, at=run.at, form=None, colored=False),
        )
