"""`authcli totp remove`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import DryRun, Yes
from authcli.cli._run import Run

app = new_single()


@command(app)
def remove(
    run: Run,
    *,
    names: Annotated[
        list[str],
        typer.Argument(metavar="SAVED_NAME...", help="Saved names.", show_default=False),
    ],
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Remove saved accounts, with their secrets.

    Examples:
      authcli totp remove github
      authcli totp remove github gitlab --yes

    It asks first: nobody gets a secret back that is nowhere else. Recovery codes and
    what the store knows of spent codes stay.

    Exit codes: 0 removed, 2 nobody to ask and no --yes, 7 no such name (then
    nothing was removed), 9 no keychain.
    """
    from authcli.cli.totp._removing import remove_accounts

    remove_accounts(run, names, yes=yes, dry_run=dry_run)
