"""`authcli jwks status`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import StoreUrl, Time
from authcli.cli._run import Run
from authcli.cli.jwks._options import AlgorithmOf

app = new_single()


@command(app)
def status(
    run: Run,
    *,
    alg: AlgorithmOf = None,
    check: Annotated[
        bool, typer.Option("--check", help="Exit 10 where something is due or overdue.")
    ] = False,
    format: Annotated[
        str, typer.Option(metavar="text|ics", help="The form of the answer.")
    ] = "text",
    time: Time = None,
    store: StoreUrl = None,
) -> None:
    """Say what is due, and what comes when.

    Examples:
      authcli jwks status
      authcli jwks status --check || authcli jwks rotate --publish public/
      authcli jwks status --json | jq .ahead
      authcli jwks status --format ics -o rotations.ics

    What each key last signed is known to the hour. "about" marks what hangs on a
    publication that has not happened yet.

    Exit codes: 0 said, 7 no managed keys, 9 no store,
    10 with --check where something is due, or was to be published and was not.
    """
    from authcli.cli.jwks._showing import show_status

    show_status(run, alg=alg, check=check, format=format, time=time, store=store)
