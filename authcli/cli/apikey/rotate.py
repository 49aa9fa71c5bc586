"""`authcli apikey rotate`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, DryRun, NoExp, StoreUrl, Yes
from authcli.cli._run import Run
from authcli.cli._secret_output import SecretForm
from authcli.cli.apikey._filters import Id

app = new_single()


@command(app)
def rotate(
    run: Run,
    *,
    form: SecretForm,
    key_id: Id,
    grace: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="How long both are valid; by default 24h."),
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option(
            "--exp", "-e", metavar="WHEN", help="The new one's end: 90d, an instant, never."
        ),
    ] = None,
    no_exp: NoExp = False,
    if_older_than: Annotated[
        str | None, typer.Option(metavar="TIME", help="Do nothing while it is younger: 80d.")
    ] = None,
    finish: Annotated[bool, typer.Option("--finish", help="End the old key's grace now.")] = False,
    abort: Annotated[
        bool, typer.Option("--abort", help="Revoke the new key; the old one lives on.")
    ] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Issue a successor; the old key lives on for a while.

    Examples:
      authcli apikey rotate ci --grace 24h
      authcli apikey rotate ci --if-older-than 80d --github-env DEPLOY_KEY
      authcli apikey show ci
      authcli apikey rotate ci --finish
      authcli apikey rotate ci --abort

    Prints the new key, once; if it cannot be written, the rotation is aborted. The new
    key may do what the old one may, and lives as long unless --expires says otherwise;
    the old one never outlives its own expiry. `show` says whether anybody still uses
    it. Where --if-older-than finds nothing due, stdout is empty and the exit code 0.
    --finish and --abort may be said twice. --finish asks while somebody seems to need
    the old key; --abort of a new key that was used already needs --force. --dry-run
    tries it and takes it back, so it needs a store that can be written.

    Exit codes: 0 rotated (or nothing due), 2 a bad flag, 7 no such key, 8 it is being
    rotated already or is not alive, 9 no store where one was named.
    """
    from authcli.cli._times import asked_end
    from authcli.cli.apikey import _rotating

    end = asked_end(expires, no_exp=no_exp)
    asked = _rotating.Asked(key_id, grace, end, if_older_than, yes, dry_run)
    if finish or abort:
        _rotating.check_ending(asked, form, finish=finish, abort=abort)
        return _rotating.end(run, asked, finish=finish, store=store, actor=actor)
    return _rotating.rotate(run, asked, form, store=store, actor=actor)
