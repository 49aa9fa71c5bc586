"""A job that several commands do, with the same input, and how to tell that each did it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.agreement import Differs
from tests.benchmarks.running import AUTHCLI, Command, run

__all__ = ["Job", "Side", "commands_of", "equal_to", "require_refusals", "write_secret"]


class Side(NamedTuple):
    """Who does a job."""

    name: str
    """"authcli", or a program of `programs`."""
    words: Sequence[str]
    """What follows the program's name."""
    stdin: bytes = b""
    forged: bytes | None = None
    """What it gets instead to see that it refuses."""


class Job(NamedTuple):
    """What is done, and by whom; authcli is the first."""

    what: str
    sides: tuple[Side, ...]
    check: Callable[[str, bytes], object]
    """Gets a side's name and what it printed; raises Differs."""


def commands_of(job: Job, programs: Mapping[str, Sequence[str]]) -> dict[str, Command]:
    """Return the commands of those sides that are there."""
    there = {"authcli": AUTHCLI, **programs}
    return {
        side.name: Command([*there[side.name], *side.words], side.stdin)
        for side in job.sides
        if side.name in there
    }


def require_refusals(job: Job, programs: Mapping[str, Sequence[str]], folder: Path) -> None:
    """See that every side refuses what was forged.

    Raises:
        Differs: one accepts it.
    """
    forged = {side.name: side.forged for side in job.sides}
    for name, command in commands_of(job, programs).items():
        text = forged[name]
        if text is not None and run(command._replace(stdin=text), folder).code == 0:
            raise Differs(f"{job.what}: {name} accepts what is forged")


def equal_to(expected: str) -> Callable[[str, bytes], None]:
    """Return what sees that a side prints this, blanks around it aside."""

    def check(name: str, output: bytes) -> None:
        if output.decode().strip() != expected.strip():
            raise Differs(f"{name} prints {output[:300]!r}, not {expected!r}")

    return check


def write_secret(path: Path, data: bytes) -> None:
    """Write a file that its owner alone may read, as every side wants it."""
    path.touch(mode=0o600)
    path.write_bytes(data)
