"""`authcli jws`: signatures over any payload; a verb is a module, imported when it is named."""

from __future__ import annotations

from authcli.cli._common import new_group

__all__ = ["VERBS", "app"]

VERBS = {
    "sign": "Sign a payload.",
    "verify": "Verify a signature, and print the payload.",
    "inspect": "Explain a JWS: its signatures, headers and payload.",
}

HELP = """\
Sign and verify any payload as a JSON Web Signature.

Examples:
  authcli jws sign @report.pdf --detached --key key.pem > report.jws
  authcli jws verify @report.jws --payload report.pdf --key public.pem
  authcli jws inspect @report.jws
"""

app = new_group(__name__, HELP, members=VERBS)
