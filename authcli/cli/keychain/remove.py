"""`authcli keychain remove`."""

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
    names: Annotated[list[str], typer.Argument(metavar="SECRET_NAME...", help="Which ones.")],
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Forget secrets.

    Examples:
      authcli keychain remove deploy
      authcli keychain remove deploy signing --yes
      authcli keychain remove deploy --dry-run

    They are asked for first. All names must exist, or none is removed; what is gone
    cannot be brought back. Prints the names.

    Exit codes: 0 removed, 2 nobody to ask or a wrong passphrase, 7 no such name,
    9 a keychain cannot be opened.
    """
    from authcli.cli._delivery import check_delivery
    from authcli.cli._keychain import keychain_of, remove_all
    from authcli.cli._output import emit
    from authcli.cli._prompt import confirm
    from authcli.errors import NotFound
    from authcli.keychain import check_name

    check_delivery(run, ("names", "removed", "dry_run"))
    chosen = [*dict.fromkeys(check_name(name) for name in names)]
    keychain = keychain_of(run)
    held = {entry.name for entry in keychain.entries()}
    for name in chosen:
        if name not in held:
            raise NotFound(
                f"the keychain has no {name}",
                hint="authcli keychain list",
                code="keychain.not-found",
            )
    if not dry_run:
        shown = ", ".join(chosen[:5]) + (f" and {len(chosen) - 5} more" if chosen[5:] else "")
        confirm(run, f"remove {shown} from the keychain?", yes=yes)
        remove_all(run, keychain, chosen)
    emit(
        run,
        {"names": chosen, "removed": 0 if dry_run else len(chosen), "dry_run": dry_run},
        plain="\n".join(chosen),
    )
