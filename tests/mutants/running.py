"""Runs mutants: in children of a process that collected the tests, or with the module imported."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import coverage
import pytest
from hypothesis import Phase, settings

from tests.mutants.children import in_children, silence
from tests.mutants.importing import import_changed
from tests.mutants.making import Mutant
from tests.mutants.reach import Choice, measure, watch
from tests.mutants.swapping import functions_by_code, swap

__all__ = ["Outcome", "try_collected", "try_fresh"]

SURVIVED, KILLED, ELSEWHERE = 0, 1, 77
"""Exit codes of a child. Elsewhere: the change is not in a function that lives."""

EXAMPLES = 50
"""Of a property, for each mutant."""

#: The warning: hypothesis is there before pytest could rewrite its assertions.
OPTIONS = ("-q", "-s", "-pno:cacheprovider", "-Wignore::pytest.PytestAssertRewriteWarning")


class Outcome(NamedTuple):
    """What became of one mutant."""

    status: str
    """killed; survived; untested: no test runs its line; unsure: to be tried by import."""
    tests: list[str]
    """Those that it was held against, or is to be."""
    seconds: float
    """How long that took."""


class Limits(NamedTuple):
    """What a run may take."""

    jobs: int
    """Children at a time."""
    budget_seconds: float
    """Of the processor, for the tests of one mutant: the quickest first."""


Tell = Callable[[int, Outcome], None]


def try_collected(
    mutants: Sequence[Mutant], *, root: Path, tests: Sequence[str], limits: Limits, tell: Tell
) -> dict[int, Outcome]:
    """Collect the tests once, in a child of this process, and there fork for each mutant.

    Args:
        mutants: of modules below `root`.
        root: a copy of the tree, and the current folder.
        tests: folders and files of tests.
        limits: of the run.
        tell: is told each outcome as it comes.

    Returns:
        Place in `mutants` -> what became of it.
    """
    answer = root / ".outcomes.json"

    def collect(_: int) -> int:
        silence(root / ".log")
        watched = watch({mutant.file for mutant in mutants}, root=root)
        runner = _Runner(mutants, watched, root=root, limits=limits, tell=tell)
        return int(pytest.main([*OPTIONS, *tests], plugins=[runner]))

    in_children([0], collect, end=lambda *_: None, jobs=1, limit=None)
    if not answer.exists():
        said = (root / ".log").read_text("utf-8", "replace")[-4000:]
        raise SystemExit(f"{said}\nthe tests cannot be run: {' '.join(tests)}")
    rows = json.loads(answer.read_text("utf-8"))
    return {int(place): Outcome(*row) for place, row in rows.items()}


def try_fresh(
    mutants: Sequence[Mutant],
    outcomes: dict[int, Outcome],
    *,
    root: Path,
    limits: Limits,
    tell: Tell,
) -> dict[int, Outcome]:
    """Try what is unsure once more, each in a child that imports the module changed.

    A table or a default value is no function, and what was computed when the tests were collected
    was computed by the true module. This is slower, and sees everything.
    """
    unsure = [place for place in sorted(outcomes) if outcomes[place].status == "unsure"]
    settled: dict[int, Outcome] = {}

    def work(place: int) -> int:
        silence()
        import_changed(root / mutants[place].file, mutants[place].source)
        names = outcomes[place].tests
        files = sorted({name.partition("::")[0] for name in names})
        status = pytest.main([*OPTIONS, "-x", *files], plugins=[_Only(names)])
        return SURVIVED if status == 0 else KILLED

    def end(place: int, code: int, seconds: float) -> None:
        status = "survived" if code == SURVIVED else "killed"
        settled[place] = outcomes[place]._replace(status=status, seconds=seconds)
        tell(place, settled[place])

    in_children(
        unsure,
        work,
        end=end,
        jobs=limits.jobs,
        limit=lambda place: 20 + limits.budget_seconds,
    )
    return settled


class _Only:
    """Keeps the tests that are named, in the order of their names."""

    def __init__(self, names: Sequence[str]) -> None:
        self.places = {name: place for place, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self.places]
        items.sort(key=lambda item: self.places[item.nodeid])
        _shorten(items)


class _Runner:
    """A plugin that takes the place of pytest's own loop over the tests."""

    def __init__(
        self,
        mutants: Sequence[Mutant],
        watched: coverage.Coverage,
        *,
        root: Path,
        limits: Limits,
        tell: Tell,
    ) -> None:
        self.mutants = mutants
        self.watched = watched
        self.root = root
        self.limits = limits
        self.tell = tell
        self.failed = ""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        # One engine of databases is enough: the code above it is the same.
        items[:] = [item for item in items if "postgres" not in item.nodeid]
        _shorten(items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = report.nodeid

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        files = {mutant.file for mutant in self.mutants}
        reach = measure(session.items, self.watched, files=files, root=self.root)
        choice = Choice(reach, budget_seconds=self.limits.budget_seconds)
        outcomes = self._outcomes(choice, items)
        (self.root / ".outcomes.json").write_text(json.dumps(outcomes), "utf-8")
        return True

    def _outcomes(self, choice: Choice, items: dict[str, pytest.Item]) -> dict[int, Outcome]:
        functions = functions_by_code(self.root)
        sources = {m.file: (self.root / m.file).read_text("utf-8") for m in self.mutants}
        outcomes: dict[int, Outcome] = {}

        def work(place: int) -> int:
            mutant = self.mutants[place]
            file, source = self.root / mutant.file, sources[mutant.file]
            if not swap(file, source=source, changed=mutant.source, functions=functions):
                return ELSEWHERE
            if self._fails([items[test] for test in choice.of_lines(mutant)]):
                (self.root / f".killer-{place}").write_text(self.failed, "utf-8")
                return KILLED
            return SURVIVED

        def end(place: int, code: int, seconds: float) -> None:
            mutant, tests = self.mutants[place], choice.of_lines(self.mutants[place])
            killer = self.root / f".killer-{place}"
            if killer.exists():
                choice.note(mutant, killer=killer.read_text("utf-8"))
                killer.unlink()
            if code == ELSEWHERE or (code == SURVIVED and choice.is_collected(mutant)):
                outcomes[place] = Outcome("unsure", tests or choice.of_file(mutant), seconds)
                return
            status = ("survived" if tests else "untested") if code == SURVIVED else "killed"
            outcomes[place] = Outcome(status, tests, seconds)
            self.tell(place, outcomes[place])

        self.tell(-1, Outcome("begun", list(items), choice.seconds(list(items))))
        in_children(
            range(len(self.mutants)),
            work,
            end=end,
            jobs=self.limits.jobs,
            limit=lambda place: 2 + 3 * choice.seconds(choice.of_lines(self.mutants[place])),
        )
        return outcomes

    def _fails(self, items: Sequence[pytest.Item]) -> bool:
        for item, following in zip_longest(items, items[1:]):
            try:
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            except BaseException:  # noqa: BLE001 - an exit out of a test is a failure, too
                self.failed = item.nodeid
            if self.failed:
                return True
        return False


def _shorten(items: Sequence[pytest.Item]) -> None:
    """Let properties try fewer examples, the same ones each time, and not look for the least."""
    for item in items:
        test = getattr(item, "obj", None)
        given = getattr(test, "_hypothesis_internal_use_settings", None)
        if given is not None:
            getattr(test, "__func__", test)._hypothesis_internal_use_settings = settings(
                given,
                max_examples=min(given.max_examples, EXAMPLES),
                phases=(Phase.explicit, Phase.generate),
                derandomize=True,
                database=None,
            )
