"""`authcli jwt decode`."""

from __future__ import annotations

from typing import Any

from authcli.cli._common import command, new_single
from authcli.cli._options import FailFast, Jobs, Lines, Time, Token
from authcli.cli._run import Run
from authcli.cli.jwt._options import Lenient, MinimumTtl

app = new_single()


@command(app)
def decode(
    run: Run,
    *,
    token: Token = None,
    min_ttl: MinimumTtl = None,
    lenient: Lenient = False,
    time: Time = None,
    lines: Lines = False,
    jobs: Jobs = None,
    fail_fast: FailFast = False,
) -> None:
    """Show what a token says, without verifying it.

    Examples:
      authcli jwt decode "$TOKEN"
      authcli jwt decode "$TOKEN" | jq .sub
      authcli jwt decode @token.txt --field payload.sub
      authcli jwt decode "$TOKEN" --min-ttl 60s || TOKEN=$(renew)
      authcli jwt decode --lines @tokens.txt | jq -r .sub

    In a pipe the payload is one line of JSON. Anyone can write a token that decodes:
    believe nothing of it before `authcli jwt verify` has passed. With --lines a bad
    token is reported by its line, and leaves no line.

    Exit codes: 0 readable (expired or not), 3 malformed, 10 less left than --min-ttl.
    """
    from authcli import tokens
    from authcli.cli._input import read_token
    from authcli.cli._messages import note, warn
    from authcli.cli._moments import time_form
    from authcli.cli._output import emit, payload_line
    from authcli.cli.jwt._options import check_ttl, minimum_seconds, ttl_check
    from authcli.cli.jwt._pages import expires_at, token_page
    from authcli.errors import TokenRefused

    form, least = time_form(run, time), minimum_seconds(min_ttl)
    if lines or jobs is not None or fail_fast:
        from authcli.cli.jwt import _bulk

        feed = _bulk.token_lines(token, lines, jobs, fail_fast, time=time)
        return _bulk.decode_lines(
            run, feed, lenient=lenient, least=least, jobs=jobs, fail_fast=fail_fast
        )
    try:
        decoded = tokens.decode(read_token(run, token), lenient=lenient)
    except TokenRefused as refusal:
        from authcli.cli.jwt._verdict import emit_refusal

        emit_refusal(run, refusal)
        raise
    for text in decoded.forgiven:
        note(run, f"forgiven: {text}")
    warn(run, "NOT VERIFIED: anyone can write this; verify it with: authcli jwt verify")
    facts: dict[str, Any] = {
        "verified": False,
        "header": decoded.header,
        "payload": decoded.payload,
        "expires_at": expires_at(decoded.payload),
    }
    exp = decoded.payload.get("exp")
    if least is not None:
        facts["checks"] = ttl_check(run, least, exp)
    emit(
        run,
        facts,
        plain=payload_line(decoded.payload),
        human=lambda on: token_page(
            decoded.header, decoded.payload, at=run.at, colored=on, time=form
        ),
    )
    return check_ttl(run, least, exp)
