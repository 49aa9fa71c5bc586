"""`authcli jwt verify`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import (
    Algorithms,
    AllowWeak,
    Audience,
    FailFast,
    Jobs,
    Jwks,
    KeySource,
    Kid,
    Lines,
    Offline,
    Passphrase,
    SecretEncoding,
    StoreUrl,
    Time,
    Token,
)
from authcli.cli._run import Run
from authcli.cli.jwt._options import Lenient, MinimumTtl

app = new_single()


@command(app)
def verify(
    run: Run,
    *,
    token: Token = None,
    key: KeySource = None,
    jwks: Jwks = None,
    issuer_url: Annotated[
        str | None,
        typer.Option("--issuer", metavar="URL", help="Expect it as iss, and discover its keys."),
    ] = None,
    alg: Algorithms = None,
    kid: Kid = None,
    issuer: Annotated[
        str | None, typer.Option("--iss", "-i", metavar="ISS", help="Expect exactly this iss.")
    ] = None,
    audience: Audience = None,
    subject: Annotated[
        str | None, typer.Option("--sub", "--subject", "-s", metavar="SUB", help="Expect this sub.")
    ] = None,
    typ: Annotated[str | None, typer.Option(metavar="TYPE", help="Expect this typ.")] = None,
    scope: Annotated[
        list[str] | None, typer.Option(metavar="SCOPE", help="It must grant this; repeatable.")
    ] = None,
    require: Annotated[
        list[str] | None,
        typer.Option(metavar="CLAIM[=VALUE]", help="It must be there, and be or hold that."),
    ] = None,
    leeway: Annotated[
        str | None, typer.Option(metavar="TIME", help="How wrong clocks may be: up to 3600s.")
    ] = None,
    min_ttl: MinimumTtl = None,
    allow_weak: AllowWeak = False,
    lenient: Lenient = False,
    offline: Offline = False,
    passphrase: Passphrase = None,
    secret_encoding: SecretEncoding = None,
    time: Time = None,
    lines: Lines = False,
    jobs: Jobs = None,
    fail_fast: FailFast = False,
    check_revocation: Annotated[
        bool | None,
        typer.Option(
            "--check-revocation/--no-check-revocation",
            help="Ask the store whether it was revoked; by default with managed keys.",
        ),
    ] = None,
    allow_list: Annotated[
        bool, typer.Option("--allow-list", help="Refuse what jwt mint --record did not record.")
    ] = False,
    on_store_error: Annotated[
        str, typer.Option(metavar="closed|open|stale", help="When the store cannot be asked.")
    ] = "closed",
    store: StoreUrl = None,
    manifest: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Verify what jwt fixtures wrote, against its verdicts."),
    ] = None,
) -> None:
    """Verify a token, and list every check.

    Examples:
      authcli jwt verify "$TOKEN" --key public.pem --aud api
      authcli jwt verify "$TOKEN" --issuer https://login.example --aud api
      authcli jwt verify "$TOKEN" --jwks jwks.json --scope read --require tenant=acme
      authcli jwt verify "$TOKEN" -k env:HMAC_SECRET --secret-encoding base64 -A HS256
      authcli jwt verify --lines @tokens.txt --key public.pem > payloads.jsonl
      authcli jwt verify --manifest fixtures/manifest.json

    The algorithms come from the key (narrowed by --alg), never from the token.
    Without --key, --jwks and --issuer it is one of the store's keys (authcli jwks) that
    must have signed, or the development key; then the store is asked whether the token
    was revoked. In a pipe the payload is printed, and on refusal nothing. With --lines a
    bad token is reported by its line, and the worst line's exit code stands.

    Exit codes: 0 valid, 3 rejected, or a manifest differs, 4 expired or not yet valid,
    5 revoked, 6 wrong issuer, audience, subject, type, scope or claim, 9 the store
    cannot be asked, 10 less than --min-ttl.
    """
    if manifest is not None:
        from authcli.cli.jwt._manifest import run_manifest

        given = (token, key, jwks, issuer_url, kid, alg, passphrase, secret_encoding)
        checks = (issuer, audience, subject, typ, scope, require, leeway, min_ttl, time)
        how = (allow_weak, lenient, offline, lines, jobs, fail_fast)
        stored = (store, check_revocation, allow_list, on_store_error != "closed")
        return run_manifest(run, manifest, others=(*given, *checks, *how, *stored))
    from authcli.cli.jwt import _verify
    from authcli.cli.jwt._verifying import KeyChoice

    keys = KeyChoice(key, jwks, issuer_url, kid, passphrase, secret_encoding, offline, store)
    asked = _verify.Asked(
        *(alg, issuer, audience, subject, typ, scope, require, leeway, allow_weak, lenient),
        *(check_revocation, allow_list, on_store_error),
    )
    keys = keys._replace(with_compromised=check_revocation is not False)
    shown = _verify.Shown(min_ttl, time, lines, jobs, fail_fast)
    return _verify.verify(run, token, asked, keys, shown)
