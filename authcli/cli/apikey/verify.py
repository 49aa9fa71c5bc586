"""`authcli apikey verify`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import FailFast, Jobs, Lines, StoreUrl
from authcli.cli._run import Run

app = new_single()


@command(app)
def verify(
    run: Run,
    *,
    key: Annotated[
        str | None,
        typer.Argument(
            metavar="[API_KEY]", help="The key, -, @FILE, or piped in.", show_default=False
        ),
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option(metavar="SCOPE", help="It must grant this; repeatable.")
    ] = None,
    ip: Annotated[
        str | None, typer.Option("--ip", metavar="ADDRESS", help="From where it was used.")
    ] = None,
    peek: Annotated[
        bool, typer.Option("--peek", help="Spend and count nothing: no rate, no quota, no use.")
    ] = False,
    lines: Lines = False,
    jobs: Jobs = None,
    fail_fast: FailFast = False,
    store: StoreUrl = None,
) -> None:
    """Verify an API key: genuine, live, and good for this.

    Examples:
      authcli apikey verify "$KEY"
      authcli apikey verify "$KEY" --scope read:invoices --ip 10.1.2.3
      authcli apikey verify "$KEY" --peek --json
      printf %s "$HEADER" | authcli apikey verify --field owner
      authcli apikey verify --lines @keys.txt > ids.txt

    "Bearer ", "Authorization: Bearer " and "X-API-Key: " before the key are left out.
    Each use counts against the key's rate and quota, unless --peek. A mistyped key is
    refused offline, without a store. In a pipe the key's id is printed, and on refusal
    nothing. With --lines a bad key is reported by its line, and the worst line's exit
    code stands.

    Exit codes: 0 valid, 3 malformed, mistyped or unknown, 4 expired or not yet valid,
    5 revoked or disabled, 6 wrong address or scope, or used too often, 9 no store.
    """
    from authcli.cli.apikey import _verdict

    asked = _verdict.checked(run, scope or [], address=ip, peek=peek)
    if lines or jobs is not None or fail_fast:
        from authcli.cli.apikey import _bulk

        feed = _bulk.key_lines(key, lines, jobs, fail_fast)
        return _bulk.verify_lines(run, feed, asked, store=store, jobs=jobs, fail_fast=fail_fast)
    return _verdict.emit_verdict(run, _verdict.read_key(run, key), asked, store=store)
