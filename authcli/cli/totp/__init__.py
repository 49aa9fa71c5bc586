"""`authcli totp`: one-time codes by the clock. A module a verb, imported when it is named."""

from __future__ import annotations

from authcli.cli._common import new_group

__all__ = ["VERBS", "app"]

VERBS = {
    "new": "Make a secret, with its QR code.",
    "add": "Save an account that exists already.",
    "code": "Show the code of the moment.",
    "verify": "Verify a code; of saved names, each one once.",
    "uri": "Print the otpauth URI of an account.",
    "qr": "Draw the QR code of an account.",
    "read": "Say what an otpauth URI or a QR code holds.",
    "list": "List the saved accounts, without their secrets.",
    "remove": "Remove saved accounts.",
    "import": "Save the accounts that another app exported.",
    "export": "Write saved accounts for another app.",
    "recovery": "Make and verify recovery codes.",
}

HELP = """\
Make, show and verify one-time codes (RFC 6238), as authenticator apps do.

Examples:
  authcli totp new --issuer Example --account alice@example.com --save example
  authcli totp code example --copy
  authcli totp verify example 123456
  authcli totp read photo.png
  authcli totp import aegis.json

A bare word is a saved NAME, whose secret is in the keychain. Other secrets come from a
source: - for stdin, @FILE, env:NAME, keychain:NAME.
"""

app = new_group(__name__, HELP, members=VERBS)
