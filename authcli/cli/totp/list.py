"""`authcli totp list`."""

from __future__ import annotations

from authcli.cli._common import command, new_single
from authcli.cli._run import Run

app = new_single()


@command(app, "list")
def list_(run: Run) -> None:
    """List the saved accounts, without their secrets.

    Examples:
      authcli totp list
      authcli totp list --json
      authcli totp list --field name --field issuer

    Nothing is unlocked for it, and no secret is read. In a pipe a line is a name.

    Exit codes: 0 listed (no accounts too).
    """
    from authcli.cli._accounts import saved
    from authcli.cli.totp._read_facts import show_saved

    show_saved(run, saved(run))
