"""`authcli hotp`: one-time codes by a counter. A module a verb, imported when it is named."""

from __future__ import annotations

from authcli.cli._common import new_group

__all__ = ["VERBS", "app"]

VERBS = {
    "code": "Show the next code, and move the counter.",
    "verify": "Verify a code, and move the counter beyond it.",
}

HELP = """\
Show and verify one-time codes that are counted (RFC 4226).

Examples:
  authcli hotp code token
  authcli hotp verify token 755224
  authcli hotp code env:SECRET --counter 7

A bare word is a saved NAME (`authcli totp add`): its secret is in the keychain, its
counter in the store. Of other secrets you keep the counter yourself: --counter.
"""

app = new_group(__name__, HELP, members=VERBS)
