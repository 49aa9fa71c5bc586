"""`authcli key convert`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Kid, Passphrase, SecretEncoding
from authcli.cli._run import Run
from authcli.cli.key._options import KeyArgument, KeyFormat

app = new_single()


@command(app)
def convert(
    run: Run,
    *,
    key: KeyArgument = None,
    key_format: KeyFormat = None,
    kid: Kid = None,
    passphrase: Passphrase = None,
    new_passphrase: Annotated[
        str | None,
        typer.Option(metavar="SOURCE", help="Close the new key with this one."),
    ] = None,
    decrypt: Annotated[
        bool, typer.Option("--decrypt", help="Write an encrypted key in clear.")
    ] = False,
    secret_encoding: SecretEncoding = None,
) -> None:
    """Write a key in another format.

    Examples:
      authcli key convert key.pem --format jwk
      authcli key convert ~/.ssh/id_ed25519 --to pem -o key.pem
      authcli key convert key.pem --passphrase env:OLD --new-passphrase env:NEW -o new.pem
      authcli key convert key.pem --passphrase env:PW --decrypt --to jwk

    A private key stays private, and what --passphrase opened is closed with the same
    passphrase again, unless --new-passphrase or --decrypt says otherwise.
    """
    from authcli.cli._input import chosen_key, key_source, read_keys, read_passphrase
    from authcli.cli.key._writing import chosen_format, emit_key

    if decrypt and new_passphrase:
        from authcli.errors import InvalidInput

        raise InvalidInput("--decrypt and --new-passphrase contradict each other")
    opened = read_keys(run, key_source(key), passphrase=passphrase, secret_encoding=secret_encoding)
    found = chosen_key(opened, kid)
    if kid is not None and found.kid != kid:
        found = replace(found, kid=kid)  # a single key is named
    closing = None if decrypt else opened.passphrase
    if new_passphrase:
        closing = read_passphrase(run, new_passphrase, setting=True)
    emit_key(run, found, format=chosen_format(found, key_format, run.output), passphrase=closing)
