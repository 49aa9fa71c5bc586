"""`authcli totp code`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._account_flags import Algorithm, Digits, Period, Shape, Steam
from authcli.cli._accounts import AccountText, read_account
from authcli.cli._common import command, new_single
from authcli.cli._options import Copy
from authcli.cli._run import Run

app = new_single()


@command(app)
def code(
    run: Run,
    *,
    account: AccountText = None,
    watch: Annotated[bool, typer.Option("--watch", help="Redraw it until Ctrl-C.")] = False,
    copy: Copy = False,
    min_left: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Wait for the next code where less is left: 5s."),
    ] = None,
    digits: Digits = None,
    period: Period = None,
    algorithm: Algorithm = None,
    steam: Steam = False,
) -> None:
    """Show the code of the moment.

    Examples:
      authcli totp code example
      authcli totp code example --watch
      authcli totp code example --copy --min-left 5s
      authcli totp code env:SECRET --digits 8 --algorithm SHA256
      pass show github/totp | authcli totp code

    A terminal shows how long the code stands, and the next one; a pipe gets the code
    alone. A source holds a base32 secret or an otpauth URI; the flags say what a bare
    secret does not, and have to agree with a URI.

    Exit codes: 0 shown, 2 no secret, 7 no such name, 9 no keychain.
    """
    from authcli.cli._shown_codes import HOLDER, check_showing
    from authcli.cli.totp import _moments

    members = ("code", "valid_until", "seconds_left", "next", *HOLDER)
    check_showing(run, copy=copy, members=members)
    shape = Shape("steam" if steam else None, algorithm, digits, period)
    opened = read_account(run, account, shape=shape, counted=False)
    if watch:
        return _moments.watch(run, opened.account, copy=copy, min_left=min_left)
    return _moments.show(run, opened, copy=copy, min_left=min_left)
