"""`authcli jwks retire`."""

from __future__ import annotations

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, DryRun, StoreUrl, Yes
from authcli.cli._run import Run
from authcli.cli.jwks._options import KeyId

app = new_single()


@command(app)
def retire(
    run: Run,
    *,
    kid: KeyId,
    yes: Yes = False,
    dry_run: DryRun = False,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Take a key out of the JWKS before its time.

    Examples:
      authcli jwks retire 25IQ51
      authcli jwks retire 25IQ51 --force

    rotate does so by itself when a key's last token is dead; before that --force is
    needed, and tokens that live are refused from then on. The key that signs cannot
    be retired: rotate first. Publish afterwards.

    Exit codes: 0 retired, 2 several keys begin so, 7 no such key,
    8 it signs, or tokens of it live, 9 no store.
    """
    from authcli.cli.jwks._changing import Asked, retire_key

    retire_key(run, kid, Asked(yes, dry_run, store, actor))
