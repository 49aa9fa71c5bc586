"""`authcli store status`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import StoreUrl
from authcli.cli._run import Run

app = new_single()


@command(app)
def status(
    run: Run,
    *,
    full: Annotated[
        bool, typer.Option("--full", help="Check every row of SQLite against every index; slow.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Exit 10 where something wants doing.")
    ] = False,
    store: StoreUrl = None,
) -> None:
    """Say what the store is, and whether it can be used.

    Examples:
      authcli store status
      authcli store status --json | jq .findings
      authcli store status --check || mail -s "look at the store" admin
      authcli store status --full

    Writing is tried by writing (and taken back), room by taking some of it, the file
    by a check of its pages; the root keys that the database names are looked for, and
    the audit's end is compared with its copy outside. Nothing is changed.

    What was found is on stdout at 9 and 10 too, whole in --json; in the text the finding
    that the error on stderr says is left out.

    Exit codes: 0 it can be used, 9 it cannot, 10 with --check where a finding wants
    doing: files that others can read, an audit that lost events.
    """
    from authcli.cli._listing import terminal_width
    from authcli.cli._output import emit
    from authcli.cli._store import at_ms, open_place, store_place
    from authcli.cli.store._page import page, status_facts
    from authcli.errors import Due, Unavailable
    from authcli.store.upkeep.status import UNUSABLE, status_of

    with open_place(run, store_place(run, store), write=False) as found:
        result = status_of(found, at_ms=at_ms(run), full=full)
    findings = result.findings
    unusable = next((finding for finding in findings if finding.code in UNUSABLE), None)
    due = next((finding for finding in findings if finding.severity != "note"), None)
    first = unusable or (due if check else None)
    emit(
        run,
        status_facts(result),
        plain=page(result, colored=False, without=first),
        human=lambda on: page(result, colored=on, without=first, width=terminal_width()),
    )
    if first is not None:
        error = Unavailable if unusable else Due
        raise error(first.message, hint=first.hint, code=first.code)
