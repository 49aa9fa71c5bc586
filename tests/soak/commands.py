"""One command as a process, and what befalls it: a signal, or a disk that is full.

The dice of the worker choose a fate before the command starts, and after which part of the time
that such a command usually takes it is struck; so a seed chooses the same again.
"""

from __future__ import annotations

import json
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["FATES", "Fate", "Outcome", "fate_of", "run"]


class Fate(NamedTuple):
    """What is to befall a command."""

    name: str
    at: float
    """When, as a part of the usual time; of a full disk, how full it may get."""


#: Name -> how often, the signal, and the exit codes of a command that it stopped.
FATES: dict[str, tuple[int, signal.Signals | None, frozenset[int]]] = {
    "none": (78, None, frozenset()),
    "SIGKILL": (11, signal.SIGKILL, frozenset({-9})),
    # A signal that comes before Python runs our code has the system's effect.
    "SIGTERM": (4, signal.SIGTERM, frozenset({-15, 143})),
    "SIGINT": (3, signal.SIGINT, frozenset({-2, 130})),
    "full disk": (4, None, frozenset({1, 9})),
}
UNTOUCHED = Fate("none", 0.0)
#: A file may grow to this, where the disk is "full" at 1.
_FULL_BYTES = 400_000
_LONGEST_SECONDS = 90.0
#: What `timeout` says of a command that hangs.
HUNG = 124


class Outcome(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str
    fate: str
    """What befell it; "none" too where it had ended before."""
    began: float
    ended: float

    @property
    def sure(self) -> bool:
        """Whether it acknowledged what it did."""
        return self.code == 0 or (self.code == -signal.SIGKILL and self._is_whole())

    @property
    def unknown(self) -> bool:
        """Whether it was stopped, and may have done its work or not."""
        return not self.sure and self.code in FATES[self.fate][2]

    def json(self) -> Any:
        """Return what it printed; None where that is not whole."""
        try:
            return json.loads(self.out)
        except ValueError:
            return None

    def lines(self) -> list[str]:
        """Return the lines that were printed to their end."""
        return self.out.split("\n")[:-1]

    def _is_whole(self) -> bool:
        return self.json() is not None


def fate_of(chance: random.Random) -> Fate:
    """Throw the dice."""
    [name] = chance.choices(list(FATES), [row[0] for row in FATES.values()])
    return Fate(name, chance.triangular(0.1, 1.3, 0.9))


def run(
    words: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    stdin: str | None = None,
    fate: Fate = UNTOUCHED,
    usual_seconds: float = 0.2,
) -> Outcome:
    """Run `authcli` with these words, and let its fate befall it.

    Args:
        words: after "authcli".
        environment: all that the process sees.
        folder: where it stands.
        stdin: what it reads; nothing when None.
        fate: what befalls it.
        usual_seconds: how long such a command runs.
    """
    limit = int(fate.at * _FULL_BYTES)
    began = time.time()
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "authcli", *words],
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A worker has one thread, so that it may say what the child does first.
        preexec_fn=(  # noqa: PLW1509
            partial(_limit_files, limit) if fate.name == "full disk" else None
        ),
    ) as process:
        out, err, struck = _ended(process, stdin, fate, usual_seconds)
    name = fate.name if struck else "none"
    return Outcome(process.returncode, out, err, name, began, time.time())


def _ended(
    process: subprocess.Popen[str], stdin: str | None, fate: Fate, usual_seconds: float
) -> tuple[str, str, bool]:
    """Return what was printed, and whether the fate was in time."""
    number = FATES[fate.name][1]
    if number is not None:
        try:
            out, err = process.communicate(stdin, timeout=fate.at * usual_seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(number)
        else:
            return out, err, False
    try:
        out, err = process.communicate(None if number is not None else stdin, _LONGEST_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        process.returncode = HUNG
        return "", f"it had not ended after {_LONGEST_SECONDS:g} seconds", False
    return out, err, fate.name != "none"


def _limit_files(limit_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
