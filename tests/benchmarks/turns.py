"""Sides that take turns in one process, so that what disturbs the machine disturbs them all."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

__all__ = ["least", "rotated", "settled_heap"]

T = TypeVar("T")
S = TypeVar("S")


def rotated(sides: Iterable[S], turn: int) -> Iterator[S]:
    """Yield the sides in the order of a turn: each begins one turn in so many."""
    listed = [*sides]
    first = turn % len(listed)
    yield from listed[first:]
    yield from listed[:first]


def least(
    sides: Mapping[str, Callable[[], T]],
    *,
    rounds: int,
    check: Callable[[str, T], object] | None = None,
    clock: Callable[[], float] = time.process_time,
) -> dict[str, float]:
    """Return the least time that each side takes.

    Args:
        sides: what each does, by its name.
        rounds: how many turns each gets.
        check: gets a side's name and what came of its turn, and raises where that is wrong.
        clock: processor time; or what else is to be counted.
    """
    costs = dict.fromkeys(sides, float("inf"))
    with settled_heap():
        for turn in range(rounds):
            for name in rotated(sides, turn):
                gc.collect()  # what others left behind is not this side's to clear
                before = clock()
                found = sides[name]()
                costs[name] = min(costs[name], clock() - before)
                if check:
                    check(name, found)
    return costs


@contextmanager
def settled_heap() -> Iterator[None]:
    """Keep the garbage collector from looking again at all that there was before the turns."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
