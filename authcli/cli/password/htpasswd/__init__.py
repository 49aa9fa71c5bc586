"""`authcli password htpasswd`: files of users that web servers read. A module a verb."""

from __future__ import annotations

from authcli.cli._common import new_group

__all__ = ["VERBS", "app"]

VERBS = {
    "add": "Give a user a password.",
    "verify": "Say whether a password is a user's.",
    "remove": "Take a user out of the file.",
    "list": "List the users, and what the policy says of their hashes.",
}

HELP = """\
Add, verify, remove and list users of a file that Apache and nginx read.

Examples:
  authcli password htpasswd add .htpasswd alice
  printf %s "$PW" | authcli password htpasswd add .htpasswd alice
  authcli password htpasswd verify .htpasswd alice env:PW
  authcli password htpasswd remove .htpasswd alice --yes
  authcli password htpasswd list .htpasswd

Hashes are bcrypt's at cost 12, which `htpasswd -v` understands. Comments, other users
and the file's owner and mode stay; several may write at once. A new file is its
owner's alone: let the server's group read it (chgrp www-data, chmod 640).
"""

app = new_group(__name__, HELP, members=VERBS)
