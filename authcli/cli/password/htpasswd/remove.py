"""`authcli password htpasswd remove`."""

from __future__ import annotations

from authcli.cli._common import command, new_single
from authcli.cli._options import DryRun, Yes
from authcli.cli._run import Run
from authcli.cli.password.htpasswd._options import HtpasswdFile, HtpasswdUser

app = new_single()


@command(app)
def remove(
    run: Run,
    *,
    file: HtpasswdFile,
    user: HtpasswdUser,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Take a user out of the file.

    Examples:
      authcli password htpasswd remove .htpasswd alice
      authcli password htpasswd remove .htpasswd alice --yes
      authcli password htpasswd remove .htpasswd alice --dry-run

    It asks first. Every line of that user goes, and no other. Prints the name.

    Exit codes: 0 removed, 2 nobody to ask, or no such file, 7 no such user.
    """
    from pathlib import Path

    from authcli.cli._output import emit
    from authcli.cli._prompt import confirm
    from authcli.cli._text import visible
    from authcli.passwords import htpasswd

    htpasswd.remove(Path(file), user, dry_run=True)
    if not dry_run:
        confirm(run, f"remove {visible(user)} from {visible(file)}?", yes=yes)
        htpasswd.remove(Path(file), user)
    facts = {"file": file, "user": user, "removed": not dry_run, "dry_run": dry_run}
    emit(run, facts, plain=f"would remove {user}" if dry_run else user)
