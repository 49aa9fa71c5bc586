"""`authcli jwt fixtures`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import KeySource, Kid, Passphrase, SecretEncoding
from authcli.cli._run import Run

app = new_single()


@command(app, writes_folder=True)
def fixtures(
    run: Run,
    *,
    key: KeySource = None,
    alg: Annotated[
        str | None,
        typer.Option("--alg", "-A", metavar="ALG", help="The algorithm of the bad tokens."),
    ] = None,
    kid: Kid = None,
    issuer: Annotated[
        str | None,
        typer.Option("--iss", "--issuer", "-i", metavar="ISS", help="The issuer to expect."),
    ] = None,
    audience: Annotated[
        list[str] | None,
        typer.Option("--aud", "--audience", "-a", metavar="AUD", help="The audience to expect."),
    ] = None,
    subject: Annotated[
        str | None,
        typer.Option("--sub", "--subject", "-s", metavar="SUB", help="The subject to expect."),
    ] = None,
    typ: Annotated[str, typer.Option(metavar="TYPE", help="The header's typ to expect.")] = "JWT",
    valid_for: Annotated[
        str, typer.Option("--valid-for", metavar="TIME", help="How long the good tokens live.")
    ] = "10y",
    passphrase: Passphrase = None,
    secret_encoding: SecretEncoding = None,
) -> None:
    """Write good and bad tokens, with the verdicts.

    Examples:
      authcli jwt fixtures -o fixtures
      authcli jwt fixtures -o fixtures --iss https://login.example --aud api -A RS256
      authcli jwt fixtures -o fixtures --key signing.pem --typ at+jwt
      authcli jwt verify --manifest fixtures/manifest.json

    The folder -o DIR is made, and gets

      manifest.json    each token with its verdict, reason and pinned time
      jwks.json        the public keys for the service under test (public.pem: one)
      hmac.jwks.json   the secrets of the good HMAC tokens
      good/*.jwt       tokens to accept: each algorithm, unusual but lawful shapes
      bad/*.jwt        tokens to refuse, each wrong in one way

    The keys are new and are thrown away, unless --key names yours: then the good
    tokens are genuine to all who trust it. --force replaces an older set.

    Exit codes: 0 written, 2 no folder, or one with other files, 8 not empty.
    """
    from authcli.cli.jwt._fixtures import Wanted, emit_made, expectation, own_key
    from authcli.tokens.fixtures import make_fixtures
    from authcli.tokens.fixtures.folder import check_folder, write_folder
    from authcli.tokens.fixtures.manifest import files_of

    wanted = Wanted(issuer, audience, subject, typ, valid_for)
    folder, expected = expectation(run, wanted)
    check_folder(folder, replace=run.force)
    made = make_fixtures(
        key=own_key(run, key, kid=kid, passphrase=passphrase, secret_encoding=secret_encoding),
        algorithm=run.config.text("algorithm", alg),
        at=run.now,
        **expected,
    )
    write_folder(files_of(made), folder, replace=run.force)
    emit_made(run, made, folder, own=key is not None)
