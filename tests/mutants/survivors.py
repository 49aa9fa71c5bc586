"""What is said of mutants that live: those without a test, and those that are no different."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.mutants.making import Mutant

__all__ = ["equivalents", "is_equivalent", "named_in", "report", "text_of"]

LIST = Path(__file__).with_name("equivalent.toml")

#: File -> its entries, each with `code`, `reason` and perhaps `becomes`.
Equivalents = Mapping[str, Sequence[Mapping[str, str]]]


def equivalents() -> Equivalents:
    """Read the list of mutants that no input can tell from the true code."""
    return tomllib.loads(LIST.read_text("utf-8"))


def is_equivalent(mutant: Mutant, known: Equivalents) -> bool:
    """Tell whether a mutant is on the list: one without `becomes` stands for all of its line."""
    return any(
        entry["code"] == mutant.code and entry.get("becomes", mutant.becomes) == mutant.becomes
        for entry in known.get(mutant.file, ())
    )


def text_of(mutant: Mutant) -> str:
    """Write one mutant as a line."""
    return f"{mutant.file}:{mutant.first} {mutant.operator}: {mutant.code}  =>  {mutant.becomes}"


def named_in(log: str, mutants: Sequence[Mutant]) -> list[Mutant]:
    """Return the mutants that what a former run printed says to be alive, wherever they are now."""
    named = set(re.findall(r"^\w+ +(?:[0-9.]+ s +)?(\S+?):[0-9]+ (.*)$", log, re.MULTILINE))
    return [one for one in mutants if (one.file, text_of(one).partition(" ")[2]) in named]


def report(outcomes: Sequence[tuple[Mutant, str]]) -> None:
    """Print the survivors, then the numbers of each file."""
    alive = [(mutant, status) for mutant, status in outcomes if status != "killed"]
    print()
    for mutant, status in alive:
        print(f"{status:9} {text_of(mutant)}")
    print(f"\n{'mutants':>8}{'killed':>8}{'alive':>8}")
    made = Counter(mutant.file for mutant, _ in outcomes)
    left = Counter(mutant.file for mutant, _ in alive)
    for file in sorted(made):
        print(f"{made[file]:8}{made[file] - left[file]:8}{left[file]:8}  {file}")
    print(f"{made.total():8}{made.total() - left.total():8}{left.total():8}  in all")
