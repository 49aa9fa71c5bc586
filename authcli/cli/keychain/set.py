"""`authcli keychain set`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._run import Run

app = new_single()


@command(app)
def set(
    run: Run,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it.")],
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="[SOURCE]", help="The secret: -, @FILE, env:NAME …", show_default=False
        ),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Let it take the place of another.")
    ] = False,
) -> None:
    """Keep a secret under a name.

    Examples:
      authcli keychain set deploy
      authcli keychain set deploy env:DEPLOY_SECRET
      authcli keychain set signing @private.pem --replace
      openssl rand 32 | authcli keychain set hmac -

    Without a source it is asked for twice on a terminal, or read from a pipe. One line
    of text loses the line break at its end; all else is kept as it is, byte for byte.
    It goes to the system's keychain and is read back; where there is none, or it is
    locked, to an encrypted file. AUTHCLI_KEYCHAIN=system|file chooses one of them.

    Exit codes: 0 kept, 2 a bad name, no secret or a wrong passphrase,
    8 the name is taken, 9 it can be kept nowhere.
    """
    from authcli.cli._delivery import check_delivery
    from authcli.cli._keychain import keychain_of
    from authcli.cli._output import emit
    from authcli.cli.keychain._entries import MEMBERS, PLACES, facts, new_secret, refuse_taken
    from authcli.keychain import check_name

    check_delivery(run, MEMBERS, prints=False)
    keychain = keychain_of(run)
    refuse_taken(keychain, check_name(name), replace=replace)
    value = new_secret(run, name, source)
    entry = keychain.set(name, value, replace=replace, at=run.at)
    emit(
        run,
        facts(entry),
        plain=None,
        human=lambda _: f"{name} is kept in {PLACES[entry.backend]}",
    )
