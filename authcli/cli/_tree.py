"""The tree of commands, walked by name without running anything: for help and for TAB.

Only what is named is imported.
"""

from __future__ import annotations

from typing import Any

from typer.main import get_group

__all__ = ["child", "root"]


def root() -> Any:
    """Return the context of `authcli` itself; `.command` is its group."""
    from authcli.cli import app

    return get_group(app).make_context("authcli", [], resilient_parsing=True)


def child(context: Any, name: str) -> Any:
    """Return the context of a group's member by its name or alias, or None where it has none."""
    if not hasattr(context.command, "resolve_command"):
        return None
    _, command, _ = context.command.resolve_command(context, [name])
    if command is None:
        return None
    return command.make_context(command.name, [], parent=context, resilient_parsing=True)
