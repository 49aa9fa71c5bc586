"""`authcli inspect`: what is this? A token, a key, a hash, an API key or an otpauth URI."""

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
            help="A token, hash, key, URI; a file or picture; -, @FILE, or piped in.",
            show_default=False,
        ),
    ] = None,
    key: KeySource = None,
    passphrase: Passphrase = None,
) -> None:
    """Say what a token, a key, a hash, an API key or an otpauth URI is.

    Examples:
      authcli inspect "$TOKEN"
      authcli inspect key.pem
      authcli inspect '$2y$10$…'
      authcli inspect photo-of-qr-code.png
      pbpaste | authcli inspect
      authcli inspect @unknown.txt --json

    Recognises by content, and explains as the command for it does: JSON Web Tokens
    (`authcli jwt inspect`), keys in every format (`authcli key inspect`), password
    hashes (`authcli password inspect`), otpauth URIs, QR codes and exports of
    authenticator apps (`authcli totp read`, with no secret shown). Of an API key it
    shows its id, when it was made, and whether its checksum is right; no store is
    asked. A token's claims are not to be believed unless --key verified them.

    Exit codes: 0 recognised, 2 unknown or unusable, 3 a malformed token or API key,
    9 a picture, which cannot be read here; with --key those of `authcli jwt verify`.
    """
    from authcli.cli._recognise import inspect_anything

    inspect_anything(run, anything, key=key, passphrase=passphrase)
