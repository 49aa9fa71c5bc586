"""`authcli jwt mint`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import (
    Audience,
    Issuer,
    KeySource,
    Kid,
    Passphrase,
    SecretEncoding,
    Subject,
)
from authcli.cli._run import Run
from authcli.cli._secret_output import SecretForm

if TYPE_CHECKING:
    from authcli.tokens.minter import MintOptions

app = new_single()


@command(app)
def mint(
    run: Run,
    *,
    form: SecretForm,
    claims: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CLAIM]...", help="name=text, name:=JSON, @FILE, - or {…}."),
    ] = None,
    key: KeySource = None,
    alg: Annotated[
        str | None, typer.Option("--alg", "-A", metavar="ALG", help="The algorithm to sign with.")
    ] = None,
    kid: Kid = None,
    issuer: Issuer = None,
    subject: Subject = None,
    audience: Audience = None,
    expires: Annotated[
        str | None,
        typer.Option("--exp", "-e", metavar="WHEN", help="15m, an instant, or never."),
    ] = None,
    no_exp: Annotated[bool, typer.Option("--no-exp", help="The same as --exp never.")] = False,
    not_before: Annotated[
        str | None, typer.Option("--nbf", metavar="WHEN", help="Not valid before then.")
    ] = None,
    jti: Annotated[
        str | None, typer.Option(metavar="ID", help="Its id; by default a UUID, none: no id.")
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option(metavar="SCOPE", help="A scope it grants; repeatable.")
    ] = None,
    claim: Annotated[
        list[str] | None,
        typer.Option("--claim", "-c", metavar="CLAIM", help="As the positional ones; repeatable."),
    ] = None,
    header: Annotated[
        list[str] | None, typer.Option(metavar="NAME=TEXT", help="A header member; repeatable.")
    ] = None,
    typ: Annotated[
        str | None, typer.Option(metavar="TYPE", help="The header's typ; none: no typ.")
    ] = None,
    no_iat: Annotated[bool, typer.Option("--no-iat", help="Leave iat out.")] = False,
    as_: Annotated[
        str | None,
        typer.Option("--as", metavar="KIND", help="access (RFC 9068) or id (OpenID Connect)."),
    ] = None,
    passphrase: Passphrase = None,
    secret_encoding: SecretEncoding = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Show header and payload; sign nothing.")
    ] = False,
    explain: Annotated[
        str | None, typer.Option(metavar="AS", help="Print equivalent python or curl instead.")
    ] = None,
) -> None:
    """Mint a signed token.

    Examples:
      authcli jwt mint --sub alice -c role=admin
      authcli jwt mint --sub ci --aud api --exp 5m --key env:SIGNING_KEY
      authcli jwt mint 'roles[]=admin' 'roles[]=dev' address.city=Oslo age:=42
      authcli jwt mint @claims.json --key key.pem --alg PS256 --dry-run
      curl -K <(authcli jwt mint --sub ci --format curl) https://api.example/

    A token lives for 15 minutes unless --exp says otherwise, and gets an iat and a
    random jti. Without --key it is signed with a development key that authcli makes
    once for you; `authcli jwt verify` knows it.
    """
    from authcli import tokens
    from authcli.cli.jwt._minting import (
        Wanted,
        all_claims,
        chosen_name,
        emit_draft,
        emit_token,
        explanation,
        lifetime_seconds,
        signing_key,
    )

    wanted = Wanted(issuer, subject, audience, expires, no_exp, not_before, jti, scope)
    payload = all_claims(run, [*(claims or []), *(claim or [])], wanted)
    options: MintOptions = {
        "algorithm": run.config.text("algorithm", alg),
        "header": _header(header),
        "kid": kid or True,
        "typ": chosen_name(typ),
        "as_": as_,
        "lifetime_seconds": lifetime_seconds(run, wanted),
        "iat": not no_iat,
        "jti": jti is None,
    }
    if explain is not None:
        return explanation(run, explain, payload, options)
    signer = signing_key(
        run,
        key,
        kid=kid,
        passphrase=passphrase,
        secret_encoding=secret_encoding,
        dry_run=dry_run,
    )
    draft = tokens.prepare(payload, key=signer, at=run.at, **options)
    if dry_run:
        return emit_draft(run, draft)
    return emit_token(run, draft, form)


def _header(members: list[str] | None) -> dict[str, object]:
    from authcli.cli._claims import parse_header

    return parse_header(members or [])
