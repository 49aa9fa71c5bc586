"""`authcli key thumbprint`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Passphrase, SecretEncoding
from authcli.cli._run import Run
from authcli.cli.key._options import KeyArgument

app = new_single()


@command(app)
def thumbprint(
    run: Run,
    *,
    key: KeyArgument = None,
    hash_name: Annotated[
        str, typer.Option("--hash", metavar="HASH", help="sha256, sha384 or sha512.")
    ] = "sha256",
    uri: Annotated[bool, typer.Option("--uri", help="As a URI (RFC 9278).")] = False,
    passphrase: Passphrase = None,
    secret_encoding: SecretEncoding = None,
) -> None:
    """Print a key's RFC 7638 thumbprint; private and public half have the same.

    Examples:
      authcli key thumbprint key.pem
      authcli key thumbprint - --hash sha512 < jwks.json
      authcli key thumbprint public.pem --uri

    Of a set, one line a key, in the order of the set.
    """
    from authcli import keys
    from authcli.cli._input import key_source, read_keys
    from authcli.cli._output import emit, table

    found = read_keys(
        run, key_source(key), passphrase=passphrase, secret_encoding=secret_encoding
    ).keys
    rows = [
        {
            "kid": one.kid,
            "thumbprint": keys.thumbprint(one, hash=hash_name),
            "uri": keys.thumbprint_uri(one, hash=hash_name),
            "hash": hash_name,
        }
        for one in found
    ]
    member = "uri" if uri else "thumbprint"
    if found.sole is not None:
        emit(run, rows[0], plain=rows[0][member])
    else:
        table(run, rows, columns=("kid", member), plain=lambda row: str(row[member]))
