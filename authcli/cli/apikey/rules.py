"""`authcli apikey rules`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._run import Run
from authcli.errors import InvalidInput

app = new_single()


@command(app)
def rules(
    run: Run,
    *,
    scanner: Annotated[
        str,
        typer.Argument(
            metavar="gitleaks|trufflehog|github", help="Who is to find them.", show_default=False
        ),
    ],
    prefix: Annotated[
        list[str] | None,
        typer.Option(metavar="PREFIX", help="For keys of it: ak_live; repeatable."),
    ] = None,
) -> None:
    """Print patterns that let scanners find our keys.

    Examples:
      authcli apikey rules gitleaks --prefix ak_live --prefix ak_test >> .gitleaks.toml
      authcli apikey rules trufflehog --prefix ak_live > authcli.yaml
      authcli apikey rules github --prefix ak_live

    gitleaks: a rule for .gitleaks.toml. trufflehog: a custom detector for --config. github: what
    the form of a custom pattern asks for, with a test string that was never a live key.
    Name your prefixes: a rule for any prefix takes more for a key that is none.
    """
    from authcli.apikeys.rules import SCANNERS, expression
    from authcli.apikeys.rules import rules as rules_of
    from authcli.cli._output import emit

    if scanner not in SCANNERS:
        raise InvalidInput(
            f"no rules for {ascii(scanner[:40])}", hint=f"one of {', '.join(SCANNERS)}"
        )
    prefixes = tuple(dict.fromkeys(prefix or ()))
    text = rules_of(scanner, prefixes=prefixes)
    facts = {
        "scanner": scanner,
        "prefixes": list(prefixes),
        "expression": expression(prefixes),
        "rule": text,
    }
    emit(run, facts, plain=text)
