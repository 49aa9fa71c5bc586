"""`authcli audit verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import StoreUrl
from authcli.cli._run import Run

if TYPE_CHECKING:
    from authcli.audit.model import Head
    from authcli.audit.verification import Verification

app = new_single()

_MARKS = {"pass": ("pass", "green"), "fail": ("FAIL", "bold red"), "skipped": ("skip", "yellow")}


@command(app)
def verify(
    run: Run,
    *,
    anchor: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A head that was taken away before; else the store's."),
    ] = None,
    store: StoreUrl = None,
) -> None:
    """Verify that nothing in the record was changed or removed.

    Examples:
      authcli audit verify
      authcli audit verify -o /mnt/backup/audit.head
      authcli audit verify --anchor /mnt/backup/audit.head

    Every event is tied to the one before by a MAC under the audit key; the last one is
    known to the database and to a file outside of it. In a pipe, and to -o, the head
    that was verified is printed: keep it where the user of this store cannot write,
    and --anchor compares with it. Whoever can read the audit key can write a record
    that verifies, but none that agrees with a head he cannot change.

    Exit codes: 0 whole, 3 changed, cut or lost, 2 the anchor's file is none, 9 no such
    store, or its audit key is not there.
    """
    from authcli.audit.chain import head_to_text
    from authcli.cli._messages import warn
    from authcli.cli._output import emit
    from authcli.cli._refusal import emit_refused
    from authcli.cli._store import opened
    from authcli.cli._text import paint

    path = None if anchor is None else _path(anchor)
    with opened(run, store, write=False) as found:
        result = found.audit.verify(anchor=path)
    facts = _facts(result)
    if not result.valid:
        emit_refused(run, facts, valid_alone=set(), human=lambda on: _check_lines(result, on))
        result.require_valid()
    for check in result.checks:
        if check.status == "skipped":
            warn(run, f"{check.detail}, so a record that was cut would not show")
    emit(
        run,
        facts,
        plain=head_to_text(result.head).decode() if result.head else None,
        human=lambda on: paint("valid", "bold green", on=on) + "\n" + _check_lines(result, on),
    )


def _path(anchor: str) -> Path:
    from authcli.cli._key_text import refuse_key_text
    from authcli.errors import InvalidInput

    if not anchor.strip():
        raise InvalidInput("--anchor is empty", hint="an unset variable?", code="source.empty")
    refuse_key_text(anchor)
    try:
        return Path(anchor).expanduser()
    except RuntimeError:  # "~nobody/audit.head"
        raise InvalidInput(
            "--anchor is in the home of somebody whom this system does not know",
            code="audit.anchor-file",
        ) from None


def _facts(result: Verification) -> dict[str, Any]:
    return {
        "valid": result.valid,
        "code": result.code,
        "checks": [check._asdict() for check in result.checks],
        "events": result.events,
        "broken": result.broken,
        "first_broken": result.first_broken,
        "head": _members(result.head),
        "copy": _members(result.copy),
    }


def _members(head: Head | None) -> dict[str, Any] | None:
    """Return a head for JSON; a database may hold bytes or a float where a text was written."""
    if head is None:
        return None
    return {
        name: value if isinstance(value, str | int) else ascii(value)
        for name, value in head._asdict().items()
    }


def _check_lines(result: Verification, colored: bool) -> str:
    from authcli.cli._text import columns, paint, visible

    rows = []
    for check in result.checks:
        word, style = _MARKS[check.status]
        rows.append((paint(word, style, on=colored), f"{check.name:<6}", visible(check.detail)))
    return columns(rows)
