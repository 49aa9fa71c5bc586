"""Figures beside their targets, as a table for people and as JSON."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Figure", "Seconds", "Table", "cost_of", "faster_than", "text_of", "time_of"]


class Seconds(NamedTuple):
    """The two times that a ratio is of."""

    ours: float
    theirs: float


class Figure(NamedTuple):
    """What was measured, beside what it ought to be."""

    what: str
    value: float
    unit: str
    """What the value counts: "raw" reads as "times as fast as the side called raw"."""
    target: float | None = None
    """None: shown for comparison, with no target."""
    at_most: bool = False
    """True: the target is the most it may be; else the least."""
    remark: str = ""
    """What else is to be known."""
    seconds: Seconds | None = None
    """The times behind a ratio."""

    @property
    def verdict(self) -> str:
        """ "ok"; or on which side of its target it is; or nothing where it has none."""
        if self.target is None:
            return ""
        if self.at_most:
            return "ok" if self.value <= self.target else "over"
        return "ok" if self.value >= self.target else "under"


def faster_than(
    name: str,
    what: str,
    *,
    ours: float,
    theirs: float,
    target: float | None = None,
    remark: str = "",
) -> Figure:
    """Return how many times as fast as another side we are, from the seconds of both."""
    return Figure(what, theirs / ours, name, target, False, remark, Seconds(ours, theirs))


def cost_of(
    name: str,
    what: str,
    *,
    ours: float,
    theirs: float,
    target: float | None = None,
    remark: str = "",
) -> Figure:
    """Return what part of another side's time we take, from the seconds of both."""
    return Figure(what, ours / theirs, f"of {name}", target, True, remark, Seconds(ours, theirs))


class Table(NamedTuple):
    """The figures of one run."""

    title: str
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()
    """What was left out, and why."""

    def as_json(self) -> dict[str, object]:
        """Return the table as JSON has it."""
        return {
            "title": self.title,
            "rows": [_as_json(figure) for figure in self.figures],
            "notes": list(self.notes),
        }


def _as_json(figure: Figure) -> dict[str, object]:
    seconds = figure.seconds and figure.seconds._asdict()
    rounded = {"value": round(figure.value, 3), "seconds": seconds}
    return {**figure._asdict(), **rounded, "verdict": figure.verdict}


def text_of(table: Table) -> str:
    """Return the table as lines."""
    width = max((len(figure.what) for figure in table.figures), default=0)
    rows = "".join(f"{_line(figure, width).rstrip()}\n" for figure in table.figures)
    notes = "".join(f"left out: {note}\n" for note in table.notes)
    return f"{table.title}\n{rows}{notes}"


def _line(figure: Figure, width: int) -> str:
    bound = "at most" if figure.at_most else "at least"
    target = "" if figure.target is None else f"{bound} {figure.target:.2f}"
    ratio = f"{figure.value:7.2f} {figure.unit:<17}"
    times = [f"{' / '.join(map(time_of, figure.seconds))}"] if figure.seconds else []
    remarks = "; ".join(filter(None, (*times, figure.remark)))
    return f"{figure.what:<{width}} {ratio} {target:<14} {figure.verdict:<6} {remarks}"


def time_of(seconds: float) -> str:
    """Return a time in the unit that suits it, with three digits: "15.4 us"."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"
