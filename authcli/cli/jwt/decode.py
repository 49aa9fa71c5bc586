"""`authcli jwt decode`."""

from __future__ import annotations

from typing import Any

from authcli.cli._common import command, new_single
from authcli.cli._options import Token
from authcli.cli._run import Run
from authcli.cli.jwt._options import Lenient, MinimumTtl, Time

app = new_single()


@command(app)
def decode(
    run: Run,
    *,
    token: Token = None,
    min_ttl: MinimumTtl = None,
    lenient: Lenient = False,
    time: Time = None,
) -> None:
    """Show what a token says, without verifying it.

    Examples:
      authcli jwt decode "$TOKEN"
      authcli jwt decode "$TOKEN" | jq .sub
      authcli jwt decode @token.txt --field payload.sub
      authcli jwt decode "$TOKEN" --min-ttl 60s || TOKEN=$(renew)

    In a pipe the payload is one line of JSON. Anyone can write a token that decodes:
    believe nothing of it before `authcli jwt verify` has passed.

    Exit codes: 0 readable (expired or not), 3 malformed, 10 less left than --min-ttl.
    """
    from authcli import clock, tokens
    from authcli.cli._input import read_token
    from authcli.cli._messages import note, warn
    from authcli.cli._output import emit, payload_line
    from authcli.cli.jwt._options import check_ttl, minimum_seconds, time_form, ttl_check
    from authcli.cli.jwt._pages import token_page
    from authcli.errors import TokenRefused

    form, least = time_form(run, time), minimum_seconds(min_ttl)
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
        "expires_at": None,
    }
    exp = decoded.payload.get("exp")
    if isinstance(exp, int | float) and not isinstance(exp, bool):
        facts["expires_at"] = clock.format_instant(exp)
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
    check_ttl(run, least, exp)
