"""`authcli jws inspect`."""

from __future__ import annotations

from authcli.cli._common import command, new_single
from authcli.cli._run import Run
from authcli.cli.jws._payloads import Jws

app = new_single()


@command(app)
def inspect(run: Run, *, jws: Jws = None) -> None:
    """Explain a JWS: its signatures, headers and payload.

    Examples:
      authcli jws inspect @report.jws
      authcli jws inspect "$SIGNED" --json --field signatures
      jq .attestation bundle.json | authcli jws inspect

    Nothing is verified: anyone can write a JWS that reads well. Compact, detached,
    flattened and general JWS are read.

    Exit codes: 0 readable, 3 malformed.
    """
    from authcli.cli._messages import warn
    from authcli.cli._output import emit, json_text
    from authcli.cli.jws._anatomy import anatomy_facts, anatomy_page
    from authcli.cli.jws._payloads import file_hint, read_jws
    from authcli.cli.jws._verdict import emit_refusal
    from authcli.errors import TokenRefused
    from authcli.tokens import jws as library

    try:
        anatomy = library.inspect(read_jws(run, jws))
    except TokenRefused as refusal:
        emit_refusal(run, refusal, None, None)
        refusal.hint = file_hint(jws) or refusal.hint
        raise
    warn(run, "NOT VERIFIED: anyone can write this; verify it with: authcli jws verify")
    facts = anatomy_facts(anatomy)
    emit(
        run, facts, plain=json_text(run, facts), human=lambda on: anatomy_page(anatomy, colored=on)
    )
