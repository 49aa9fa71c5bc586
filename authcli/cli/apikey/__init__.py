"""`authcli apikey`: API keys in the store. A module a verb, imported when it is named."""

from __future__ import annotations

from authcli.cli._common import new_group

__all__ = ["VERBS", "app"]

VERBS = {
    "issue": "Issue an API key; it is shown once.",
    "verify": "Verify an API key: genuine, live, and good for this.",
    "list": "List API keys.",
    "show": "Show what is known of one API key.",
    "update": "Change what an API key may do, and until when.",
    "enable": "Let disabled API keys work again.",
    "disable": "Stop API keys for a while.",
    "usage": "Show how often API keys were used.",
    "rotate": "Issue a successor; the old key lives on for a while.",
    "revoke": "Stop API keys for ever, at once, everywhere.",
    "expiring": "Say which API keys expire soon.",
    "detect": "Find API keys in files, folders and Git's history.",
    "rules": "Print patterns that let scanners find our keys.",
    "import": "Take over API keys from elsewhere, by their digests.",
}

HELP = """\
Issue, verify, rotate, revoke and find API keys.

Examples:
  authcli apikey issue ci --scope read:invoices --expires 90d
  authcli apikey verify "$KEY" --scope read:invoices
  authcli apikey list --expiring-within 14d
  authcli apikey rotate ci --grace 24h
  authcli apikey revoke ci --reason "left the team"
  git log -p | authcli apikey detect -
"""

app = new_group(__name__, HELP, members=VERBS)
