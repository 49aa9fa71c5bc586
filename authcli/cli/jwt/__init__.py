"""`authcli jwt`: JSON Web Tokens (RFC 7519). A module a verb, imported when it is named."""

from __future__ import annotations

from authcli.cli._common import new_group

__all__ = ["VERBS", "app"]

VERBS = {
    "mint": "Mint a signed token.",
    "decode": "Show what a token says, without verifying it.",
    "verify": "Verify a token, and list every check.",
    "inspect": "Explain a token: its parts, claims, times and flaws.",
    "edit": "Change claims of a token and sign it again.",
    "refresh": "Exchange a refresh token.",
    "revoke": "Deny a token, or many.",
    "issued": "List what was minted with --record, and families.",
    "diff": "Show in what two tokens differ.",
    "fixtures": "Write good and bad tokens, with the verdicts.",
}

HELP = """\
Mint, decode, verify, edit and compare JSON Web Tokens.

Examples:
  authcli jwt mint --sub alice -c role=admin
  authcli jwt decode "$TOKEN" | jq .sub
  authcli jwt verify "$TOKEN" --key public.pem --aud api
  authcli jwt inspect "$TOKEN"
  authcli jwt revoke "$TOKEN" --reason "laptop stolen"
  authcli jwt diff "$OLD" "$NEW"
  authcli jwt fixtures -o fixtures
"""

app = new_group(__name__, HELP, members=VERBS)
