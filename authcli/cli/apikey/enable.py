"""`authcli apikey enable`."""

from __future__ import annotations

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, DryRun, StoreUrl, Yes
from authcli.cli._run import Run
from authcli.cli.apikey._filters import SomeIds, Wanted, filtered

app = new_single()


@command(app)
@filtered
def enable(
    run: Run,
    *,
    ids: SomeIds = None,
    wanted: Wanted,
    yes: Yes = False,
    dry_run: DryRun = False,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Let disabled API keys work again.

    Examples:
      authcli apikey enable ci
      authcli apikey enable --owner alice --yes

    Takes back `authcli apikey disable`. A revoked key stays revoked: exit code 8. Keys
    that are named are enabled without a question, all of them or none; a name means
    the keys of its lineage that live. Keys that filters find are listed, counted and
    asked for. Prints their ids.

    Exit codes: 0 enabled (or already), 2 nobody to ask, 7 no such key, 8 revoked,
    9 no store where one was named.
    """
    from authcli.apikeys.revocation import enable as enable_keys
    from authcli.cli.apikey._changing import Change, Scale, change_keys

    change = Change(
        "enable",
        "enabled",
        ("disabled",),
        lambda found, chosen: enable_keys(found.api_keys, chosen),
    )
    change_keys(run, change, ids=ids or [], wanted=wanted, scale=Scale(store, actor, yes, dry_run))
