"""`authcli jwt issued`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import StoreUrl, Time
from authcli.cli._run import Run

app = new_single()


@command(app)
def issued(
    run: Run,
    *,
    subject: Annotated[
        str | None, typer.Option("--sub", "--subject", "-s", metavar="SUB", help="Only theirs.")
    ] = None,
    audience: Annotated[
        str | None, typer.Option("--aud", "--audience", "-a", metavar="AUD", help="Only for it.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    families: Annotated[
        bool, typer.Option("--families", help="List families of refresh tokens instead.")
    ] = False,
    time: Time = None,
    store: StoreUrl = None,
) -> None:
    """List what was minted with --record, or families of refresh tokens.

    Examples:
      authcli jwt issued
      authcli jwt issued --sub alice --json
      authcli jwt issued --families

    Says who got a token, for what, until when; never the token. In a pipe a line is a
    jti, or a family's id.

    Exit codes: 0 listed (none too), 2 a bad filter, 9 no store where one was named.
    """
    from authcli.cli.jwt import _issued

    asked = _issued.Asked(subject, audience, all_, time)
    if families:
        return _issued.list_families(run, asked, store=store)
    return _issued.list_issued(run, asked, store=store)
