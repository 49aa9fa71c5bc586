"""Whole commands, start-up included: ours beside what else does the same job.

    python -m tests.benchmarks peers

Commands take turns in an order that rotates, and the least processor time of each counts: theirs
over ours, so at 1 we are as fast, above it faster. Most peers are written in C or Go and start in
two milliseconds, where Python takes ten before its first line.

All get the same input, and what each prints is looked at every time (see `jobs`): tokens of one
verify with the others, codes, thumbprints and public keys are the same, and a forgery is refused by
all. A peer that is not installed is left out and named.

    jobs      what a job is, and who does it        programs   which peers are there
    tokens, keys, codes, hashes, secrets            the jobs
    loops     libraries in one process
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.figures import Figure, Table, faster_than
from tests.benchmarks.peers import codes, hashes, keys, loops, secrets, tokens
from tests.benchmarks.peers.jobs import Job, commands_of, require_refusals
from tests.benchmarks.peers.programs import found_programs
from tests.benchmarks.running import least

__all__ = ["jobs_in", "measure"]


def jobs_in(folder: Path, *, small: bool) -> Iterator[Job]:
    """Yield all jobs, and write what they need into a folder."""
    yield from tokens.jobs(folder)
    yield from keys.jobs(folder)
    yield from codes.jobs(folder)
    yield from hashes.jobs(folder, small=small)
    yield from secrets.jobs()


def measure(*, rounds: int, scale: float = 1) -> Table:
    """Return how many times as fast as each peer we are.

    Args:
        rounds: how often each command runs.
        scale: the share of the rounds; below 0.1 hashes are of the least cost.

    Raises:
        Differs: a command fails, or prints what it should not.
    """
    programs = found_programs()
    rounds, small = max(1, round(rounds * scale)), scale < 0.1
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for job in jobs_in(folder, small=small):
            commands = commands_of(job, programs.words)
            require_refusals(job, programs.words, folder)
            ran = least(commands, folder, rounds=rounds, check=job.check)
            ours = ran.pop("authcli")
            for peer, theirs in ran.items():
                remark = f"{theirs.wall / ours.wall:.2f} by wall time"
                figures.append(
                    faster_than(peer, job.what, ours=ours.cpu, theirs=theirs.cpu, remark=remark)
                )
    figures += loops.figures(rounds=rounds, scale=scale)
    title = f"One command beside its peers, time of the other / ours, {rounds} rounds"
    return Table(title, tuple(figures), programs.left_out)
