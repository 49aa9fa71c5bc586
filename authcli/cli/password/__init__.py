"""`authcli password`: passwords and their hashes. A module a verb, imported when it is named."""

from __future__ import annotations

from authcli.cli._common import new_group

__all__ = ["VERBS", "app"]

VERBS = {
    "hash": "Hash a password.",
    "verify": "Say whether a password has this hash.",
    "inspect": "Say what a hash is, and whether it is outdated.",
    "check": "Say how strong a password is, and whether a policy takes it.",
    "generate": "Make a random password or passphrase.",
    "tune": "Find the costs that this machine can bear.",
    "htpasswd": "Add, verify, remove and list users of a file that Apache reads.",
    "schemes": "List the ways to hash, and their costs.",
}

HELP = """\
Hash, verify, judge and generate passwords.

Examples:
  authcli password hash
  printf %s "$PW" | authcli password verify '$argon2id$v=19$m=65536,t=3,p=4$…'
  authcli password generate --words 6
  authcli password inspect --lines @users.csv --check
  authcli password htpasswd add .htpasswd alice

A password comes from a source (- for stdin, @FILE, env:NAME, keychain:NAME), or is
asked for on the terminal; never from the command line. Put hashes in single quotes.
"""

app = new_group(__name__, HELP, members=VERBS)
