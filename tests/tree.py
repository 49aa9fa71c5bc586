"""Every group and every command there is, found as help and TAB find them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from authcli.cli import _tree


def commands() -> set[tuple[str, ...]]:
    """Return the words of each command: ("jwt", "mint"), ("password", "htpasswd", "add")."""
    return {words for words, is_group in _walk() if not is_group}


def groups() -> set[tuple[str, ...]]:
    """Return the words of each group: ("jwt",), ("password", "htpasswd")."""
    return {words for words, is_group in _walk() if is_group}


def _walk(
    context: Any = None, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], bool]]:
    here = context or _tree.root()
    names = here.command.list_commands(here) if hasattr(here.command, "list_commands") else ()
    if words:
        yield words, bool(names)
    for name in names:
        yield from _walk(_tree.child(here, name), (*words, name))
