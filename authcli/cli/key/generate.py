"""`authcli key generate`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Passphrase
from authcli.cli._run import Run
from authcli.cli.key._options import KeyFormat

app = new_single()


@command(app)
def generate(
    run: Run,
    *,
    kind: Annotated[
        str,
        typer.Argument(
            metavar="ALG", help="An algorithm (ES256, RS256, HS256, ML-DSA-65 …) or type."
        ),
    ],
    bits: Annotated[
        int | None, typer.Option(metavar="N", help="Size of an RSA or HMAC key.")
    ] = None,
    curve: Annotated[
        str | None, typer.Option(metavar="CRV", help="Curve of an EC or OKP key.")
    ] = None,
    kid: Annotated[
        str, typer.Option(metavar="NAME", help="Its name: thumbprint, none, or a text.")
    ] = "thumbprint",
    key_format: KeyFormat = None,
    passphrase: Passphrase = None,
    public: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write the public half to FILE too.")
    ] = None,
) -> None:
    """Generate a key, or a key pair.

    Examples:
      authcli key generate ES256 -o key.pem --public public.pem
      authcli key generate RS256 --bits 3072 --passphrase env:PW -o key.pem
      authcli key generate HS256 > secret.jwk
      authcli key generate Ed25519 --format openssh -o id_ed25519

    The private key goes to stdout, or to -o FILE with mode 0600. Without --format
    the file's ending decides, else JWK for HMAC and ML-DSA and PEM for the rest.

    Algorithms: HS256 HS384 HS512, RS256 … PS512, ES256 ES384 ES512 ES256K, EdDSA,
    Ed25519, Ed448, ML-DSA-44 ML-DSA-65 ML-DSA-87, and X25519 for encryption.
    """
    from authcli import keys
    from authcli.cli._input import read_passphrase
    from authcli.cli.key._writing import chosen_format, emit_key, refuse_twins, save_public

    refuse_twins(run, public)  # before the private half is written, not after
    closing = read_passphrase(run, passphrase, setting=True) if passphrase else None
    key = keys.generate(kind, bits=bits, curve=curve, kid=None if kid == "none" else kid)
    form = chosen_format(key, key_format, run.output)
    if public is None:
        return emit_key(run, key, format=form, passphrase=closing)
    keys.write(key, format=form, passphrase=closing)  # so that nothing is written where it fails
    steps = [
        lambda: emit_key(run, key, format=form, passphrase=closing),
        lambda: save_public(run, key.public(), path=Path(public)),
    ]
    if run.output is None:  # what is printed cannot be taken back, so it comes last
        steps.reverse()
    first = run.output or Path(public)
    is_new = not os.path.lexists(first)
    steps[0]()
    try:
        steps[1]()
    except BaseException:
        if is_new:  # one half alone would be in the way; what stood there before is never removed
            first.unlink(missing_ok=True)
        raise
