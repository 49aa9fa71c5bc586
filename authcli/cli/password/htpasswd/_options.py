"""What the verbs take alike."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["HtpasswdFile", "HtpasswdUser"]

HtpasswdFile = Annotated[str, typer.Argument(metavar="FILE", help="The file of users and hashes.")]
HtpasswdUser = Annotated[str, typer.Argument(metavar="USER", help="The user's name.")]
