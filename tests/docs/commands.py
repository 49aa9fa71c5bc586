"""Every command of authcli: its words, its help, its arguments and options.

Read from the commands as `--help` reads them; none is run.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from authcli.cli import ALIASES, _tree
from authcli.cli._command import VERBS
from tests.docs import texts

__all__ = ["Argument", "Command", "Option", "commands", "common_options", "root"]

#: Options whose default is a variable's value, everywhere that they are.
VARIABLES = {
    "--store": "AUTHCLI_STORE",
    "--time": "AUTHCLI_TIME",
    "--color": "AUTHCLI_COLOR",
    "--profile": "AUTHCLI_PROFILE",
    "--now": "AUTHCLI_NOW",
}


class Argument(NamedTuple):
    """What stands at its place."""

    metavar: str
    """With brackets where it may be left out, and dots where there may be many: [CLAIM]..."""
    help: str


class Option(NamedTuple):
    """A flag, with or without a value."""

    names: tuple[str, ...]
    """The short one first; those that switch it off last."""
    metavar: str | None
    """What stands for its value; None where it takes none."""
    help: str
    repeatable: bool
    required: bool
    default: str | None
    variable: str | None
    """Of the environment, which says what it is where it is not given."""


class Command(NamedTuple):
    """A command, or a group of commands."""

    words: tuple[str, ...]
    """("authcli", "jwt", "mint")."""
    line: str
    """What the group's help says of it."""
    text: texts.Text
    arguments: tuple[Argument, ...]
    options: tuple[Option, ...]
    """Its own; those that every command has are `common_options`."""
    members: tuple[tuple[str, str], ...]
    """Of a group: each with its line of help."""
    aliases: tuple[str, ...]
    """Its last word, as people say it who know another tool."""

    @property
    def name(self) -> str:
        """The words, as they are typed."""
        return " ".join(self.words)

    @property
    def synopsis(self) -> str:
        """The words, and what may stand behind them."""
        if self.members:
            return f"{self.name} [OPTIONS] COMMAND ..."
        return " ".join([self.name, "[OPTIONS]", *(a.metavar for a in self.arguments)])

    @property
    def dotted(self) -> str:
        """The name that its JSON's `schema` carries: "jwt.mint"."""
        return ".".join(self.words[1:])


@cache
def commands() -> tuple[Command, ...]:
    """Return all commands and groups but the root, each group before its members."""
    return tuple(_walk(_tree.root(), ("authcli",)))[1:]


@cache
def root() -> Command:
    """Return `authcli` itself."""
    return _command(_tree.root(), ("authcli",))


@cache
def common_options() -> tuple[Option, ...]:
    """Return the options that every command has."""
    return tuple(_option(param) for param in _params(_tree.root()) if _is_common(param))


def _walk(context: Any, words: tuple[str, ...]) -> Iterator[Command]:
    yield _command(context, words)
    for name in _member_names(context):
        yield from _walk(_tree.child(context, name), (*words, name))


def _command(context: Any, words: tuple[str, ...]) -> Command:
    named = _params(context)
    options = [_option(p) for p in named if p.param_type_name == "option"]
    common = common_options() if len(words) > 1 else [_option(p) for p in named if _is_common(p)]
    group, parent = context.command, context.parent
    text = texts.read(group.help)
    return Command(
        words,
        parent.command.commands[words[-1]].help if parent else text.summary,
        text,
        tuple(_argument(p) for p in named if p.param_type_name == "argument"),
        tuple(option for option in options if option not in common),
        tuple((n, group.commands[n].help or "") for n in _member_names(context)),
        _aliases(context, words),
    )


def _member_names(context: Any) -> list[str]:
    listed = getattr(context.command, "list_commands", None)
    return list(listed(context)) if listed else []


def _params(context: Any) -> list[Any]:
    return [p for p in context.command.get_params(context) if p.get_help_record(context)]


def _is_common(param: Any) -> bool:
    from authcli.cli._common import COMMON

    return param.name in COMMON or param.name == "help"


def _aliases(context: Any, words: tuple[str, ...]) -> tuple[str, ...]:
    if len(words) == 2:
        return tuple(alias for alias, name in ALIASES.items() if name == words[1])
    parent = context.parent
    if parent is None:
        return ()
    there = _member_names(parent)
    found = {a: parent.command.get_command(parent, a) for a in VERBS if a not in there}
    return tuple(alias for alias, command in found.items() if command and command.name == words[-1])


def _argument(param: Any) -> Argument:
    metavar = param.metavar
    bare = not metavar.startswith(("[", "-- "))
    if bare and not param.required:
        metavar = f"[{metavar}]"
    elif bare and "|" in metavar:
        metavar = f"{{{metavar}}}"
    return Argument(metavar, param.help or "")


def _option(param: Any) -> Option:
    names = sorted(param.opts, key=lambda name: name.startswith("--"))
    default = param.default if param.show_default else None
    return Option(
        (*names, *param.secondary_opts),
        None if param.is_flag else param.metavar,
        param.help or "",
        bool(param.multiple),
        bool(param.required),
        str(default) if default not in (None, False, "", [], ()) else None,
        next((VARIABLES[name] for name in names if name in VARIABLES), None),
    )
