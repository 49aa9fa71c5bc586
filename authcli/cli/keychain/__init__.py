"""`authcli keychain`: secrets by name. A module a verb, imported when it is named."""

from __future__ import annotations

from authcli.cli._common import new_group

__all__ = ["VERBS", "app"]

VERBS = {
    "set": "Keep a secret under a name.",
    "get": "Print a secret.",
    "list": "List the names, without the secrets.",
    "remove": "Forget secrets.",
}

HELP = """\
Keep secrets in the system's keychain, or in an encrypted file where there is none.

Examples:
  authcli keychain set deploy
  authcli keychain set deploy env:DEPLOY_SECRET
  authcli jwt mint --sub ci --key keychain:deploy
  authcli keychain list
  authcli keychain remove deploy

Wherever a secret is asked for, keychain:NAME is one. The file is opened with the
passphrase whose source AUTHCLI_KEYCHAIN_PASSPHRASE names, or that you type.
"""

app = new_group(__name__, HELP, members=VERBS)
