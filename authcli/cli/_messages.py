"""What is said to people, on stderr: `error:`, `hint:`, `warning:`, `note:`.

With `--json` each is a JSON line. `--quiet` drops all but errors (JSON keeps them: a script that
asked for JSON chooses itself). A message that cannot be written is dropped: the exit code says it.
Every message passes `without_keys` here, so that no error needs to care what it quotes.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from authcli.cli._errors import ExitCode, exit_code
from authcli.cli._key_text import without_keys
from authcli.cli._text import paint, visible
from authcli.cli._writing import write_all

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.errors import AuthError

__all__ = ["error_line", "lines", "note", "report", "warn", "write"]

_COLORS = {"error": "bold red", "warning": "yellow", "note": "blue", "hint": "cyan"}


def warn(run: Run, text: str) -> None:
    """Say what a person must know, but that stops nothing."""
    _say(run, "warning", text)


def note(run: Run, text: str) -> None:
    """Say what may be worth knowing."""
    _say(run, "note", text)


def lines(run: Run, text: str) -> None:
    """Write several lines for a person (a list of checks); JSON carries its own."""
    if not (run.quiet or run.json):
        write(without_keys(text))


def report(run: Run, error: AuthError) -> ExitCode:
    """Say what went wrong and what to do; return the exit code."""
    code = exit_code(error, command=run.command)
    if run.json:
        write(_json({"error": _facts(error, code)}))
        return code
    _say(run, "error", error.message)
    if error.hint and not run.quiet:
        _say(run, "hint", error.hint)
    return code


def error_line(run: Run, error: AuthError, *, line: int) -> str:
    """Return what is said of one bad line among many, with its line break."""
    if run.json:
        found = {"line": line, **_facts(error, exit_code(error))}
        return _json({"error": found}) + "\n"
    text = without_keys(error.message)
    return f"{_labelled(run, 'error', f'line {line}: {text}')}\n"


def write(text: str) -> None:
    """Write a line to stderr, or drop it where that cannot be."""
    if sys.stderr is None:
        return
    with suppress(OSError, ValueError):
        sys.stderr.flush()
        write_all(sys.stderr.fileno(), f"{text}\n".encode(errors="backslashreplace"))


def _facts(error: AuthError, code: ExitCode) -> dict[str, Any]:
    return {
        "code": error.code,
        "message": without_keys(error.message),
        "hint": without_keys(error.hint) if error.hint else None,
        "exit": int(code),
    }


def _say(run: Run, kind: str, text: str) -> None:
    text = without_keys(text)
    if run.json:
        write(_json({kind: text}))
    elif kind == "error" or not run.quiet:
        write(_labelled(run, kind, text))


def _labelled(run: Run, kind: str, text: str) -> str:
    label = paint(f"{kind}:", _COLORS[kind], on=run.colored(stderr=True))
    return f"{label} {visible(text, keep=chr(10))}"


def _json(value: dict[str, Any]) -> str:
    import json

    return json.dumps(value, separators=(",", ":"))
