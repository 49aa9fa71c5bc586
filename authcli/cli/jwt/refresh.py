"""`authcli jwt refresh`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import (
    SOURCE,
    Actor,
    KeySource,
    Kid,
    Passphrase,
    SecretEncoding,
    SigningAlgorithm,
    StoreUrl,
)
from authcli.cli._run import Run

app = new_single()


@command(app)
def refresh(
    run: Run,
    *,
    token: Annotated[
        str | None,
        typer.Argument(
            metavar=f"[{SOURCE}]",
            help="The refresh token: -, @FILE, env:NAME, or piped in.",
            show_default=False,
        ),
    ] = None,
    grace: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="How long the same answer is given again; 30s."),
    ] = None,
    record: Annotated[
        bool, typer.Option("--record", help="Record the access token, for jwt issued.")
    ] = False,
    key: KeySource = None,
    alg: SigningAlgorithm = None,
    kid: Kid = None,
    passphrase: Passphrase = None,
    secret_encoding: SecretEncoding = None,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Exchange a refresh token for an access token and the next refresh token.

    Examples:
      authcli jwt refresh env:REFRESH --json
      authcli jwt refresh @refresh.txt --json -o tokens.json
      authcli jwt refresh < refresh.txt

    The new access token says what the first one did: jwt mint --refresh. In a pipe two
    lines are printed: the access token, then the refresh token. Each refresh token is
    used once. If the answer was lost, asking again within --grace gives the same next
    token; asking again later, or after that one was used, means that two parties hold
    it: all of its family is revoked, and the exit code is 5.

    Exit codes: 0 exchanged, 2 no input, or a key that cannot sign, 3 no refresh token
    of ours, 4 too old, 5 revoked, or used before, 9 no store.
    """
    from authcli.cli.jwt._mint import KeyFlags
    from authcli.cli.jwt._refreshing import read_refresh_token, refresh_token

    chosen = KeyFlags(key, alg, kid, passphrase, secret_encoding, store)
    text = read_refresh_token(run, token)
    refresh_token(run, text, chosen, grace=grace, record=record, actor=actor)
