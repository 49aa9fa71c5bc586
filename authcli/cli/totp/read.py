"""`authcli totp read`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._run import Run

app = new_single()


@command(app)
def read(
    run: Run,
    *,
    things: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[URI|IMAGE]...",
            help="otpauth URIs, PNG or JPEG files, lists, -, or piped in.",
            show_default=False,
        ),
    ] = None,
    show_secret: Annotated[
        bool, typer.Option("--show-secret", help="Show the secret too, and the URI.")
    ] = False,
) -> None:
    """Say what an otpauth URI or a QR code holds.

    Examples:
      authcli totp read photo.png
      pbpaste | authcli totp read
      authcli totp read page-1.png page-2.png --json
      authcli totp read @uris.txt --field issuer --field account
      authcli totp read photo.png | authcli totp add github -

    Reads otpauth URIs as all apps write them, lists of them, the payloads of Google
    Authenticator (several pictures of one export are joined), and what other apps
    export in clear. Pictures need: pip install "authcli[qr-read]".

    A terminal and --json are told all but the secret, unless --show-secret or
    --field secret asks for it. A pipe gets the URIs, a line each, with their secrets.

    Exit codes: 0 read, 2 nothing that can be read, 9 pictures cannot be read here.
    """
    from authcli.cli.totp._import_contents import given_under_test, read_contents
    from authcli.cli.totp._read_facts import show_accounts

    given = [given_under_test(run, text) for text in (things or (None,))]
    found = read_contents(run, given)
    show_accounts(run, found.accounts, reveal=show_secret, bare_uris=True)
