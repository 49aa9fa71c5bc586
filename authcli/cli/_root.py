"""Running the command line: every end, expected or not, becomes an exit code and a message."""

from __future__ import annotations

import sys
from contextlib import suppress

import typer
from typer.main import get_group

from authcli.cli._errors import ExitCode
from authcli.cli._messages import report
from authcli.cli._output import ReaderGone
from authcli.cli._run import Run
from authcli.errors import AuthError, InvalidInput

__all__ = ["run", "show_origin"]


#: Groups whose arguments are names; elsewhere one may be a secret without its quotes.
_NAMING = ("apikey", "audit", "expiring", "store")


def run(app: typer.Typer, argv: list[str]) -> int:
    """Run the command line and return its exit code; no exception leaves here.

    Args:
        app: the root.
        argv: the arguments, without the program's name.
    """
    try:
        result = get_group(app).main(args=argv, prog_name="authcli", standalone_mode=False)
        return int(result) if isinstance(result, int) else ExitCode.OK
    except ReaderGone:
        return ExitCode.READER_GONE
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except typer.TyperException as error:
        return _usage(error, argv)
    except AuthError as error:
        return report(_guessed(argv), error)
    except SystemExit as error:  # Typer's own end, after EPIPE while it wrote help
        return ExitCode.READER_GONE if error.code == 1 else int(error.code or 0)
    except BaseException as error:  # noqa: BLE001 - no exception leaves here
        return _unexpected(error, argv)


def show_origin(error: BaseException) -> None:
    """Write where an error arose: files, lines and names; never values, nor messages of others.

    Libraries put what they were given into their messages, a private key too.
    """
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    text = "".join(f'  File "{f.filename}", line {f.lineno}, in {f.name}\n' for f in frames)
    with suppress(OSError, AttributeError):
        sys.stderr.write(f"Traceback (most recent call last):\n{text}{type(error).__name__}\n")


def _usage(error: typer.TyperException, argv: list[str]) -> int:
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        with suppress(OSError, AttributeError):
            sys.stderr.write(context.get_help() + "\n" if context else "")
        return ExitCode.USAGE
    message = error.format_message().strip().rstrip(".")
    path = context.command_path if context else "authcli"
    hint = f"see: {path} --help"
    if _may_be_argument(error):
        hint = f"an argument that begins with - stands after --; {hint}"
    if "unexpected extra argument" in message:
        words = message.partition(" (")[2].removesuffix(")")
        message = message.partition(" (")[0]
        if path.split()[1:2] and path.split()[1] in _NAMING and not path.endswith(" verify"):
            message = f"unexpected extra words: {ascii(words[:60])}"
            hint = f"what belongs together stands in quotes, and options have names; {hint}"
    flags = _guessed(argv)._replace(command=".".join(path.split()[1:]))
    return report(flags, InvalidInput(message[:1].lower() + message[1:], hint=hint))


def _may_be_argument(error: typer.TyperException) -> bool:
    """Say whether an unknown option may be an argument: thumbprints begin with any character."""
    name, context = getattr(error, "option_name", ""), getattr(error, "ctx", None)
    if type(error).__name__ != "NoSuchOption" or name.startswith("--") or context is None:
        return False
    return any(param.param_type_name == "argument" for param in context.command.params)


def _unexpected(error: BaseException, argv: list[str]) -> int:
    flags = _guessed(argv)
    if flags.debug:
        show_origin(error)
    reason = getattr(error, "strerror", None) if isinstance(error, OSError) else None
    return report(
        flags,
        AuthError(
            reason.lower() if reason else f"this is a bug in authcli ({type(error).__name__})",
            hint=None if reason or flags.debug else "run it again with --debug and report it",
        ),
    )


def _guessed(argv: list[str]) -> Run:
    """Return the common flags that matter to an error, where parsing did not get that far."""
    words = argv[: argv.index("--")] if "--" in argv else argv
    return Run(
        command=next((word for word in words if not word.startswith("-")), ""),
        json="--json" in words or "--jsonl" in words or _short("j", words),
        quiet="--quiet" in words or _short("q", words),
        debug="--debug" in words,
        color="never" if "--no-color" in words else "auto",
    )


def _short(letter: str, words: list[str]) -> bool:
    """Say whether a short flag stands alone or among others that take no value ("-jq")."""
    clusters = (word[1:] for word in words if word[:1] == "-")
    return any(letter in cluster and set(cluster) <= set("jqyn") for cluster in clusters)
