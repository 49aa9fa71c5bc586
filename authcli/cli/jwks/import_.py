"""`authcli jwks import`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, Kid, Passphrase, StoreUrl
from authcli.cli._run import Run

app = new_single()


@command(app, "import")
def import_(
    run: Run,
    *,
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="[SOURCE|URL]",
            help="A key or a JWKS: a file, a URL, -, env:NAME, fd:N, cmd:COMMAND.",
            show_default=False,
        ),
    ] = None,
    alg: Annotated[
        str | None,
        typer.Option("--alg", "-A", metavar="ALG", help="What it signs, where it does not say."),
    ] = None,
    kid: Kid = None,
    verify_only: Annotated[
        bool, typer.Option("--verify-only", help="It shall not sign, although it could.")
    ] = False,
    until: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="When the last token of it is dead: 30d, 2027-01-31."),
    ] = None,
    passphrase: Passphrase = None,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Take in a key from elsewhere.

    Examples:
      authcli jwks import old.pem --kid 2025-key
      authcli jwks import https://old-login.example/jwks.json --until 24h
      authcli jwks import old.jwks.json --verify-only

    A private key stands by, in the place of the next one of its algorithm, and signs
    when it is that one's turn: jwks rotate, or jwks activate. Public keys, and with
    --verify-only private ones, are verified with and published until the last token of
    them is dead: the longest life of a token from now, or --until. A key keeps the kid
    that it has, since its tokens bear it; --kid names one that has none, or chooses one
    of a set. There are managed keys of its algorithm already: jwks init comes first.

    Exit codes: 0 taken in, 2 not a key for a JWKS, or a weak one, 7 no managed keys of
    its algorithm, 8 it is there already, 9 no store, or a URL that does not answer.
    """
    from authcli.cli.jwks._importing import Asked, take_in_keys

    asked = Asked(source, alg, kid, verify_only, until, passphrase)
    take_in_keys(run, asked, store=store, actor=actor)
