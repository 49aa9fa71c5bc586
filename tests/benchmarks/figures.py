"""Figures beside their targets, as a table for people and as JSON."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Figure", "Table", "text_of"]


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
    """The times behind a ratio."""

    @property
    def verdict(self) -> str:
        """ "ok"; or on which side of its target it is; or nothing where it has none."""
        if self.target is None:
            return ""
        if self.at_most:
            return "ok" if self.value <= self.target else "over"
        return "ok" if self.value >= self.target else "under"


class Table(NamedTuple):
    """The figures of one run."""

    title: str
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()
    """What was left out, and why."""

    def as_json(self) -> dict[str, object]:
        """Return the table as JSON has it."""
        rows = [
            {**row._asdict(), "value": round(row.value, 3), "verdict": row.verdict}
            for row in self.figures
        ]
        return {"title": self.title, "rows": rows, "notes": list(self.notes)}


def text_of(table: Table) -> str:
    """Return the table as lines."""
    rows = "".join(f"{_line(figure).rstrip()}\n" for figure in table.figures)
    notes = "".join(f"left out: {note}\n" for note in table.notes)
    return f"{table.title}\n{rows}{notes}"


def _line(figure: Figure) -> str:
    bound = "at most" if figure.at_most else "at least"
    target = "" if figure.target is None else f"{bound} {figure.target:.2f}"
    ratio = f"{figure.value:7.2f} {figure.unit:<14}"
    return f"{figure.what:<38} {ratio} {target:<14} {figure.verdict:<6} {figure.remark}"
