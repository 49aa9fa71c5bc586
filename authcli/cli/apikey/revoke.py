"""`authcli apikey revoke`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import SOURCE, Actor, DryRun, Reason, StoreUrl, Yes
from authcli.cli._run import Run
from authcli.cli.apikey._filters import Wanted, filtered

app = new_single()


@command(app)
@filtered
def revoke(
    run: Run,
    *,
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID]...", help="ak_…, a beginning, NAME, or - (stdin).", show_default=False
        ),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", "-k", metavar=SOURCE, help="The key itself: env:NAME, @FILE, -."),
    ] = None,
    reason: Reason = None,
    wanted: Wanted,
    yes: Yes = False,
    dry_run: DryRun = False,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Stop API keys for ever, at once, everywhere.

    Examples:
      authcli apikey revoke ci --reason "left the team"
      authcli apikey revoke --key env:LEAKED
      authcli apikey revoke --owner alice --dry-run
      authcli apikey list --unused-for 1y | authcli apikey revoke -

    Keys that are named are revoked without a question, all of them or none; a name
    means the keys of its lineage that live, an id that key alone. With - ids come a
    line each, and one that there is not is reported by its line. --key revokes a key
    that was found, if it is genuine: an id anybody can write. Keys that filters find
    are listed, counted and asked for. What was revoked already stays as it was:
    `changed` says which. Prints their ids.

    Exit codes: 0 revoked (or already), 2 nobody to ask, 3 --key is none of the store's,
    7 no such key, 9 no store where one was named.
    """
    from authcli.cli.apikey import _revoking
    from authcli.cli.apikey._changing import Scale, change_keys

    scale = Scale(store, actor, yes, dry_run)
    change = _revoking.revocation(run, reason)
    _revoking.check_choice(ids, key, wanted)
    if key is not None:
        return _revoking.revoke_shown(run, change, key, scale=scale)
    if ids == ["-"]:
        return _revoking.revoke_lines(run, change, scale=scale)
    return change_keys(run, change, ids=ids or [], wanted=wanted, scale=scale)
