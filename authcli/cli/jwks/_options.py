"""Options that several verbs of `authcli jwks` share."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["AlgorithmOf", "DocumentIssuer", "KeyId"]

KeyId = Annotated[
    str,
    typer.Argument(metavar="KID", help="The key, or a unique beginning of its kid."),
]
AlgorithmOf = Annotated[
    str | None, typer.Option("--alg", "-A", metavar="ALG", help="Only keys of this algorithm.")
]
DocumentIssuer = Annotated[
    str | None,
    typer.Option(
        "--iss", "--issuer", "-i", metavar="ISS", help="The issuer of the discovery document."
    ),
]
