"""Work in forked children, each with a limit of time, a few side by side."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from math import ceil, inf
from typing import NamedTuple

__all__ = ["BROKEN", "in_children", "silence"]

BROKEN = 99
"""A child's exit code: the work itself failed, and nothing is known."""

PAUSE_SECONDS = 0.005

WAITING_SECONDS, BUSY = 30, 10
"""On the clock a child has 30 seconds and ten times what it has of the processor."""


class _Child(NamedTuple):
    place: int
    begun: float
    deadline: float


def in_children(
    places: Iterable[int],
    work: Callable[[int], int],
    *,
    end: Callable[[int, int, float], None],
    jobs: int,
    limit: Callable[[int], float] | None,
) -> None:
    """Do `work` of each place in a child of its own, and end whatever it has left running.

    Args:
        places: what is to be worked on.
        work: gives the child's exit code.
        end: is told place, exit code (negative: a signal, as of one out of time) and seconds.
        jobs: children at a time.
        limit: seconds of the processor that a place may take. A busy machine is not a mutant that
            loops, so the clock's limit is far off, for those that wait for ever.
    """
    waiting = iter(places)
    running: dict[int, _Child] = {}
    try:
        while True:
            while len(running) < jobs and (place := next(waiting, None)) is not None:
                seconds = limit(place) if limit else inf
                now = time.monotonic()
                deadline = now + WAITING_SECONDS + BUSY * seconds
                running[_fork(work, place, seconds)] = _Child(place, now, deadline)
            if not running:
                return
            _reap(running, end)
    finally:
        for pid in running:
            _kill_group(pid)


def _reap(running: dict[int, _Child], end: Callable[[int, int, float], None]) -> None:
    for pid, child in list(running.items()):
        now = time.monotonic()
        if now > child.deadline:
            _kill_group(pid)
        done, status = os.waitpid(pid, 0 if now > child.deadline else os.WNOHANG)
        if done:
            del running[pid]
            _kill_group(pid)
            code = os.waitstatus_to_exitcode(status)
            if code == BROKEN:
                raise SystemExit(f"the work on mutant {child.place} failed; see above")
            end(child.place, code, now - child.begun)
    time.sleep(PAUSE_SECONDS)


def _fork(work: Callable[[int], int], place: int, seconds: float) -> int:
    pid = os.fork()
    if pid:
        with suppress(OSError):
            os.setpgid(pid, pid)  # whoever is first: the group is to be there in both
        return pid
    with suppress(OSError):
        os.setpgid(0, 0)
    if seconds < inf:
        resource.setrlimit(resource.RLIMIT_CPU, (ceil(seconds), ceil(seconds) + 1))
    try:
        code = work(place)
    except BaseException:  # noqa: BLE001 - nothing may go back into the parent's frames
        traceback.print_exc()
        code = BROKEN
    sys.stderr.flush()
    os._exit(code)


def _kill_group(pid: int) -> None:
    # A server that a test began and did not end is of the child's group.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def silence(log: str | os.PathLike[str] = os.devnull) -> None:
    """Send what is printed elsewhere: a thousand runs of pytest have nothing to say."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    elsewhere = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor in (1, 2):
        os.dup2(elsewhere, descriptor)
