"""`authcli jwks activate`."""

from __future__ import annotations

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, DryRun, StoreUrl, Yes
from authcli.cli._run import Run
from authcli.cli.jwks._options import KeyId

app = new_single()


@command(app)
def activate(
    run: Run,
    *,
    kid: KeyId,
    yes: Yes = False,
    dry_run: DryRun = False,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Let the next key sign.

    Examples:
      authcli jwks activate T8OdgpU
      authcli jwks activate T8OdgpU --force

    The key that signed until now retires, and a new next one is made. A key that
    verifiers may not know yet is refused without --force: until their caches are
    renewed they would refuse its tokens.

    Exit codes: 0 it signs, 2 several keys begin so, 7 no such key, 8 it is no next key,
    or was not published for long enough, 9 no store.
    """
    from authcli.cli.jwks._changing import Asked, activate_key

    activate_key(run, kid, Asked(yes, dry_run, store, actor))
