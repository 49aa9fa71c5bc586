"""`authcli totp add`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._account_flags import (
    AccountName,
    Algorithm,
    Counter,
    Digits,
    Hotp,
    Issuer,
    Period,
    Shape,
    Steam,
    kind_of,
)
from authcli.cli._common import command, new_single
from authcli.cli._run import Run

app = new_single()


@command(app)
def add(
    run: Run,
    *,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What to call it.", show_default=False)
    ],
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="[SOURCE]", help="Its secret: -, @FILE, env:NAME.", show_default=False
        ),
    ] = None,
    issuer: Issuer = None,
    account: AccountName = None,
    digits: Digits = None,
    period: Period = None,
    algorithm: Algorithm = None,
    steam: Steam = False,
    hotp: Hotp = False,
    counter: Counter = None,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of an older.")] = False,
) -> None:
    """Save an account that exists already.

    Examples:
      authcli totp add github
      authcli totp add github env:SECRET --issuer GitHub --account alice
      authcli totp add work @uri.txt
      authcli totp add token env:SECRET --hotp --counter 0

    The source holds a base32 secret or an otpauth URI; a terminal asks for it, without
    echo. It goes into the keychain, and its codes are then `authcli totp code NAME`'s.
    Old services' short secrets are taken, with a warning.

    Exit codes: 0 saved, 2 no secret, 8 the name is taken, 9 no keychain.
    """
    from authcli.cli._accounts import check_new_name, is_source, read_account, save
    from authcli.cli._delivery import check_delivery
    from authcli.cli._messages import note
    from authcli.cli._output import emit
    from authcli.cli._shown_codes import HOLDER, account_facts
    from authcli.errors import InvalidInput

    shape = Shape(
        kind_of(steam, hotp, counter), algorithm, digits, period, issuer, account, counter
    )
    if source is not None and not is_source(source):
        raise InvalidInput(
            "the secret needs a source, and this is none",
            hint="use - for stdin, @FILE, env:NAME, fd:N or cmd:COMMAND",
            code="source.unknown",
        )
    check_delivery(run, HOLDER, prints=False)
    check_new_name(run, name, replace=replace)
    found = read_account(run, source or "-", shape=shape)
    if counter is not None:
        found = found._replace(account=found.account._replace(counter=counter))
    save(run, name, found.account, replace=replace)
    emit(run, account_facts(found._replace(name=name)), plain=None)
    group = "hotp" if found.account.kind == "hotp" else "totp"
    note(run, f"saved as {name}; authcli {group} code {name}")
