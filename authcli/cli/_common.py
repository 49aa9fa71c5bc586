"""The flags that every command takes, before or after its name, and the decorator that adds them.

`@command(app)` turns `def mint(run: Run, …)` into a Typer command: Typer sees the function's own
options and the common ones; the function sees its own and one `Run`. A function that takes
`form: SecretForm` prints a secret, and gets the flags that say in which form.
"""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from authcli import clock
from authcli.cli import _config
from authcli.cli._command import Command, Launcher, LazyGroup
from authcli.cli._key_text import refuse_key_text
from authcli.cli._messages import report, warn
from authcli.cli._run import Run
from authcli.errors import AuthError, InvalidConfig, InvalidInput

__all__ = ["COMMON", "command", "new_group", "new_single"]

_FORMAT_WORDS = ("json", "jsonl", "yaml", "text", "table", "csv", "raw", "wide")

#: Name -> what Typer is told of it, and the default.
Flags: TypeAlias = dict[str, tuple[Any, Any]]

COMMON: Flags = {
    "json": (Annotated[bool, typer.Option("--json", "-j", help="Print one JSON object.")], False),
    "jsonl": (
        Annotated[bool, typer.Option("--jsonl", help="Print JSON, an object a line.")],
        False,
    ),
    "field": (
        Annotated[
            list[str] | None,
            typer.Option(metavar="NAME", help="Print that field alone (a.b); repeatable."),
        ],
        None,
    ),
    "output": (
        Annotated[
            str | None,
            typer.Option("--output", "-o", metavar="FILE", help="Write to FILE, mode 0600."),
        ],
        None,
    ),
    "force": (Annotated[bool, typer.Option("--force", help="Let -o overwrite.")], False),
    "quiet": (Annotated[bool, typer.Option("--quiet", "-q", help="No notes or warnings.")], False),
    "color": (
        Annotated[str | None, typer.Option(metavar="WHEN", help="Colour: auto, always or never.")],
        None,
    ),
    "no_color": (
        Annotated[bool, typer.Option("--no-color", help="The same as --color never.")],
        False,
    ),
    "no_input": (
        Annotated[bool, typer.Option("--no-input", help="Never ask; fail instead.")],
        False,
    ),
    "now": (
        Annotated[str | None, typer.Option(metavar="INSTANT", help="Pretend that it is INSTANT.")],
        None,
    ),
    "profile": (
        Annotated[
            str | None,
            typer.Option("--profile", "-p", metavar="NAME", help="Use this named configuration."),
        ],
        None,
    ),
    "debug": (Annotated[bool, typer.Option("--debug", help="Show where an error arose.")], False),
}

#: The same of a command that writes a folder, where help says other things.
_INTO_FOLDER: Flags = COMMON | {
    "output": (
        Annotated[
            str | None,
            typer.Option("--output", "-o", metavar="DIR", help="Write to DIR, which is made."),
        ],
        None,
    ),
}

_STATE = "authcli.common"


def new_group(
    package: str,
    help_text: str,
    *,
    members: Mapping[str, str],
    aliases: Mapping[str, str] | None = None,
    callback: Callable[..., Any] | None = None,
) -> typer.Typer:
    """Return the Typer app of a group: plain help, and the common flags before its verbs too.

    Args:
        package: the package that holds a module for each member (`__name__`).
        help_text: what the group is for.
        members: name -> its help line, in the order of `--help`.
        aliases: other names for members, understood and not shown.
        callback: the function that holds the group's own options, where it has any.
    """
    style: dict[str, Any] = {
        "help": help_text,
        "no_args_is_help": True,
        "add_completion": False,
        "rich_markup_mode": None,
        "pretty_exceptions_enable": False,
        "context_settings": {"help_option_names": ["-h", "--help"]},
    }
    flags = typer.Typer(**style)
    flags.callback()(_with_common(callback or (lambda: None)))
    attributes = {"package": package, "members": members, "aliases": aliases or {}, "flags": flags}
    return typer.Typer(cls=type("Members", (LazyGroup,), attributes), **style)


def new_single() -> typer.Typer:
    """Return the Typer app of one command: a group's verb, or a noun that is itself the command.

    It takes exactly one `@command`, which has no group of its own above it: what follows its name
    is its own, positional arguments too.
    """
    return typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def command(
    app: typer.Typer,
    name: str | None = None,
    *,
    reads_config: bool = True,
    writes_folder: bool = False,
    runs_program: bool = False,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as a command of `app`.

    Args:
        app: what `new_group` or `new_single` returned.
        name: the verb; by default the function's name.
        reads_config: whether configuration files matter to it, and stop it when they are wrong.
        writes_folder: whether `-o` names a folder, which may end in a slash.
        runs_program: whether what follows `--` is another program's command line.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        kind = Launcher if runs_program else Command
        app.command(name, cls=kind)(_as_command(function, reads_config, writes_folder))
        return function

    return register


def _with_common(function: Callable[..., Any]) -> Callable[..., Any]:
    """Extend a group's callback by the common flags; they wait in the context for the command."""

    @functools.wraps(function)
    def callback(ctx: typer.Context, **values: Any) -> Any:
        _collect(ctx, values)
        return function(**values)

    return _with_signature(callback, inspect.signature(function, eval_str=True))


def _as_command(
    function: Callable[..., None], reads_config: bool, writes_folder: bool
) -> Callable[..., None]:
    own = inspect.signature(function, eval_str=True)
    secret_flags: Flags = {}
    if "form" in own.parameters:
        from authcli.cli._secret_output import SECRET_FLAGS, SecretForm

        secret_flags = SECRET_FLAGS

    @functools.wraps(function)
    def wrapper(ctx: typer.Context, **values: Any) -> None:
        flags = _collect(ctx, values)
        run = Run(_dotted(ctx), json=flags["json"] or flags["jsonl"], quiet=flags["quiet"])
        try:
            run = _run(ctx, flags, reads_config)
            if run.into_folder and not writes_folder:
                raise InvalidInput("-o names a file, and this ends like a folder")
            for text in run.config.warnings:
                warn(run, text)
            if run.now is not None:
                warn(run, f"the clock is set to {clock.format_instant(run.now)}")
            if secret_flags:
                values["form"] = SecretForm(
                    **{name: values.pop(name) for name in secret_flags}
                ).checked()
            function(run, **values)
        except AuthError as error:
            if run.debug:
                from authcli.cli._root import show_origin

                show_origin(error)
            raise typer.Exit(report(run, error)) from None

    parameters = [p for name, p in own.parameters.items() if name not in ("run", "form")]
    return _with_signature(
        wrapper,
        own.replace(parameters=[*parameters, *_keyword_parameters(secret_flags)]),
        common=_INTO_FOLDER if writes_folder else COMMON,
    )


def _with_signature(
    wrapper: Callable[..., Any], own: inspect.Signature, *, common: Flags = COMMON
) -> Callable[..., Any]:
    """Give the wrapper the signature that Typer is to see: context, own options, common ones."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    context = inspect.Parameter("ctx", keyword, annotation=typer.Context)
    mine = [p.replace(kind=keyword) for p in own.parameters.values()]
    signature = inspect.Signature([context, *mine, *_keyword_parameters(common)])
    del wrapper.__wrapped__  # type: ignore[attr-defined]
    wrapper.__signature__ = signature  # type: ignore[attr-defined]
    wrapper.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
    return wrapper


def _keyword_parameters(flags: Flags) -> list[inspect.Parameter]:
    keyword = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter(name, keyword, default=default, annotation=annotation)
        for name, (annotation, default) in flags.items()
    ]


def _collect(ctx: typer.Context, values: dict[str, Any]) -> dict[str, Any]:
    """Move the common flags out of `values` into the state that root, group and verb share."""
    state: dict[str, Any] = ctx.meta.setdefault(
        _STATE, {name: default for name, (_, default) in COMMON.items()}
    )
    for name, (_, default) in COMMON.items():
        value = values.pop(name)
        if value != default and value != []:
            state[name] = value
    return state


def _dotted(ctx: typer.Context) -> str:
    """Return "jwt.mint" for the command line `authcli jwt mint`."""
    names = []
    here: Any = ctx
    while here.parent is not None:
        names.append(here.command.name)
        here = here.parent
    return ".".join(reversed(names))


def _run(ctx: typer.Context, flags: dict[str, Any], reads_config: bool) -> Run:
    config = (_config.load if reads_config else _config.unread)(flags["profile"])
    color = "never" if flags["no_color"] else config.text("color", flags["color"]) or "auto"
    if color not in ("auto", "always", "never"):
        raise InvalidInput(f"--color is auto, always or never, not {ascii(color[:20])}")
    chosen = flags["json"] or flags["jsonl"]
    return Run(
        _dotted(ctx),
        json=bool(chosen or (not flags["field"] and config.text("output", None) == "json")),
        jsonl=flags["jsonl"],
        fields=tuple(flags["field"] or ()),
        quiet=flags["quiet"],
        debug=flags["debug"],
        color=color,
        no_input=flags["no_input"],
        output=_output_path(flags["output"]),
        into_folder=bool(flags["output"] and flags["output"].endswith("/")),
        force=flags["force"],
        now=_overriding_clock(flags["now"]),
        config=config,
    )


def _output_path(text: str | None) -> Path | None:
    if text is None or text == "-":
        return None
    refuse_key_text(text)
    if text.lower() in _FORMAT_WORDS:
        hint = f"--{text.lower()}" if text.lower() in ("json", "jsonl") else "--json or --format"
        raise InvalidInput(
            f"-o names a file, and {text!r} looks like a format",
            hint=f"write {hint} for the format, or -o ./{text} for the file",
        )
    return Path(text)


def _overriding_clock(text: str | None) -> int | None:
    if text is None:
        text = os.environ.get("AUTHCLI_NOW")
        if text is not None and not text.strip():
            raise InvalidConfig("AUTHCLI_NOW is set but empty", hint="unset AUTHCLI_NOW")
    return None if text is None else clock.parse_instant(text, at=clock.now(), any_epoch=True)
