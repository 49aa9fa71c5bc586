"""`authcli apikey issue`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, DryRun, NoExp, StoreUrl
from authcli.cli._run import Run
from authcli.cli._secret_output import SecretForm

app = new_single()


@command(app)
def issue(
    run: Run,
    *,
    form: SecretForm,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What to call it.", show_default=False)
    ],
    scope: Annotated[
        list[str] | None,
        typer.Option(metavar="SCOPE", help="What it may do: read:invoices, read:*; repeatable."),
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option(
            "--exp", "-e", metavar="WHEN", help="90d (the default), an instant, or never."
        ),
    ] = None,
    no_exp: NoExp = False,
    rate: Annotated[
        str | None, typer.Option(metavar="RATE", help="How often it may be used: 100/1m.")
    ] = None,
    quota: Annotated[
        int | None, typer.Option(metavar="N", help="How often it may be used in all.")
    ] = None,
    owner: Annotated[str | None, typer.Option(metavar="OWNER", help="Whose it is.")] = None,
    cidr: Annotated[
        list[str] | None,
        typer.Option(metavar="CIDR", help="From where it may be used: 10.0.0.0/8; repeatable."),
    ] = None,
    not_before: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Not valid before then.")
    ] = None,
    prefix: Annotated[
        str, typer.Option(metavar="PREFIX", help="What its text begins with.")
    ] = "ak_live",
    environment: Annotated[
        str | None,
        typer.Option(metavar="ENVIRONMENT", help="By default the prefix's last part: live."),
    ] = None,
    meta: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=TEXT", help="Metadata, as claims are written; repeatable."),
    ] = None,
    count: Annotated[
        int | None, typer.Option(metavar="N", help="Issue N keys alike, one a line.")
    ] = None,
    dry_run: DryRun = False,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Issue an API key; it is shown once.

    Examples:
      authcli apikey issue ci --scope read:invoices --expires 90d
      authcli apikey issue web --scope 'read:* write:orders' --rate 100/1m --owner alice
      authcli apikey issue batch --expires never --cidr 10.0.0.0/8 --meta team=billing
      authcli apikey issue ci --scope deploy --github-env DEPLOY_KEY
      curl -K <(authcli apikey issue ci --format curl) https://api.example/
      authcli apikey issue device --count 100000 --expires 1y -o keys.txt

    The store keeps a keyed digest and never the key: what is lost cannot be shown
    again. A key that cannot be written (a full disk, a reader who left) is revoked
    before the command ends. Without --scope it grants none; without --expires it lives
    for 90 days. The store is made where there is none, in your data folder. With --count
    a thousand keys are made at a time; what was written counts as shown, even if the
    reader left before he read it all (`| head -1`): with -o FILE it is all or none.
    """
    from authcli.cli._bulk import check_bulk
    from authcli.cli._store import at_ms
    from authcli.cli._times import asked_end
    from authcli.cli.apikey import _issuing

    if count is not None:
        check_bulk(
            many=True,
            jobs=None,
            fail_fast=False,
            single={
                "--var": form.var is not None,
                "--format": form.format != "raw",
                "--copy": form.copy,
                "--mask": form.mask,
                "--github-env": form.github_env is not None,
                "--github-output": form.github_output is not None,
            },
        )
    end = asked_end(expires, no_exp=no_exp)
    wanted = _issuing.Wanted(
        name, prefix, scope, owner, environment, meta, cidr, rate, quota, not_before, end
    )
    now = at_ms(run)
    draft = _issuing.drafted(wanted, now=now)
    if dry_run:
        return _issuing.emit_draft(run, draft, count=count, store=store, actor=actor)
    _issuing.say_doubts(run, draft)
    if count is not None:
        return _issuing.issue_many(run, draft, count=count, now=now, store=store, actor=actor)
    return _issuing.issue_one(run, draft, form, now=now, store=store, actor=actor)
