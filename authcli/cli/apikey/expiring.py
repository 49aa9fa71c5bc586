"""`authcli apikey expiring`."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import StoreUrl, Time
from authcli.cli._run import Run
from authcli.cli.apikey._filters import Wanted, filtered

app = new_single()


@command(app)
@partial(filtered, without=("expiring_within",))  # which is what --within says
def expiring(
    run: Run,
    *,
    within: Annotated[
        str, typer.Option(metavar="TIME", help="How far to look ahead: 14d, or a date.")
    ] = "14d",
    format: Annotated[
        str, typer.Option(metavar="text|junit|prometheus|ics", help="The form of the answer.")
    ] = "text",
    wanted: Wanted,
    time: Time = None,
    store: StoreUrl = None,
) -> None:
    """Say which API keys expire soon.

    Examples:
      authcli apikey expiring --within 14d
      authcli apikey expiring --owner payments --jsonl
      authcli apikey expiring --format junit -o expiring.xml
      authcli apikey expiring --format prometheus > /var/lib/node_exporter/apikeys.prom

    Keys that live now and end by then, the soonest first. A key in its grace is left
    out while its successor lives. In a pipe a line is when, id and name. JUnit has a
    failed test for each; Prometheus a gauge of seconds for every key that will end,
    due or not.

    Exit codes: 0 nothing is due, 10 something is, 2 a bad flag,
    9 no store where one was named.
    """
    from authcli.cli.apikey._expiring import Asked, tell_keys

    tell_keys(run, Asked(within, format, time, wanted), store=store)
