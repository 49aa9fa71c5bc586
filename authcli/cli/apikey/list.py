"""`authcli apikey list`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import StoreUrl, Time
from authcli.cli._run import Run
from authcli.cli.apikey._filters import Wanted, filtered

if TYPE_CHECKING:
    from authcli.apikeys.model import ApiKey

app = new_single()


@command(app, "list")
@filtered
def list_(
    run: Run,
    *,
    wanted: Wanted,
    sort: Annotated[
        str, typer.Option(metavar="created|name|expires|used", help="The order of the list.")
    ] = "created",
    reverse: Annotated[bool, typer.Option("--reverse", help="The last first.")] = False,
    limit: Annotated[int | None, typer.Option(metavar="N", min=0, help="At most N keys.")] = None,
    offset: Annotated[int, typer.Option(metavar="N", min=0, help="Skip the first N.")] = 0,
    time: Time = None,
    store: StoreUrl = None,
) -> None:
    """List API keys.

    Examples:
      authcli apikey list
      authcli apikey list --owner payments --state live --state grace
      authcli apikey list --name 'ci-*' --sort expires --limit 20
      authcli apikey list --unused-for 90d --field id --field name --field last_used_at
      authcli apikey list --jsonl | jq -r 'select(.owner == null) | .id'

    In a pipe a line is an id. Of several filters all hold at once, of several --state
    any. Keys that are expired or revoked are listed too, unless --state leaves them
    out. Millions of keys take no more memory than ten.

    Exit codes: 0 listed (no keys too), 2 a bad filter,
    9 no store where one was named.
    """
    from authcli.apikeys.text import display_id
    from authcli.cli._listing import stream_table
    from authcli.cli._moments import time_form
    from authcli.cli._store import at_ms, opened, store_exists
    from authcli.cli.apikey._facts import MEMBERS, facts
    from authcli.cli.apikey._filters import filters_of, sorting
    from authcli.cli.apikey._pages import key_table, note_more

    now_ms, form = at_ms(run), time_form(run, time)
    filters, order = filters_of(wanted, at_ms=now_ms), sorting(sort)

    def write(keys: Iterable[ApiKey]) -> None:
        # A million ids for a pipe need no more than the ids.
        whole = run.json or run.fields or run.to_terminal
        stream_table(
            run,
            (facts(k, at_ms=now_ms) if whole else {"id": display_id(k.id)} for k in keys),
            members=MEMBERS,
            plain=lambda item: str(item["id"]),
            human=lambda items: key_table(
                items, at=now_ms // 1000, form=form, colored=run.colored()
            ),
        )

    if not store_exists(run, store):
        write(())
        return
    with opened(run, store, write=False) as found:
        keys = found.api_keys
        write(
            keys.find(
                filters, at_ms=now_ms, sort=order, descending=reverse, limit=limit, offset=offset
            )
        )
        if limit is not None and run.to_terminal:
            note_more(run, offset + limit, of=keys.count(filters, at_ms=now_ms))
