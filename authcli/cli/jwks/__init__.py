"""`authcli jwks`: managed signing keys. A module a verb, imported when it is named."""

from __future__ import annotations

from authcli.cli._common import new_group

__all__ = ["VERBS", "app"]

VERBS = {
    "init": "Make managed keys: one that signs, one that stands by.",
    "list": "List managed keys.",
    "show": "Show one key, and its life.",
    "status": "Say what is due, and what comes when.",
    "rotate": "Do what is due now, and nothing else.",
    "activate": "Let the next key sign.",
    "retire": "Take a key out of the JWKS before its time.",
    "compromise": "Drop a key at once, and deny its tokens.",
    "publish": "Write the JWKS, and a discovery document.",
    "import": "Take in a key from elsewhere.",
    "export": "Write managed keys; private halves only when asked.",
    "lint": "Find what is wrong with a JWKS.",
    "serve": "Serve the JWKS over HTTP, for development.",
}

HELP = """\
Manage signing keys: published before they sign, rotated, retired, never lost.

Examples:
  authcli jwks init ES256 --iss https://login.example
  authcli jwks publish -o public/
  authcli jwks rotate --publish public/
  authcli jwks status
  authcli jwks compromise 25IQ51 --reason "laptop stolen" --publish public/

Once there are managed keys, jwt mint signs with them and jwt verify trusts them. Put
jwks rotate --publish DIR in cron, hourly: it does what is due and nothing else. A KID
may be a unique beginning of one. Private halves are sealed in the store.
"""

app = new_group(__name__, HELP, members=VERBS)
