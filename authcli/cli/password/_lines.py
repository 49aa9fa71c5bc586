"""Options of `--lines` that say what a table of users is; `authcli help tables` explains."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["Columns", "TableForm"]

TableForm = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="pairs|csv|jsonl|plain",
        help="What the lines are, where the first does not tell.",
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="WHAT=COLUMN",
        help="Of CSV and JSON lines: user=, password= or hash=COLUMN.",
    ),
]
