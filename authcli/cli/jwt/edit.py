"""`authcli jwt edit`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import (
    Audience,
    Issuer,
    KeySource,
    Kid,
    NoExp,
    Passphrase,
    SecretEncoding,
    SigningAlgorithm,
    StoreUrl,
    Subject,
    Token,
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
from authcli.cli.jwt._options import Lenient

app = new_single()


@command(app)
def edit(
    run: Run,
    *,
    form: SecretForm,
    token: Token = None,
    claims: Claims = None,
    claim: Claim = None,
    remove: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Remove a claim (a.b); repeatable.")
    ] = None,
    key: KeySource = None,
    alg: SigningAlgorithm = None,
    kid: Kid = None,
    issuer: Issuer = None,
    subject: Subject = None,
    audience: Audience = None,
    expires: Expires = None,
    no_exp: NoExp = False,
    not_before: NotBefore = None,
    issued: Annotated[
        str | None, typer.Option("--iat", metavar="WHEN", help="Issued then; now, say.")
    ] = None,
    jti: Annotated[str | None, typer.Option(metavar="ID", help="Its id; none: no id.")] = None,
    scope: Scope = None,
    header: Header = None,
    remove_header: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Remove a header member; repeatable.")
    ] = None,
    typ: Typ = None,
    passphrase: Passphrase = None,
    secret_encoding: SecretEncoding = None,
    lenient: Lenient = False,
    dry_run: DryRun = False,
    store: StoreUrl = None,
) -> None:
    """Change claims of a token and sign it again.

    Examples:
      authcli jwt edit "$TOKEN" role=admin -k key.pem
      authcli jwt edit "$TOKEN" 'roles[]=dev' address.city=Oslo --remove jti
      authcli jwt edit "$TOKEN" --exp 1h --iat now
      authcli jwt mint --sub alice | authcli jwt edit role=admin
      authcli jwt edit "$TOKEN" --aud other --dry-run

    Everything else stays as it is: the order of names, the times, the jti, the kid
    and, where the key can sign it, the algorithm. The old signature is not checked;
    a warning says when it is another key's. Without --key the store's active key signs
    (authcli jwks), with its own kid; where there is none, the development key.

    Exit codes: 0 signed, 2 nothing to remove or no such edit, 3 malformed.
    """
    from authcli.cli._input import read_token
    from authcli.cli.jwt._editing import (
        asked_changes,
        asked_header,
        emit_edited,
        original_token,
        resigning_key,
        token_apart,
    )
    from authcli.cli.jwt._minting import Wanted
    from authcli.tokens.editing import prepare_edit

    given, arguments = token_apart(token, claims or [])
    text = read_token(run, given)
    original = original_token(run, text, lenient=lenient)
    wanted = Wanted(issuer, subject, audience, expires, no_exp, not_before, jti, scope)
    asked = asked_changes(
        run, [*arguments, *(claim or [])], wanted, issued=issued, remove=remove or [], of=original
    )
    members = asked_header(header or [], typ, remove=remove_header or [], of=original)
    signing = resigning_key(
        run,
        key,
        kid=kid,
        passphrase=passphrase,
        secret_encoding=secret_encoding,
        dry_run=dry_run,
        alg=alg,
        store=store,
        of=original,
    )
    edited = prepare_edit(
        text,
        asked.changes,
        key=signing.key,
        remove=asked.remove,
        header=members.header,
        remove_header=members.remove,
        kid=kid if signing.managed is None else signing.key.kid,
        algorithm=alg,
        lenient=lenient,
        at=run.at,
    )
    return emit_edited(run, edited, form, signing, dry_run=dry_run)
