"""Options that the verbs of `authcli key` share."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["KeyArgument", "KeyFormat"]

KeyArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[KEY]",
        help="A key file, -, env:NAME, fd:N, cmd:COMMAND, or piped in.",
        show_default=False,
    ),
]
KeyFormat = Annotated[
    str | None,
    typer.Option("--format", "--to", metavar="FORMAT", help="pem, jwk, jwks, der, openssh."),
]
