"""`authcli password htpasswd list`."""

from __future__ import annotations

from authcli.cli._common import command, new_single
from authcli.cli._run import Run
from authcli.cli.password._options import HashPolicyFile
from authcli.cli.password.htpasswd._options import HtpasswdFile

app = new_single()


@command(app, "list")
def list_(run: Run, *, file: HtpasswdFile, policy: HashPolicyFile = None) -> None:
    """List the users, and what the policy says of their hashes.

    Examples:
      authcli password htpasswd list .htpasswd
      authcli password htpasswd list .htpasswd --field user --field scheme
      authcli password htpasswd list .htpasswd --json

    A pipe gets the names, a line each. Neither salts nor digests are shown, and no
    password is tried. For exit codes and a summary: authcli password inspect --lines.
    """
    from authcli.cli.password._reading import read_hash_policy
    from authcli.cli.password.htpasswd._working import list_users

    list_users(run, file, policy=read_hash_policy(policy))
