"""Run: the flags that mean one thing everywhere, as one command was given them.

Every command makes one, so it is a NamedTuple: building a dataclass costs 0.5 ms of each start.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

from authcli.cli._config import Config

__all__ = ["Run"]


class Run(NamedTuple):
    """One invocation of one command.

    Holds the common flags after configuration was asked; every helper of the command line takes
    it first, so that there is no global state.
    """

    command: str
    """The dotted name that JSON's `schema` carries: "jwt.mint"."""
    json: bool = False
    jsonl: bool = False
    """JSON with one object a line; `json` is set too."""
    fields: tuple[str, ...] = ()
    quiet: bool = False
    debug: bool = False
    color: str = "auto"
    no_input: bool = False
    output: Path | None = None
    into_folder: bool = False
    """Whether what `-o` names ended in a slash, as a folder does."""
    force: bool = False
    config: Config = Config()
    """Settings from the environment and from files."""
    now: int | None = None
    """The overriding clock (`--now`) in epoch seconds; None is the real one."""

    @property
    def at(self) -> int:
        """The instant that claims and the store's dates are reckoned from, in epoch seconds."""
        from authcli import clock

        return clock.now() if self.now is None else self.now

    @property
    def to_terminal(self) -> bool:
        """Whether the result goes to a person's terminal."""
        return self.output is None and sys.stdout is not None and sys.stdout.isatty()

    @property
    def may_prompt(self) -> bool:
        """Whether someone can be asked: a terminal, no `--no-input`, no CI."""
        if self.no_input or os.environ.get("CI", "").lower() in ("true", "1"):
            return False
        return sys.stdin is not None and sys.stdin.isatty()

    def colored(self, *, stderr: bool = False) -> bool:
        """Whether to colour what goes to stdout (or stderr): flag, NO_COLOR, FORCE_COLOR, TERM."""
        if self.color != "auto":
            return self.color == "always"
        if os.environ.get("NO_COLOR"):
            return False
        forced = os.environ.get("FORCE_COLOR")
        if forced:
            return forced != "0"
        if os.environ.get("TERM") == "dumb":
            return False
        return sys.stderr is not None and sys.stderr.isatty() if stderr else self.to_terminal
