"""`authcli jwks lint`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import StoreUrl
from authcli.cli._run import Run

app = new_single()


@command(app)
def lint(
    run: Run,
    *,
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="[SOURCE|URL]",
            help="A JWKS: a file, a URL, store:, or another source; or piped in.",
            show_default=False,
        ),
    ] = None,
    store: StoreUrl = None,
) -> None:
    """Find what is wrong with a JWKS.

    Examples:
      authcli jwks lint public/jwks.json
      authcli jwks lint https://login.example/jwks.json
      authcli jwks lint store:

    Private and weak keys, kids that are missing or stand twice, members that contradict
    each other. store: is what jwks publish would write. A URL is asked anew each time.

    Exit codes: 0 nothing found (or notes alone), 3 findings, 2 no JWKS,
    7 no managed keys, 9 the URL or the store cannot be asked.
    """
    from authcli.cli.jwks._linting import lint_set

    lint_set(run, source, store=store)
