"""`authcli key`: keys in every format. A module a verb, imported when it is named."""

from __future__ import annotations

from authcli.cli._common import new_group

__all__ = ["VERBS", "app"]

VERBS = {
    "generate": "Generate a key, or a key pair.",
    "inspect": "Say what a key is, and what is wrong with it.",
    "convert": "Write a key in another format.",
    "public": "Write the public half of a key.",
    "thumbprint": "Print a key's RFC 7638 thumbprint.",
    "lint": "Find weak, misplaced and inconsistent keys.",
    "secret": "Generate a random secret.",
}

HELP = """\
Generate, inspect, convert and lint keys.

Examples:
  authcli key generate ES256 -o key.pem --public public.pem
  authcli key convert key.pem --to jwk
  authcli key thumbprint public.pem
  authcli key lint --public jwks.json
"""

app = new_group(__name__, HELP, members=VERBS)
