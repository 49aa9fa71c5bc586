"""`authcli expiring`: what expires soon, of all that the store has."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import StoreUrl
from authcli.cli._run import Run

app = new_single()


@command(app)
def expiring(
    run: Run,
    *,
    within: Annotated[
        str, typer.Option(metavar="TIME", help="How far to look ahead: 14d, or a date.")
    ] = "14d",
    format: Annotated[
        str, typer.Option(metavar="text|junit|prometheus", help="The form of the answer.")
    ] = "text",
    time: Annotated[
        str | None, typer.Option(metavar="FORM", help="Show times as utc, local, relative, epoch.")
    ] = None,
    store: StoreUrl = None,
) -> None:
    """Say what expires soon; exit code 10 when something does.

    Examples:
      authcli expiring
      authcli expiring --within 30d --json
      authcli expiring --format junit -o expiring.xml
      authcli expiring -q > due.txt || mail -s "keys expire" ops@example.org < due.txt

    Looks at all that the store has; in this version that is API keys. For those of one
    owner or name: authcli apikey expiring.

    Exit codes: 0 nothing is due, 10 something is, 2 a bad flag,
    9 no store where one was named.
    """
    from authcli.cli.apikey._expiring import Asked, tell

    tell(run, Asked(within, format, time), store=store)
