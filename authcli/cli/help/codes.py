"""Error codes, explained: what `codes.toml` says of each."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import NamedTuple

from authcli.cli._errors import ExitCode
from authcli.cli.help._data import read_text

__all__ = ["Code", "codes"]


class Code(NamedTuple):
    """A stable, dotted name of an error or of a finding."""

    name: str
    meaning: str
    """What it says, one sentence."""
    cause: str | None = None
    """How it usually comes about."""
    remedy: str | None = None
    """What to do."""
    exit: ExitCode | None = None
    """The exit code that goes with it; None is a finding that stops nothing."""


@cache
def codes() -> dict[str, Code]:
    """Return every code by its name."""
    return {name: _code(name, row) for name, row in tomllib.loads(read_text("codes.toml")).items()}


def _code(name: str, row: dict[str, str | int]) -> Code:
    text = {key: str(row[key]) for key in ("cause", "remedy") if key in row}
    code = ExitCode(int(row["exit"])) if "exit" in row else None
    return Code(name, str(row["meaning"]), exit=code, **text)
