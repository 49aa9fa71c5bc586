"""`authcli apikey disable`."""

from __future__ import annotations

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, DryRun, StoreUrl, Yes
from authcli.cli._run import Run
from authcli.cli.apikey._filters import SomeIds, Wanted, filtered

app = new_single()


@command(app)
@filtered
def disable(
    run: Run,
    *,
    ids: SomeIds = None,
    wanted: Wanted,
    yes: Yes = False,
    dry_run: DryRun = False,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Stop API keys for a while.

    Examples:
      authcli apikey disable ci
      authcli apikey disable ak_0Bq3 ak_0Cw9
      authcli apikey disable --owner alice
      authcli apikey disable --unused-for 90d --yes --jsonl

    A disabled key is refused with exit code 5 until `authcli apikey enable`. Keys that
    are named are disabled without a question, all of them or none; a name means the
    keys of its lineage that live. Keys that filters find are listed, counted and asked
    for. What was disabled already stays so: `changed` says which. Prints their ids.

    Exit codes: 0 disabled (or already), 2 nobody to ask, 7 no such key, 9 no store
    where one was named.
    """
    from authcli.apikeys.revocation import disable as disable_keys
    from authcli.cli._store import at_ms
    from authcli.cli.apikey._changing import Change, Scale, change_keys

    now_ms = at_ms(run)
    change = Change(
        "disable",
        "disabled",
        ("live", "grace", "pending"),
        lambda found, chosen: disable_keys(found.api_keys, chosen, at_ms=now_ms),
    )
    change_keys(run, change, ids=ids or [], wanted=wanted, scale=Scale(store, actor, yes, dry_run))
