"""`authcli apikey update`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, DryRun, NoExp, StoreUrl
from authcli.cli._run import Run
from authcli.cli.apikey._filters import Id

app = new_single()


@command(app)
def update(
    run: Run,
    *,
    key_id: Id,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="What to call it.")] = None,
    owner: Annotated[
        str | None, typer.Option(metavar="OWNER", help="Whose it is, or none.")
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(metavar="SCOPE", help="All that it may do, or none; repeatable."),
    ] = None,
    add_scope: Annotated[
        list[str] | None, typer.Option(metavar="SCOPE", help="What it may do too; repeatable.")
    ] = None,
    remove_scope: Annotated[
        list[str] | None, typer.Option(metavar="SCOPE", help="What it may not; repeatable.")
    ] = None,
    meta: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=TEXT", help="Metadata to set, as claims are; repeatable."),
    ] = None,
    remove_meta: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Metadata to remove; repeatable.")
    ] = None,
    cidr: Annotated[
        list[str] | None,
        typer.Option(metavar="CIDR", help="From where it may be used, or none; repeatable."),
    ] = None,
    rate: Annotated[
        str | None, typer.Option(metavar="RATE", help="How often, 100/1m, or none.")
    ] = None,
    quota: Annotated[
        str | None, typer.Option(metavar="N", help="How often from now on, or none.")
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option("--exp", "-e", metavar="WHEN", help="90d from now, an instant, or never."),
    ] = None,
    no_exp: NoExp = False,
    dry_run: DryRun = False,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Change what an API key may do, and until when.

    Examples:
      authcli apikey update ci --add-scope write:invoices --expires 90d
      authcli apikey update ci --rate 100/1m --cidr 10.0.0.0/8 --cidr 192.0.2.7
      authcli apikey update ci --owner payments --meta team=billing --remove-meta ticket
      authcli apikey update ci --rate none --quota none

    Prints what is different. --scope and --cidr replace all that there were; none
    takes away. The rate and the quota are the lineage's: they go for a predecessor in
    its grace too. A revoked key stays as it is.

    Exit codes: 0 changed (or the same as before), 2 nothing to change, or what cannot
    be, 7 no such key, 8 revoked, 9 no store where one was named.
    """
    from authcli.apikeys.updating import update as update_key
    from authcli.cli._delivery import check_delivery
    from authcli.cli._output import emit
    from authcli.cli._store import at_ms, opened, refuse_where_none
    from authcli.cli._times import asked_end
    from authcli.cli._trying import tried
    from authcli.cli.apikey import _updating
    from authcli.cli.apikey._filters import key_of

    end = asked_end(expires, no_exp=no_exp)
    asked = _updating.Asked(
        name, owner, scope, add_scope, remove_scope, meta, remove_meta, cidr, rate, quota, end
    )
    check_delivery(run, _updating.MEMBERS, prints=False)
    now_ms = at_ms(run)
    changes = _updating.changes_of(asked, at_ms=now_ms)
    refuse_where_none(run, store, [key_id])
    with (
        opened(run, store, write=True, actor=actor, create=False) as found,
        tried(found, dry_run=dry_run),
    ):
        key = key_of(found, key_id, at_ms=now_ms)
        done = update_key(found.api_keys, key.id, changes, at_ms=now_ms)
    told = _updating.told(done, at_ms=now_ms, dry_run=dry_run)
    emit(
        run,
        told,
        plain=_updating.lines_of(told) or None,
        human=lambda on: _updating.page(told, colored=on),
    )
    _updating.say(run, told, dry_run=dry_run)
