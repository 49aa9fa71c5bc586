"""`authcli apikey show`."""

from __future__ import annotations

from authcli.cli._common import command, new_single
from authcli.cli._options import StoreUrl, Time
from authcli.cli._run import Run
from authcli.cli.apikey._filters import Id

app = new_single()


@command(app)
def show(run: Run, *, key_id: Id, time: Time = None, store: StoreUrl = None) -> None:
    """Show what is known of one API key.

    Examples:
      authcli apikey show ci
      authcli apikey show ak_0Bq3 --json | jq .rotation_status
      authcli apikey show ci --field state --field expires_at

    Also the keys of its lineage, when and from where each was last used, and whether a
    rotation can be finished. The key itself is not kept, so nobody can show it.

    Exit codes: 0 shown (whatever its state), 2 several are meant, 7 no such key,
    9 no store where one was named.
    """
    from authcli.apikeys.lineages import rotation_status
    from authcli.cli._moments import time_form
    from authcli.cli._output import emit, json_text
    from authcli.cli._store import at_ms, opened, refuse_where_none
    from authcli.cli.apikey._filters import key_of
    from authcli.cli.apikey._showing import key_page, whole_facts

    now_ms, form = at_ms(run), time_form(run, time)
    refuse_where_none(run, store, [key_id])
    with opened(run, store, write=False) as found:
        key = key_of(found, key_id, at_ms=now_ms)
        told = whole_facts(
            key,
            found.api_keys.lineage(key.lineage_id),
            rotation_status(found.api_keys, key.id, at_ms=now_ms),
            at_ms=now_ms,
        )
    emit(
        run,
        told,
        plain=json_text(run, told),
        human=lambda on: key_page(told, at=now_ms // 1000, form=form, colored=on),
    )
