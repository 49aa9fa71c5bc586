"""`authcli jwks export`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, StoreUrl, Yes
from authcli.cli._run import Run
from authcli.cli.jwks._options import AlgorithmOf
from authcli.cli.key._options import KeyFormat

app = new_single()


@command(app)
def export(
    run: Run,
    *,
    kid: Annotated[
        str | None,
        typer.Argument(
            metavar="[KID]", help="One key, or a unique beginning of its kid.", show_default=False
        ),
    ] = None,
    alg: AlgorithmOf = None,
    private: Annotated[
        bool, typer.Option("--private", help="The private half: whoever has it signs.")
    ] = False,
    key_format: KeyFormat = None,
    passphrase: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="What closes the private half.")
    ] = None,
    yes: Yes = False,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Write managed keys; private halves only when asked.

    Examples:
      authcli jwks export
      authcli jwks export 25IQ51 --format pem
      authcli jwks export 25IQ51 --private --passphrase env:PW -o key.pem

    Without KID it is the JWKS that jwks publish would write; that it was published is
    not recorded. --private writes one key's private half, closed with --passphrase, or
    in clear after asking; a line of the audit says who had it. The store only holds the
    private halves of keys that sign or stand by.

    Exit codes: 0 written, 2 bad flags, 7 no such key, 8 its private half is deleted, or
    the file exists, 9 no store, or its key-encryption key is not held.
    """
    from authcli.cli.jwks._exporting import Asked, export_keys

    asked = Asked(kid, alg, private, key_format, passphrase, yes)
    export_keys(run, asked, store=store, actor=actor)
