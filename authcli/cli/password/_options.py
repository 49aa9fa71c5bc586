"""Options that verbs of this group share."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = [
    "HashArgument",
    "HashPolicyFile",
    "MaxMemory",
    "MaxSeconds",
    "Normalize",
    "PasswordSource",
]

HashArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[HASH]",
        help="The hash in single quotes, -, @FILE or env:NAME.",
        show_default=False,
    ),
]
PasswordSource = Annotated[
    str | None,
    typer.Argument(
        metavar="[SOURCE]",
        help="The password: -, @FILE, env:NAME, keychain:NAME; asked for without one.",
        show_default=False,
    ),
]
HashPolicyFile = Annotated[
    str | None,
    typer.Option("--policy", metavar="FILE", help="Which hashes are good enough, and new ones."),
]
MaxMemory = Annotated[
    str | None,
    typer.Option(metavar="SIZE", help="The most that a hash may take: 512MiB by default."),
]
MaxSeconds = Annotated[
    float | None,
    typer.Option(metavar="SECONDS", help="Likewise, on a slow machine: 2 by default."),
]
Normalize = Annotated[
    str,
    typer.Option("--normalize", metavar="nfc|nfkc|none", help="Of text beyond ASCII."),
]
