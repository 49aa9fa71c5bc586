"""`authcli jwt diff`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Time
from authcli.cli._run import Run
from authcli.cli.jwt._options import Lenient

app = new_single()


@command(app)
def diff(
    run: Run,
    *,
    first: Annotated[
        str | None,
        typer.Argument(metavar="A", help="The first token, - or @FILE.", show_default=False),
    ] = None,
    second: Annotated[
        str | None,
        typer.Argument(
            metavar="[B]", help="The second one, -, @FILE, or piped in.", show_default=False
        ),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Exit 10 when they differ.")] = False,
    lenient: Lenient = False,
    time: Time = None,
) -> None:
    """Show in what two tokens differ.

    Examples:
      authcli jwt diff "$OLD" "$NEW"
      authcli jwt diff @staging.txt @production.txt --check
      authcli jwt edit "$TOKEN" role=dev | authcli jwt diff "$TOKEN"
      authcli jwt diff "$OLD" "$NEW" --field path --field before --field after

    No signature is verified and no key is needed. In a pipe it prints, of what
    differs alone, lines such as these; [] is one member of a list, scope or aud:
      - payload.role "admin"
      + payload.role "dev"
      + payload.roles[] "dev"
      + payload.exp 1796123700 # expires 2 h later
      ~ signature differs, as what was signed does

    Exit codes: 0 compared, 3 malformed, 10 they differ and --check was given.
    """
    from authcli import tokens
    from authcli.cli._messages import note, warn
    from authcli.cli._moments import time_form
    from authcli.cli.jwt._comparing import check_same, emit_comparison, read_both
    from authcli.errors import TokenRefused

    form = time_form(run, time)
    a, b = read_both(run, first, second)
    try:
        comparison = tokens.diff(a, b, lenient=lenient)
    except TokenRefused as refusal:
        from authcli.cli.jwt._verdict import emit_refusal

        if not run.fields:  # those of a comparison; a verdict has others
            emit_refusal(run, refusal)
        raise
    for name, decoded in (("A", comparison.first), ("B", comparison.second)):
        for text in decoded.forgiven:
            note(run, f"token {name}: forgiven: {text}")
    warn(run, "NOT VERIFIED: anyone can write such tokens; verify them with: authcli jwt verify")
    for text in comparison.warnings:
        warn(run, text)
    emit_comparison(run, comparison, time=form)
    if check:
        check_same(comparison)
