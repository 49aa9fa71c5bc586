"""`authcli store`: the store itself. A module a verb, imported when it is named."""

from __future__ import annotations

from authcli.cli._common import new_group

__all__ = ["VERBS", "app"]

VERBS = {
    "init": "Make a store, and its root keys.",
    "status": "Say what the store is, and whether it can be used.",
    "migrate": "Bring an older store to the newest schema.",
    "backup": "Write the store into one file.",
    "restore": "Put a backup in the place of what is there.",
    "gc": "Delete what has been dead for long.",
    "copy": "Copy the store into another, on either engine.",
    "rekey": "Make a new pepper or sealing key, and retire old ones.",
}

HELP = """\
Set up, back up, migrate and copy the store.

Examples:
  authcli store status
  authcli store backup -o auth.backup --roots auth.roots --passphrase env:PW
  authcli store restore auth.backup
  authcli store copy --to postgresql://auth@db/auth
  authcli store gc --older-than 90d

The store is SQLite in your data folder until --store or AUTHCLI_STORE name another:
sqlite:///PATH or postgresql://USER@HOST/DATABASE. Nobody needs to set it up.
"""

app = new_group(__name__, HELP, members=VERBS)
