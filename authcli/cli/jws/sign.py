"""`authcli jws sign`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import (
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
def sign(
    run: Run,
    *,
    payload: Annotated[
        str | None,
        typer.Argument(
            metavar="[PAYLOAD]", help="Text as it is, @FILE, -, or piped in.", show_default=False
        ),
    ] = None,
    key: KeySource = None,
    alg: SigningAlgorithm = None,
    kid: Kid = None,
    typ: Annotated[
        str | None, typer.Option(metavar="TYPE", help="The header's typ; by default none.")
    ] = None,
    header: Annotated[
        list[str] | None, typer.Option(metavar="NAME=TEXT", help="A header member; repeatable.")
    ] = None,
    detached: Annotated[
        bool, typer.Option("--detached", help="Leave the payload out: header..signature.")
    ] = False,
    unencoded: Annotated[
        bool, typer.Option("--unencoded", help="Sign the payload, not its base64url (RFC 7797).")
    ] = False,
    passphrase: Passphrase = None,
    secret_encoding: SecretEncoding = None,
    store: StoreUrl = None,
) -> None:
    """Sign a payload.

    Examples:
      authcli jws sign @report.pdf --detached --key key.pem > report.jws
      authcli jws sign '{"event":"paid"}' -k env:HOOK_SECRET
      tar c src | authcli jws sign --detached -k key.pem --typ application/x-tar
      authcli jws sign @body.json --detached --unencoded -k key.pem

    Every byte is signed, a line break at the end too. The result is a compact JWS;
    --detached leaves the payload out of it, for whoever has that already. Without
    --key the store's active key signs (authcli jwks), and where there is none the
    development key. A payload has up to 64 MiB. A bare text that names a file is
    refused: its name would be signed.

    Exit codes: 0 signed, 2 the payload, the header or the key cannot be used.
    """
    from authcli.cli._claims import parse_header
    from authcli.cli._managed import check_payload
    from authcli.cli._output import emit
    from authcli.cli.jws._payloads import read_payload
    from authcli.cli.jwt._minting import signing_key
    from authcli.cli.jwt._pages import colored_token
    from authcli.tokens.jws.signing import Signer

    data = read_payload(run, payload)
    signing = signing_key(
        run,
        key,
        kid=kid,
        passphrase=passphrase,
        secret_encoding=secret_encoding,
        dry_run=False,
        alg=run.config.text("algorithm", alg),
        store=store,
    )
    check_payload(signing.managed, data, at=run.at)
    signer = Signer(
        key=signing.key,
        algorithm=run.config.text("algorithm", alg),
        header=parse_header(header or []),
        kid=signing.named(kid),
        typ=typ,
        unencoded=unencoded,
    )
    text = signer.sign(data, detached=detached)
    facts = {
        "jws": text,
        "algorithm": signer.algorithm,
        "kid": signer.header.get("kid"),
        "detached": detached,
        "header": signer.header,
        "payload_bytes": len(data),
    }
    emit(run, facts, plain=text, human=lambda on: colored_token(text, colored=on))
