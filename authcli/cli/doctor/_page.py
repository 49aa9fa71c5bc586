"""What `authcli doctor` shows: a line for each check, and under it what was found."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

from authcli.cli._findings import finding_facts, finding_line
from authcli.cli._listing import terminal_width
from authcli.cli._output import emit
from authcli.cli._text import paint, visible
from authcli.errors import Due

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.cli.doctor._checks import Examined

__all__ = ["tell"]

_MARKS = {"pass": "green", "fail": "bold red", "skipped": "yellow"}
_WORDS = {"pass": "pass", "fail": "FAIL", "skipped": "skip"}


def tell(run: Run, examined: Sequence[Examined]) -> None:
    """Write what was found.

    Raises:
        Due: something wants doing.
    """
    due = [f for one in examined for f in one.result.findings if f.severity != "note"]
    facts: dict[str, Any] = {
        "valid": not due,
        "code": due[0].code if due else None,
        "checks": [
            {"name": one.name, "status": _status(one), "detail": one.result.detail}
            for one in examined
        ],
        "findings": [
            {"check": one.name, **finding_facts(finding), "subject": finding.subject}
            for one in examined
            for finding in one.result.findings
        ],
    }
    emit(
        run,
        facts,
        plain=_page(examined),
        human=lambda on: _page(examined, colored=on, width=terminal_width()),
    )
    if due:
        raise Due(
            f"{len(due)} finding{'s' * (len(due) != 1)}",
            hint="what mends each stands beside it; --json has codes, authcli help CODE explains",
            code="doctor.due",
        )


def _status(one: Examined) -> str:
    if one.result.skipped:
        return "skipped"
    return "fail" if one.result.due else "pass"


def _page(examined: Sequence[Examined], *, colored: bool = False, width: int | None = None) -> str:
    """Return the page; a terminal of some width has long lines folded, but for what is copied."""
    lines = []
    for one in examined:
        status = _status(one)
        mark = paint(_WORDS[status], _MARKS[status], on=colored)
        lines.append(f"{mark}  {one.name:<10}  {_folded(visible(one.result.detail), width)}")
        lines += [f"    {finding_line(f, colored=colored)}" for f in one.result.findings]
    return "\n".join(lines)


def _folded(text: str, width: int | None) -> str:
    if width is None:
        return text
    indent = " " * 18
    return fill(
        text,
        width=max(width, 50),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    ).lstrip()
