"""`authcli totp recovery`: codes for when the phone is lost. A module a verb."""

from __future__ import annotations

from authcli.cli._common import new_group

__all__ = ["VERBS", "app"]

VERBS = {
    "new": "Make ten recovery codes, in the place of those before.",
    "verify": "Verify a recovery code; each one once.",
}

HELP = """\
Make and verify recovery codes, for when the phone is lost.

Examples:
  authcli totp recovery new alice
  authcli totp recovery verify alice x7k2-9m4p-w0hd-3tzq

A NAME is a saved name or whoever your users are. The store keeps keyed digests, and
never the codes.
"""

app = new_group(__name__, HELP, members=VERBS)
