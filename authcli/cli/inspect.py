"""`authcli inspect`: what is this? A token, a key, or something that looks like neither."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import KeySource, Passphrase
from authcli.cli._run import Run

app = new_single()


@command(app)
def inspect(
    run: Run,
    *,
    anything: Annotated[
        str | None,
        typer.Argument(
            metavar="[ANYTHING]",
            help="A token, a key file, -, @FILE, or piped in.",
            show_default=False,
        ),
    ] = None,
    key: KeySource = None,
    passphrase: Passphrase = None,
) -> None:
    """Say what a token or a key is.

    Examples:
      authcli inspect "$TOKEN"
      authcli inspect key.pem
      pbpaste | authcli inspect
      authcli inspect @unknown.txt --json

    Recognises JSON Web Tokens and keys in every format by content, and explains them
    as `authcli jwt inspect` and `authcli key inspect` do. A token's claims are not to
    be believed unless --key verified them.
    """
    from authcli.cli._recognise import inspect_anything

    inspect_anything(run, anything, key=key, passphrase=passphrase)
