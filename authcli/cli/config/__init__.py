"""`authcli config`: what applies, and why. A module a verb, imported when it is named."""

from __future__ import annotations

from authcli.cli._common import new_group

__all__ = ["VERBS", "app"]

VERBS = {
    "show": "Show each setting, and where its value comes from.",
    "path": "Print where the configuration files are.",
    "check": "Find what is wrong with the configuration.",
    "trust": "Let the project's file name keys, commands and URLs.",
}

app = new_group(
    __name__,
    """Show, check and trust configuration.

    Examples:
      authcli config show --origin
      authcli config check
      authcli config trust

    A flag wins over AUTHCLI_* variables, they over the project's authcli.toml,
    and that over the user's file. `authcli help environment` lists the settings.
    """,
    members=VERBS,
)
