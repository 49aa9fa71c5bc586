"""`authcli key lint`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Passphrase, SecretEncoding
from authcli.cli._run import Run
from authcli.cli.key._options import KeyArgument

app = new_single()


@command(app)
def lint(
    run: Run,
    *,
    key: KeyArgument = None,
    public: Annotated[
        bool, typer.Option("--public", help="It is to be published: private keys are errors.")
    ] = False,
    passphrase: Passphrase = None,
    secret_encoding: SecretEncoding = None,
) -> None:
    """Find weak, misplaced and inconsistent keys.

    Examples:
      authcli key lint key.pem
      authcli key lint --public jwks.json
      curl -s https://issuer.example/jwks.json | authcli key lint --public -

    Exit codes: 0 nothing found (or notes alone), 3 findings, 2 not a key at all.
    """
    from authcli import keys
    from authcli.cli._input import key_source, read_keys
    from authcli.cli.key._linting import emit_findings

    opened = read_keys(
        run, key_source(key), passphrase=passphrase, secret_encoding=secret_encoding, partly=True
    )
    emit_findings(run, keys.lint(opened.keys, public_expected=public))
