"""A battle: all workers together, what is checked while they rest, and what came of it."""

from __future__ import annotations

import compileall
import multiprocessing
import threading
import time
from collections import Counter
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import NamedTuple

import authcli
from tests.soak.diary import Diary, read
from tests.soak.invariants import INVARIANTS
from tests.soak.invariants.places import left_by_sigkill
from tests.soak.scene import Scene
from tests.soak.worker import work

__all__ = ["Battle", "Finding", "examine", "fight", "report"]

#: A command that hangs is ended before that.
_PATIENCE_SECONDS = 180.0
_SHOWN = 12


class Finding(NamedTuple):
    """Something that did not hold."""

    invariant: str
    text: str


class Battle(NamedTuple):
    """What came of it."""

    diary: Diary
    findings: list[Finding]
    seconds: float
    left_by_sigkill: int
    """Temporary files, which nobody could tidy up."""


def fight(
    scene: Scene, *, processes: int, seconds: float, seed: int, checkpoints: int = 0, least: int = 1
) -> Battle:
    """Let workers work, and check every invariant at each checkpoint and at the end.

    Args:
        scene: made by `prepared`.
        processes: how many workers.
        seconds: for how long they work, in all.
        seed: of their dice.
        checkpoints: how often they rest meanwhile, so that everything is checked.
        least: how many commands each runs at least.
    """
    compileall.compile_dir(Path(authcli.__file__).parent, quiet=2)
    spawning = multiprocessing.get_context("spawn")
    meeting = spawning.Barrier(processes + 1)
    part = seconds / (checkpoints + 1)
    # What the checks take is not taken from the workers: they are told parts, not a moment.
    told = (scene, seed, [part] * (checkpoints + 1), least, meeting)
    workers = [spawning.Process(target=_work, args=(number, *told)) for number in range(processes)]
    findings: list[Finding] = []
    began = time.monotonic()
    for worker in workers:
        worker.start()
    try:
        for _ in range(checkpoints + 1):
            meeting.wait(part + _PATIENCE_SECONDS)
            findings += [found for found in examine(scene) if found not in findings]
            meeting.wait(_PATIENCE_SECONDS)
    except threading.BrokenBarrierError:
        findings.append(Finding("workers", "a worker ended early: see what it printed"))
    finally:
        meeting.abort()
        for worker in workers:
            worker.join(_PATIENCE_SECONDS)
    diary = read(scene.diaries())
    left = len(left_by_sigkill(diary, scene))
    return Battle(diary, findings, time.monotonic() - began, left)


def _work(
    number: int, scene: Scene, seed: int, parts: list[float], least: int, meeting: Barrier
) -> None:
    try:
        work(number, scene, seed, parts, least, meeting)
    except threading.BrokenBarrierError:
        pass
    except BaseException:
        meeting.abort()
        raise


def examine(scene: Scene) -> list[Finding]:
    """Check every invariant, while nobody works."""
    diary = read(scene.diaries())
    return [
        Finding(name, text) for name, check in INVARIANTS.items() for text in check(diary, scene)
    ]


def report(battle: Battle) -> str:
    """Return counts and findings, for people."""
    entries = battle.diary.entries
    operations = Counter(entry.operation for entry in entries)
    fates = Counter(entry.fate for entry in entries)
    workers = Counter(entry.worker for entry in entries)
    codes = Counter(entry.code for entry in entries)
    facts = Counter(f"{fact.kind} {fact.act}" for fact in battle.diary.facts if fact.sure)
    slowest, fastest = min(workers.values(), default=0), max(workers.values(), default=1)
    shown = [f"  {name}: {number}" for name, number in sorted(operations.items())]
    lines = [
        f"{len(entries)} commands by {len(workers)} workers in {battle.seconds:.0f} s",
        *shown,
        f"befallen: {_counts(fates)}",
        f"exit codes: {_counts(codes)}",
        f"acknowledged: {_counts(facts)}",
        f"a worker's commands: {slowest} to {fastest}, the slowest {slowest / fastest:.2f}",
        f"temporary files that SIGKILL left: {battle.left_by_sigkill}",
        f"findings: {len(battle.findings)}",
    ]
    by_name = Counter(found.invariant for found in battle.findings)
    for name, number in by_name.items():
        lines.append(f"- not so: {name} ({number})")
        texts = [found.text for found in battle.findings if found.invariant == name]
        lines += [f"  {text}" for text in texts[:_SHOWN]]
    return "\n".join(lines)


def _counts(counter: Counter[str] | Counter[int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counter.most_common())
