"""Which tests a mutant is held against: those that run its line, likely killers first."""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import coverage
import pytest

from tests.mutants.making import Mutant

__all__ = ["Choice", "Reach", "measure", "watch"]

DATA = ".reach"

COLLECTION = ""
"""Stands among tests for what is run before any."""

CLASSES_SECONDS = (0.02, 0.1, 0.5)
"""Tests are tried quickest first, in these classes; within one in the order of their files."""


class Reach(NamedTuple):
    """What a run of all tests has shown."""

    by_line: dict[str, dict[int, set[str]]]
    """File -> line -> the tests that run it."""
    seconds: dict[str, float]
    """Test -> what it takes of the processor's time, in the order of collection."""


def watch(files: set[str], *, root: Path) -> coverage.Coverage:
    """Begin to note which lines of files are run: first by the collection of the tests."""
    include = [str(root / file) for file in files]
    watched = coverage.Coverage(data_file=str(root / DATA), config_file=False, include=include)
    watched.start()
    return watched


def measure(
    items: Sequence[pytest.Item], watched: coverage.Coverage, *, files: set[str], root: Path
) -> Reach:
    """Run every test once, in a child, and note which lines of `files` it runs.

    Raises:
        pytest.UsageError: a test fails as it is.
    """
    times = root / ".times.json"
    child = os.fork()
    if not child:
        times.write_text(json.dumps(_run(items, watched)), "utf-8")
        os._exit(0)
    watched.stop()  # without saving: what was seen until now is in the child's file
    os.waitpid(child, 0)
    seconds, failing = json.loads(times.read_text("utf-8"))
    if failing:
        raise pytest.UsageError(f"fail without any mutant: {', '.join(failing)}")
    kept = coverage.CoverageData(str(root / DATA))
    kept.read()
    by_line = {
        file: {
            line: set(tests) for line, tests in kept.contexts_by_lineno(str(root / file)).items()
        }
        for file in files
    }
    return Reach(by_line, seconds)


def _run(
    items: Sequence[pytest.Item], watched: coverage.Coverage
) -> tuple[dict[str, float], list[str]]:
    """How long each test took, and the names of those that failed."""
    seconds: dict[str, float] = {}
    failures = _Failures()
    for item, following in zip_longest(items, items[1:]):
        if not seconds:
            item.config.pluginmanager.register(failures)
        watched.switch_context(item.nodeid)
        begin = time.process_time()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        seconds[item.nodeid] = time.process_time() - begin
    watched.stop()
    watched.save()
    return seconds, failures.names


class _Failures:
    def __init__(self) -> None:
        self.names: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.names.append(report.nodeid)


class Choice:
    """Chooses the tests of a mutant, and learns which of them kill."""

    def __init__(self, reach: Reach, *, budget_seconds: float) -> None:
        self.reach = reach
        self.budget_seconds = budget_seconds
        self.kills: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.places = {test: place for place, test in enumerate(reach.seconds)}

    def note(self, mutant: Mutant, *, killer: str) -> None:
        """Remember what killed a mutant: it may kill its neighbours."""
        self.kills[mutant.file][killer] += 1

    def of_lines(self, mutant: Mutant) -> list[str]:
        """The tests that run the mutant's statement."""
        lines = self.reach.by_line[mutant.file]
        reached = (lines.get(line, set()) for line in range(mutant.first, mutant.last + 1))
        return self._ordered(mutant, set().union(*reached))

    def is_collected(self, mutant: Mutant) -> bool:
        """Tell whether the statement is run when tests are collected, too."""
        lines = self.reach.by_line[mutant.file]
        span = range(mutant.first, mutant.last + 1)
        return any(COLLECTION in lines.get(line, ()) for line in span)

    def of_file(self, mutant: Mutant) -> list[str]:
        """For what is run at import: the tests of anything in the file, or else all."""
        reached = set().union(*self.reach.by_line[mutant.file].values())
        return self._ordered(mutant, reached - {COLLECTION} or set(self.places))

    def seconds(self, tests: Sequence[str]) -> float:
        """How long these take without a mutant."""
        return sum(self.reach.seconds[test] for test in tests)

    def _ordered(self, mutant: Mutant, reached: set[str]) -> list[str]:
        tests = reached - {COLLECTION}
        kills = self.kills[mutant.file]
        killers = sorted((test for test in tests if test in kills), key=lambda test: -kills[test])
        first = killers[:8]
        rest = sorted(tests - set(first), key=lambda test: (self._class(test), self.places[test]))
        chosen, left = [], self.budget_seconds
        for test in (*first, *rest):
            left -= self.reach.seconds[test]
            if left < 0 and chosen:
                break
            chosen.append(test)
        return chosen

    def _class(self, test: str) -> int:
        return sum(self.reach.seconds[test] > bound for bound in CLASSES_SECONDS)
