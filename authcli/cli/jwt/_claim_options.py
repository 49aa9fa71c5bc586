"""Options of the verbs that sign a token: what is to stand in it."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = [
    "Claim",
    "Claims",
    "DryRun",
    "Expires",
    "Header",
    "NotBefore",
    "Scope",
    "Typ",
]

Claims = Annotated[
    list[str] | None,
    typer.Argument(metavar="[CLAIM]...", help="name=text, name:=JSON, @FILE, - or {…}."),
]
Claim = Annotated[
    list[str] | None,
    typer.Option("--claim", "-c", metavar="CLAIM", help="As the positional ones; repeatable."),
]
Expires = Annotated[
    str | None, typer.Option("--exp", "-e", metavar="WHEN", help="15m, an instant, or never.")
]
NotBefore = Annotated[
    str | None, typer.Option("--nbf", metavar="WHEN", help="Not valid before then.")
]
Scope = Annotated[
    list[str] | None, typer.Option(metavar="SCOPE", help="A scope it grants; repeatable.")
]
Header = Annotated[
    list[str] | None, typer.Option(metavar="NAME=TEXT", help="A header member; repeatable.")
]
Typ = Annotated[str | None, typer.Option(metavar="TYPE", help="The header's typ; none: no typ.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", "-n", help="Show header and payload; sign nothing.")
]
