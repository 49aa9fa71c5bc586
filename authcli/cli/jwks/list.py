"""`authcli jwks list`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import StoreUrl, Time
from authcli.cli._run import Run
from authcli.cli.jwks._options import AlgorithmOf

app = new_single()


@command(app, "list")
def list_(
    run: Run,
    *,
    alg: AlgorithmOf = None,
    state: Annotated[
        list[str] | None,
        typer.Option(metavar="STATE", help="next, active, retiring, retired, …; repeatable."),
    ] = None,
    time: Time = None,
    store: StoreUrl = None,
) -> None:
    """List managed keys.

    Examples:
      authcli jwks list
      authcli jwks list --state active --field kid
      authcli jwks list --json | jq -r '.items[] | select(.state == "retired") | .kid'

    In a pipe a line is a kid. Private halves are never shown.

    Exit codes: 0 listed (no keys too), 2 a bad filter,
    9 no store where one was named.
    """
    from authcli.cli.jwks._showing import show_list

    show_list(run, alg=alg, states=state or [], time=time, store=store)
