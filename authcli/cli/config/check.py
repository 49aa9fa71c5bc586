"""`authcli config check`."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path

import typer

from authcli.cli._common import command, new_single
from authcli.cli._run import Run

app = new_single()

#: Variables that are read beside those of the settings.
_OTHER_VARIABLES = ("AUTHCLI_CONFIG", "AUTHCLI_NOW", "AUTHCLI_PROFILE")


@command(app, reads_config=False)
def check(run: Run) -> None:
    """Find what is wrong with the configuration: files, every profile, environment.

    Examples:
      authcli config check
      authcli config check && deploy

    Exit codes: 0 nothing is wrong, 2 problems, each with its file and setting.
    """
    from authcli.cli._config import load, problems, profile_names
    from authcli.cli._messages import report, warn
    from authcli.cli._output import emit
    from authcli.cli._places import project_file, user_file

    for text in _doubts(user_file()):
        warn(run, text)
    if found := problems():
        codes = [report(run, problem) for problem in found]
        raise typer.Exit(codes[0])
    load()  # which also knows whether AUTHCLI_PROFILE names a profile
    files = [str(path) for path in (user_file(), project_file()) if path and path.is_file()]
    profiles = profile_names()
    emit(
        run,
        {"valid": True, "files": files, "profiles": profiles},
        plain=None,
        human=lambda on: f"nothing is wrong ({_counted(files, profiles)})",
    )


def _counted(files: list[str], profiles: list[str]) -> str:
    counts = ((len(files), "file"), (len(profiles), "profile"))
    return ", ".join(f"{number} {noun}{'s' * (number != 1)}" for number, noun in counts)


def _doubts(user: Path) -> list[str]:
    """Return what a person should know, but that stops no command."""
    from authcli.cli._settings import SETTINGS

    doubts = []
    exists = os.path.isfile(user)  # noqa: PTH113 - Path.is_file raises in a closed folder
    if os.name == "posix" and exists and user.stat().st_mode & 0o022:
        doubts.append(f"others can write {user}, and so choose your keys; chmod go-w {user}")
    known = {*_OTHER_VARIABLES, *(f"AUTHCLI_{name.upper()}" for name in SETTINGS)}
    for variable in sorted(os.environ.keys() - known):
        near = get_close_matches(variable, known, 1, cutoff=0.8)
        if variable.startswith("AUTHCLI_") and near:
            doubts.append(f"{variable} is no setting; did you mean {near[0]}?")
    return doubts
