"""Typer's command and group, made ours: argument hygiene, aliases, help that leads with examples.

- an empty argument is an error: an unset variable must not switch a check off;
- a single dash before a long name (`-json`) is refused with the right spelling;
- other tools' names for commands and options are understood, and not shown;
- a group's members are imported when they are named, and not before;
- help is the docstring as it is written, then options, then the common ones.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from importlib import import_module
from keyword import iskeyword
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

__all__ = ["Command", "Group", "Launcher", "LazyGroup"]

#: Verbs by other names, everywhere that the verb exists.
VERBS = {
    "ls": ("list",),
    "rm": ("remove", "revoke"),
    "remove": ("revoke",),
    "delete": ("remove", "revoke"),
    "new": ("generate", "mint", "issue"),
    "create": ("generate", "mint", "issue", "init"),
    "add": ("issue",),
    "generate": ("mint", "issue"),
    "export": ("backup",),
    "info": ("status", "show"),
    "show": ("list", "status"),
    "tail": ("list",),
    "encode": ("mint",),
    "sign": ("mint",),
}
#: Options by other names, everywhere that the option exists.
OPTIONS = {"ttl": "exp", "expires": "exp", "S": "k", "P": "c"}


#: Typer exports it under no name of its own.
UsageError: Any = typer.BadParameter.__bases__[0]


def _canonical_option(name: str) -> str:
    return OPTIONS.get(name, name)


class Command(TyperCommand):
    """A verb."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.context_settings = {
            "help_option_names": ["-h", "--help"],
            "token_normalize_func": _canonical_option,
            **self.context_settings,
        }

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        _check_hygiene(self, ctx, args)
        try:
            return super().parse_args(ctx, args)
        except UsageError as error:
            error.ctx = error.ctx or ctx  # an option without its value does not say whose it is
            raise

    def get_help_option(self, ctx: Any) -> Any:
        return _own_help_option(super().get_help_option(ctx))

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        _write_docstring(self.help, formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        _write_options(self, ctx, formatter)


class Launcher(Command):
    """A verb that runs a program: what follows `--` is that program's, be it empty or an option.

    Its one argument takes the program's words.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.context_settings["allow_interspersed_args"] = False

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        own = args[: args.index("--")] if "--" in args else args
        _check_hygiene(self, ctx, own)
        given = len(args) - len(own) - 1
        rest = TyperCommand.parse_args(self, ctx, list(args))
        words = next(iter(p.name for p in self.params if p.param_type_name == "argument"))
        if not ctx.resilient_parsing and (given < 1 or len(ctx.params[words] or ()) != given):
            raise _usage(ctx, "what is to be run stands after --, and all else before it")
        return rest


class Group(TyperGroup):
    """A noun, or the root."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        _check_hygiene(self, ctx, args[: _first_word(args)])
        return super().parse_args(ctx, args)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        found = super().get_command(ctx, cmd_name)
        for verb in () if found else VERBS.get(cmd_name, ()):
            found = found or super().get_command(ctx, verb)
        return found

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return (command.name if command else name), command, rest

    def get_help_option(self, ctx: Any) -> Any:
        return _own_help_option(super().get_help_option(ctx))

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        _write_docstring(self.help, formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        self.format_commands(ctx, formatter)
        _write_options(self, ctx, formatter)


class LazyGroup(Group):
    """A noun, or the root, that knows its members by name and help line.

    A member is imported when it is named: `package.<name>`, which defines `app` (`import_` where
    Python has the word for itself). Help, typo hints and TAB import none. The group's own flags
    are built when one stands before the member's name, or help or TAB asks for them.
    """

    flags: typer.Typer
    package: str = ""
    members: Mapping[str, str] = {}
    aliases: Mapping[str, str] = {}

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, text in self.members.items():
            self.add_command(Deferred(name=name, help=text, rich_markup_mode=None))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or args[0].startswith("-"):
            full = get_group(self.flags)
            self.params, self.callback = full.params, full.callback
        return super().parse_args(ctx, args)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return super().get_command(ctx, self.aliases.get(cmd_name, cmd_name))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return name, self.load(command), rest

    def load(self, command: Any) -> Any:
        """Return the group or command that a member's name stands for, imported."""
        if not isinstance(command, Deferred):
            return command
        name = str(command.name)
        module = f"{name}_" if iskeyword(name) else name
        app = import_module(f"{self.package}.{module}").app
        loaded = get_command(app) if app.registered_commands else get_group(app)
        loaded.name = command.name
        return loaded


class Deferred(Group):
    """A member known by its name and help line."""


def _first_word(args: list[str]) -> int:
    return next((i for i, arg in enumerate(args) if arg and not arg.startswith("-")), len(args))


def _check_hygiene(command: Any, ctx: Any, args: list[str]) -> None:
    if ctx.resilient_parsing:  # completion parses half a line
        return
    before = ""
    for arg in args:
        if arg == "--":
            break
        if arg.startswith("-----BEGIN"):
            raise _usage(
                ctx, "key text on the command line is visible to every process; use env:NAME"
            )
        if arg.startswith("-sha"):  # "$pbkdf2-sha256$…" in double quotes
            raise _usage(ctx, "a shell took the '$' of a hash for variables; single-quote it")
        name, equals, value = arg.partition("=")
        if not arg:
            of = before if _takes_value(command, ctx, before) else "an argument"
            raise _usage(ctx, f"{of} is empty: an unset variable?")
        if equals and not value and _is_option(command, ctx, name):
            raise _usage(ctx, f"{name} is empty: an unset variable?")
        if name[:1] == "-" and name[1:2].isalpha() and _is_option(command, ctx, f"-{name}"):
            raise _usage(ctx, f"{name} has one dash too few: write -{name}")
        before = arg
    if "" in args:
        raise _usage(ctx, "an argument is empty: an unset variable?")


def _is_option(command: Any, ctx: Any, name: str) -> bool:
    """Say whether a long name, with its two dashes, is an option here."""
    if len(name) < 4:
        return False
    known = {option for param in command.get_params(ctx) for option in param.opts}
    return name in known or f"--{OPTIONS.get(name[2:], '')}" in known


def _takes_value(command: Any, ctx: Any, name: str) -> bool:
    """Say whether what follows this word is an option's value."""
    return any(
        name in param.opts and not getattr(param, "is_flag", True)
        for param in command.get_params(ctx)
    )


def _own_help_option(option: Any) -> Any:
    """Let help be written as every result is, so that a full disk under it is noticed."""
    if option is not None:
        option.callback = _show_help
    return option


def _show_help(ctx: Any, param: Any, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from authcli.cli._output import write_text

        write_text(ctx.get_help() + "\n")
        ctx.exit()


def _usage(ctx: Any, message: str) -> Exception:
    error: Exception = UsageError(message, ctx)
    return error


def _write_docstring(text: str | None, formatter: Any) -> None:
    """Write the help as it stands in the source: its line breaks are its author's."""
    formatter.write_paragraph()
    for line in inspect.cleandoc(text or "").splitlines():
        formatter.write(f"  {line}".rstrip() + "\n")


def _write_options(command: Any, ctx: Any, formatter: Any) -> None:
    from authcli.cli._common import COMMON

    sections: dict[str, list[tuple[str, str]]] = {
        "Arguments": [],
        "Options": [],
        "Common options": [],
    }
    for param in command.get_params(ctx):
        if (record := param.get_help_record(ctx)) is None:
            continue
        if param.param_type_name == "argument":
            sections["Arguments"].append(record)
        else:
            own = param.name not in COMMON and param.name != "help"
            sections["Options" if own else "Common options"].append(record)
    for title, records in sections.items():
        if records:
            with formatter.section(title):
                formatter.write_dl(records)
