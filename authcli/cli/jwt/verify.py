"""`authcli jwt verify`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import (
    Algorithms,
    Audience,
    FailFast,
    Jobs,
    KeySource,
    Kid,
    Lines,
    Passphrase,
    SecretEncoding,
    Token,
)
from authcli.cli._run import Run
from authcli.cli.jwt._options import Lenient, MinimumTtl, Time

app = new_single()


@command(app)
def verify(
    run: Run,
    *,
    token: Token = None,
    key: KeySource = None,
    jwks: Annotated[
        str | None, typer.Option(metavar="FILE|URL", help="A set of public keys to verify with.")
    ] = None,
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
    allow_weak: Annotated[
        bool, typer.Option("--allow-weak", help="Accept keys that are too short.")
    ] = False,
    lenient: Lenient = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Use cached keys; touch no network.")
    ] = False,
    passphrase: Passphrase = None,
    secret_encoding: SecretEncoding = None,
    time: Time = None,
    lines: Lines = False,
    jobs: Jobs = None,
    fail_fast: FailFast = False,
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
    Without --key, --jwks and --issuer it is the development key that must have
    signed. In a pipe the payload is printed, and on refusal nothing. With --lines a
    bad token is reported by its line, and the worst line's exit code stands.

    Exit codes: 0 valid, 3 rejected, or a manifest differs, 4 expired or not yet valid,
    6 wrong issuer, audience, subject, type, scope or claim, 10 less than --min-ttl.
    """
    from authcli.cli._claims import parse_requirements
    from authcli.cli._input import bare_token, read_token
    from authcli.cli._times import duration_of
    from authcli.cli.jwt import _options, _verdict
    from authcli.cli.jwt._verifying import KeyChoice, expected_issuer, trusted_keys
    from authcli.tokens.policy import Policy
    from authcli.tokens.verifier import Verifier

    if manifest is not None:
        from authcli.cli.jwt._manifest import run_manifest

        given = (token, key, jwks, issuer_url, kid, alg, passphrase, secret_encoding)
        asked = (issuer, audience, subject, typ, scope, require, leeway, min_ttl, time)
        how = (allow_weak, lenient, offline, lines, jobs, fail_fast)
        return run_manifest(run, manifest, others=(*given, *asked, *how))
    if lines or jobs is not None or fail_fast:
        from authcli.cli.jwt import _bulk

        feed = _bulk.token_lines(token, lines, jobs, fail_fast, time=time)
    # Of many tokens the first one's kid tells whether cached keys are too old for it.
    text = bare_token(feed.peek()) if lines else read_token(run, token)
    form, least = _options.time_form(run, time), _options.minimum_seconds(min_ttl)
    policy = Policy(
        algorithms=alg or run.config.texts("algorithm", None) or None,
        issuer=expected_issuer(run, issuer, issuer_url),
        audience=run.config.texts("audience", audience) or None,
        subject=subject,
        typ=typ,
        scopes=scope or (),
        require=parse_requirements(require or []),
        leeway_seconds=duration_of("--leeway", leeway or "0s", bare_seconds=True),
        allow_weak=allow_weak,
        lenient=lenient,
    )
    keys = KeyChoice(key, jwks, issuer_url, kid, passphrase, secret_encoding, offline)
    trusted = trusted_keys(run, keys, token=text)
    verifier = Verifier(trusted.keys, policy=policy)
    if lines:
        return _bulk.verify_lines(
            run, feed, verifier, trusted, keys, least=least, jobs=jobs, fail_fast=fail_fast
        )
    return _verdict.emit_verdict(run, verifier, text, trusted, least=least, time=form)
