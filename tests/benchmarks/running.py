"""Commands run as processes: that of this checkout, and others beside it."""

from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.agreement import Differs
from tests.benchmarks.turns import rotated

__all__ = ["AUTHCLI", "PYTHON", "Command", "Ran", "children_seconds", "environment", "least", "run"]

PYTHON = sys.executable
AUTHCLI = [PYTHON, "-P", "-c", "from authcli.__main__ import main; main()"]


def environment(home: Path) -> dict[str, str]:
    """Return the variables of a process that finds authcli and, in its home folder, nothing."""
    root = str(Path(__file__).parents[2])
    return {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": root}


class Command(NamedTuple):
    """A program's words, and what it reads."""

    words: Sequence[str]
    stdin: bytes | Path = b""
    """Bytes, or the file that holds them."""
    terminal: bool = False
    """Whether it prints to a terminal, as to a person."""


class Ran(NamedTuple):
    """What came of a command, and what it took."""

    cpu: float
    """Seconds that the kernel accounts to it and to its own processes."""
    wall: float
    code: int
    stdout: bytes
    stderr: bytes


def run(command: Command, folder: Path) -> Ran:
    """Run a command in a folder that is its home, too."""
    begun, before = time.perf_counter(), children_seconds()
    done = (_at_terminal if command.terminal else _in_pipes)(command, folder)
    cpu, wall = children_seconds() - before, time.perf_counter() - begun
    return Ran(cpu, wall, done.returncode, done.stdout, done.stderr)


def children_seconds() -> float:
    """Return the processor time of all processes that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _in_pipes(command: Command, folder: Path) -> subprocess.CompletedProcess[bytes]:
    variables, given = environment(folder), command.stdin
    if isinstance(given, bytes):
        return subprocess.run(
            command.words, cwd=folder, env=variables, input=given, capture_output=True
        )
    with given.open("rb") as file:
        return subprocess.run(
            command.words, cwd=folder, env=variables, stdin=file, capture_output=True
        )


def _at_terminal(command: Command, folder: Path) -> subprocess.CompletedProcess[bytes]:
    ours, theirs = os.openpty()
    with os.fdopen(ours, "rb", 0) as shown, os.fdopen(theirs, "wb", 0) as terminal:
        variables = environment(folder) | {"TERM": "xterm", "COLUMNS": "100"}
        process = subprocess.Popen(
            command.words, cwd=folder, env=variables, stdin=subprocess.DEVNULL, stdout=terminal
        )
        terminal.close()
        seen = b"".join(_until_hung_up(shown))
        return subprocess.CompletedProcess(command.words, process.wait(), seen, b"")


def _until_hung_up(shown: io.RawIOBase) -> Iterator[bytes]:
    try:
        while block := shown.read(65536):
            yield block
    except OSError:  # how Linux tells that nobody writes there any more
        return


def least(
    commands: Mapping[str, Command],
    folder: Path,
    *,
    rounds: int,
    check: Callable[[str, bytes], object] | None = None,
) -> dict[str, Ran]:
    """Return the least times of each command, which take turns.

    Args:
        commands: by what they are called.
        folder: where they run.
        rounds: how often each does.
        check: gets a command's name and what it printed, and raises where that is wrong.

    Raises:
        Differs: a command fails.
    """
    found: dict[str, Ran] = {}
    for turn in range(rounds):
        for name in rotated(commands, turn):
            ran = run(commands[name], folder)
            if ran.code:
                raise Differs(f"{name} ended with {ran.code}: {ran.stderr[-300:]!r}")
            if check:
                check(name, ran.stdout)
            best = found.get(name, ran)
            found[name] = ran._replace(cpu=min(best.cpu, ran.cpu), wall=min(best.wall, ran.wall))
    return found
