"""A finding as every anatomy shows it: a line for a person, members for a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authcli.cli._text import paint, visible

if TYPE_CHECKING:
    from authcli.findings import Finding

__all__ = ["COLORS", "finding_facts", "finding_line"]

COLORS = {"error": "bold red", "warning": "yellow", "note": "blue"}


def finding_facts(finding: Finding) -> dict[str, Any]:
    """Return a finding ready for JSON, without what it is about: mostly there is one thing."""
    return {
        "severity": finding.severity,
        "code": finding.code,
        "message": finding.message,
        "hint": finding.hint,
    }


def finding_line(finding: Finding, *, colored: bool) -> str:
    """Return a finding for a person, with its hint in parentheses."""
    label = paint(f"{finding.severity}:", COLORS[finding.severity], on=colored)
    about = f"{visible(finding.subject)}: " if finding.subject else ""
    hint = f" ({visible(finding.hint)})" if finding.hint else ""
    return f"  {label} {about}{visible(finding.message)}{hint}"
