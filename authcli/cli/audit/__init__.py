"""`authcli audit`: the record of every change. A module a verb, imported when it is named."""

from __future__ import annotations

from authcli.cli._common import new_group

__all__ = ["VERBS", "app"]

VERBS = {
    "list": "List what was done to the store, and by whom.",
    "verify": "Verify that nothing in the record was changed or removed.",
    "find": "Find what happened to an API key or a token.",
    "export": "Print the whole record, for keeping elsewhere.",
}

HELP = """\
Show and verify the record of every change.

Examples:
  authcli audit list --since 1d
  authcli audit list --event 'apikey.*' --target ak_0Bq3v9XkT1a
  authcli audit list --follow
  authcli audit verify
  authcli audit find --secret env:LEAKED_KEY
  authcli audit export -o audit.jsonl
"""

app = new_group(__name__, HELP, members=VERBS)
