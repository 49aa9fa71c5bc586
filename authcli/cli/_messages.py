"""What is said to people, on stderr: `error:`, `hint:`, `warning:`, `note:`.

With `--json` each is a JSON line. `--quiet` drops all but errors (JSON keeps them: a script that
asked for JSON chooses itself). A message that cannot be written is dropped: the exit code says it.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from authcli.cli._errors import ExitCode, exit_code
from authcli.cli._text import paint, visible

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.errors import AuthError

__all__ = ["lines", "note", "report", "warn"]

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
        _write(text)


def report(run: Run, error: AuthError) -> ExitCode:
    """Say what went wrong and what to do; return the exit code."""
    code = exit_code(error)
    if run.json:
        found = {"code": error.code, "message": error.message, "hint": error.hint}
        _write_json({"error": found | {"exit": int(code)}})
        return code
    _say(run, "error", error.message)
    if error.hint and not run.quiet:
        _say(run, "hint", error.hint)
    return code


def _say(run: Run, kind: str, text: str) -> None:
    if run.json:
        _write_json({kind: text})
    elif kind == "error" or not run.quiet:
        label = paint(f"{kind}:", _COLORS[kind], on=run.colored(stderr=True))
        _write(f"{label} {visible(text, keep=chr(10))}")


def _write_json(value: dict[str, Any]) -> None:
    import json

    _write(json.dumps(value, separators=(",", ":")))


def _write(text: str) -> None:
    if sys.stderr is None:
        return
    with suppress(OSError, ValueError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
