"""`authcli apikey usage`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import StoreUrl, Time
from authcli.cli._run import Run
from authcli.cli.apikey._filters import SomeIds, Wanted, filtered

if TYPE_CHECKING:
    from collections.abc import Iterable

    from authcli.apikeys.model import ApiKey

app = new_single()


@command(app)
@filtered
def usage(
    run: Run,
    *,
    ids: SomeIds = None,
    wanted: Wanted,
    since: Annotated[
        str, typer.Option(metavar="TIME", help="How far to look back: 7d, or a date.")
    ] = "7d",
    by: Annotated[str, typer.Option(metavar="hour|day", help="What to add up.")] = "day",
    time: Time = None,
    store: StoreUrl = None,
) -> None:
    """Show how often API keys were used.

    Examples:
      authcli apikey usage ci
      authcli apikey usage --owner payments --since 24h --by hour
      authcli apikey usage ci --jsonl | jq -r 'select(.outcome != "ok") | .outcome'
      authcli apikey usage ak_0Bq3 --field at --field outcome --field n

    A row is a key, a day or an hour in UTC, and an outcome: ok, or the code of the
    refusal (authcli help apikey.expired). Uses are added up by the hour, so that the
    hour that --since lies in is whole. Without ID and filters: every key.

    Exit codes: 0 shown (no uses too), 2 a bad filter, 7 no such key,
    9 no store where one was named.
    """
    from authcli.cli._listing import stream_table
    from authcli.cli._moments import past_ms, time_form
    from authcli.cli._store import at_ms, opened, refuse_where_none, store_exists
    from authcli.cli.apikey import _usage
    from authcli.cli.apikey._filters import either, filters_of, keys_of

    now_ms, form = at_ms(run), time_form(run, time)
    since_ms, bucket_ms = past_ms("--since", since, at_ms=now_ms), _usage.bucket_ms(by)
    filters = filters_of(wanted, at_ms=now_ms)
    either(ids, wanted)

    def write(items: Iterable[dict[str, object]]) -> None:
        stream_table(
            run,
            items,
            members=_usage.MEMBERS,
            plain=lambda item: f"{item['at']} {item['id']} {item['outcome']} {item['n']}",
            human=lambda rows: _usage.table(rows, by=by, form=form, colored=run.colored()),
        )

    if not ids and not store_exists(run, store):
        write(())
        return
    refuse_where_none(run, store, ids or [])
    with opened(run, store, write=False) as found:
        keys: Iterable[ApiKey] = (
            keys_of(found, ids, at_ms=now_ms) if ids else found.api_keys.find(filters, at_ms=now_ms)
        )
        write(_usage.rows(found.api_keys, keys, since_ms=since_ms, bucket_ms=bucket_ms))
