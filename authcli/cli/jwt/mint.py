"""`authcli jwt mint`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import (
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

if TYPE_CHECKING:
    from authcli.tokens.minter import MintOptions

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

    A token lives for 15 minutes unless --exp says otherwise, and gets an iat and a
    random jti. Without --key it is signed with a development key that authcli makes
    once for you; `authcli jwt verify` knows it. With --lines a line that cannot be
    minted is reported by its number, leaves no line, and makes the exit code 2.
    """
    from authcli import tokens
    from authcli.cli._claims import parse_claims, parse_header
    from authcli.cli.jwt import _minting
    from authcli.tokens.minter import Minter

    many = lines or count is not None or jobs is not None or fail_fast
    if many:
        from authcli.cli.jwt import _bulk

        _bulk.check_minting(
            lines, count, jobs, fail_fast, form=form, dry_run=dry_run, explain=bool(explain)
        )
    wanted = _minting.Wanted(issuer, subject, audience, expires, no_exp, not_before, jti, scope)
    layers = _minting.claim_layers(run, wanted)
    arguments = [*(claims or []), *(claim or [])]
    payload = {} if lines else layers.around(parse_claims(run, arguments))
    options: MintOptions = {
        "algorithm": run.config.text("algorithm", alg),
        "header": parse_header(header or []),
        "kid": kid or True,
        "typ": _minting.chosen_name(typ),
        "as_": as_,
        "lifetime_seconds": _minting.lifetime_seconds(run, wanted),
        "iat": not no_iat,
        "jti": jti is None,
    }
    if explain is not None:
        return _minting.explanation(run, explain, payload, options)
    signer = _minting.signing_key(
        run, key, kid=kid, passphrase=passphrase, secret_encoding=secret_encoding, dry_run=dry_run
    )
    if lines:
        minter = Minter(key=signer, **options)
        return _bulk.mint_lines(run, arguments, layers, minter, jobs=jobs, fail_fast=fail_fast)
    if count is not None and not dry_run:
        minter = Minter(key=signer, **options)
        return _bulk.mint_count(run, minter, payload, count=count, jobs=jobs)
    draft = tokens.prepare(payload, key=signer, at=run.at, **options)
    if dry_run:
        return _minting.emit_draft(run, draft)
    return _minting.emit_token(run, draft, form)
