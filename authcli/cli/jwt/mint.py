"""`authcli jwt mint`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import (
    Actor,
    Audience,
    FailFast,
    Issuer,
    Jobs,
    KeySource,
    Kid,
    Lines,
    NoExp,
    Passphrase,
    SecretEncoding,
    SigningAlgorithm,
    StoreUrl,
    Subject,
)
from authcli.cli._run import Run
from authcli.cli._secret_output import SecretForm
from authcli.cli.jwt._claim_options import (
    Claim,
    Claims,
    DryRun,
    Expires,
    Header,
    NotBefore,
    Scope,
    Typ,
)

app = new_single()


@command(app)
def mint(
    run: Run,
    *,
    form: SecretForm,
    claims: Claims = None,
    key: KeySource = None,
    alg: SigningAlgorithm = None,
    kid: Kid = None,
    issuer: Issuer = None,
    subject: Subject = None,
    audience: Audience = None,
    expires: Expires = None,
    no_exp: NoExp = False,
    not_before: NotBefore = None,
    jti: Annotated[
        str | None, typer.Option(metavar="ID", help="Its id; by default a UUID, none: no id.")
    ] = None,
    scope: Scope = None,
    claim: Claim = None,
    header: Header = None,
    typ: Typ = None,
    no_iat: Annotated[bool, typer.Option("--no-iat", help="Leave iat out.")] = False,
    as_: Annotated[
        str | None,
        typer.Option("--as", metavar="KIND", help="access (RFC 9068) or id (OpenID Connect)."),
    ] = None,
    passphrase: Passphrase = None,
    secret_encoding: SecretEncoding = None,
    dry_run: DryRun = False,
    explain: Annotated[
        str | None, typer.Option(metavar="AS", help="Print equivalent python or curl instead.")
    ] = None,
    count: Annotated[
        int | None, typer.Option(metavar="N", help="Mint N tokens, each with a jti of its own.")
    ] = None,
    lines: Lines = False,
    jobs: Jobs = None,
    fail_fast: FailFast = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Give a refresh token with it, and begin a family.")
    ] = False,
    idle: Annotated[
        str | None, typer.Option(metavar="TIME", help="Unused so long, it cannot be refreshed.")
    ] = None,
    absolute: Annotated[
        str | None, typer.Option(metavar="TIME", help="No refreshes after that; 90d.")
    ] = None,
    record: Annotated[
        bool, typer.Option("--record", help="Record it in the store, for jwt issued.")
    ] = False,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Mint a signed token.

    Examples:
      authcli jwt mint --sub alice -c role=admin
      authcli jwt mint --sub ci --aud api --exp 5m --key env:SIGNING_KEY
      authcli jwt mint 'roles[]=admin' 'roles[]=dev' address.city=Oslo age:=42
      authcli jwt mint @claims.json --key key.pem --alg PS256 --dry-run
      curl -K <(authcli jwt mint --sub ci --format curl) https://api.example/
      authcli jwt mint --sub load --count 100000 --key key.pem > tokens.txt
      authcli jwt mint --lines @claims.jsonl --key key.pem > tokens.txt
      authcli jwt mint --sub alice --refresh --json

    A token lives for 15 minutes unless --exp says otherwise, and gets an iat and a
    random jti. Without --key it is signed with the store's active key (authcli jwks), and
    where there is none with a development key that authcli makes once for you;
    `authcli jwt verify` knows both. With --lines a line that cannot be
    minted is reported by its number, leaves no line, and makes the exit code 2. With
    --refresh two lines are printed, and the second is for authcli jwt refresh.
    """
    from authcli.cli.jwt import _mint
    from authcli.cli.jwt._minting import Wanted

    wanted = Wanted(issuer, subject, audience, expires, no_exp, not_before, jti, scope)
    given = [*(claims or []), *(claim or [])]
    return _mint.mint(
        run,
        form,
        _mint.Asked(given, wanted, header, typ, no_iat, as_, dry_run, explain),
        _mint.KeyFlags(key, alg, kid, passphrase, secret_encoding, store),
        _mint.Many(lines, count, jobs, fail_fast),
        _mint.Kept(refresh, record, idle, absolute, actor),
    )
