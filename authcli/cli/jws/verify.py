"""`authcli jws verify`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import (
    Algorithms,
    AllowWeak,
    Jwks,
    KeySource,
    Kid,
    Offline,
    Passphrase,
    SecretEncoding,
)
from authcli.cli._run import Run
from authcli.cli.jws._payloads import Jws

app = new_single()


@command(app)
def verify(
    run: Run,
    *,
    jws: Jws = None,
    payload: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="What a detached JWS signs: FILE, @FILE or -."),
    ] = None,
    key: KeySource = None,
    jwks: Jwks = None,
    alg: Algorithms = None,
    kid: Kid = None,
    require_all: Annotated[
        bool, typer.Option("--all", help="Demand that every signature verifies.")
    ] = False,
    allow_weak: AllowWeak = False,
    offline: Offline = False,
    passphrase: Passphrase = None,
    secret_encoding: SecretEncoding = None,
) -> None:
    """Verify a signature, and print the payload.

    Examples:
      authcli jws verify @report.jws --payload report.pdf --key public.pem
      authcli jws verify "$SIGNED" -k env:HOOK_SECRET | jq .event
      authcli jws verify "$HEADER" --payload - --jwks https://hooks.example/jwks < body
      authcli jws verify @signed.json --jwks jwks.json --all

    Compact, flattened and general JWS are read. In a pipe the payload is printed
    byte for byte, and on refusal nothing; of a detached JWS nothing is printed.
    Of several signatures one must verify, with --all each. The algorithms come from
    the key (narrowed by --alg), never from the JWS. Of a token neither times nor
    audience are looked at: authcli jwt verify does.

    Exit codes: 0 valid, 2 no usable key, or a payload that is missing or there twice,
    3 rejected: forged or malformed.
    """
    from authcli.cli.jws._payloads import file_hint, named_kid, read_apart, read_jws, read_message
    from authcli.cli.jws._verdict import emit_refusal, emit_verified, refuse_output
    from authcli.cli.jwt._verifying import KeyChoice, trusted_keys
    from authcli.errors import TokenRefused
    from authcli.tokens.jws.verifying import examine, judge
    from authcli.tokens.policy import Policy

    text = read_jws(run, jws)
    apart = None if payload is None else read_apart(payload)
    policy = Policy(
        algorithms=alg or run.config.texts("algorithm", None) or None, allow_weak=allow_weak
    )
    choice = KeyChoice(key, jwks, None, kid, passphrase, secret_encoding, offline)
    trusted = examined = None
    try:
        message = read_message(text, apart)
        trusted = trusted_keys(run, choice, token=named_kid(message))
        examined = examine(message, key=trusted.keys, policy=policy)
        verified = judge(examined, require_all=require_all)
    except TokenRefused as refusal:
        emit_refusal(run, refusal, examined, trusted)
        if examined is None:
            refusal.hint = file_hint(jws) or refusal.hint
        raise
    refuse_output(run, verified)
    emit_verified(run, verified, trusted)
