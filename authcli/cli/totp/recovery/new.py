"""`authcli totp recovery new`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, DryRun, StoreUrl, Yes
from authcli.cli._run import Run

app = new_single()


@command(app)
def new(
    run: Run,
    *,
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="Whose they are: a saved name, a user.", show_default=False
        ),
    ],
    count: Annotated[int, typer.Option(metavar="N", help="How many, 1 to 100.")] = 10,
    yes: Yes = False,
    dry_run: DryRun = False,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Make ten recovery codes, in the place of those before; they are shown once.

    Examples:
      authcli totp recovery new alice
      authcli totp recovery new alice -o alice-codes.txt
      authcli totp recovery new alice --yes --json | jq -r '.codes[]'

    A code has 80 random bits and is good once. The store keeps keyed digests and is made
    where there is none, in your data folder. It asks before it replaces codes that are
    not spent. Where the codes cannot be written (a full disk, a reader who left), those
    before stay.

    Exit codes: 0 made, 2 nobody to ask and no --yes, 8 the file exists, 9 the store
    cannot be written.
    """
    from authcli.cli.totp.recovery._making import Wanted, make, plan

    wanted = Wanted(name, count, store, actor)
    if dry_run:
        return plan(run, wanted)
    return make(run, wanted, yes=yes)
