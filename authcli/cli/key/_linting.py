"""What `authcli key lint` and `authcli jwks lint` found: a line each, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from authcli.cli._findings import COLORS
from authcli.cli._output import emit
from authcli.cli._text import paint, visible
from authcli.errors import Rejected

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.findings import Finding

__all__ = ["emit_findings"]


def emit_findings(run: Run, found: Iterable[Finding]) -> None:
    """Write what was found.

    Raises:
        Rejected: more than notes.
    """
    findings = [_row(finding) for finding in found]
    serious = [row for row in findings if row["severity"] != "note"]
    lines = "\n".join(_line(row, colored=False) for row in findings)
    emit(
        run,
        {
            "valid": not serious,
            "code": "key.lint" if serious else None,
            "checks": [_check(row) for row in findings],
            "findings": findings,
        },
        plain=lines or None,
        human=lambda on: "\n".join(_line(row, colored=on) for row in findings) or "nothing found",
    )
    if serious:
        raise Rejected(f"{len(serious)} finding{'s' if len(serious) > 1 else ''}", code="key.lint")


def _row(finding: Finding) -> dict[str, Any]:
    names = ("severity", "code", "subject", "message", "hint")
    return {name: getattr(finding, name) for name in names}


def _check(row: dict[str, Any]) -> dict[str, Any]:
    status = "pass" if row["severity"] == "note" else "fail"
    return {"name": row["code"], "status": status, "detail": row["message"]}


def _line(row: dict[str, Any], *, colored: bool) -> str:
    about = f"{row['subject']}: " if row["subject"] else ""
    text = visible(f"{about}{row['message']} [{row['code']}]")
    return f"{paint(row['severity'] + ':', COLORS[row['severity']], on=colored)} {text}"
