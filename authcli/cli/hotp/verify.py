"""`authcli hotp verify`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._account_flags import Algorithm, Counter, Digits, Shape
from authcli.cli._accounts import AccountText
from authcli.cli._codes import CodeText, emit_verdict, read_pair
from authcli.cli._common import command, new_single
from authcli.cli._options import StoreUrl
from authcli.cli._run import Run

app = new_single()


@command(app)
def verify(
    run: Run,
    *,
    account: AccountText = None,
    code: CodeText = None,
    counter: Counter = None,
    window: Annotated[
        int,
        typer.Option("--window", "-w", metavar="N", help="Counters ahead that pass: 0-10."),
    ] = 10,
    digits: Digits = None,
    algorithm: Algorithm = None,
    store: StoreUrl = None,
) -> None:
    """Verify a code, and move the counter beyond it.

    Examples:
      authcli hotp verify token 755224
      authcli hotp verify token "$CODE" --window 0
      N=$(authcli hotp verify env:SECRET "$CODE" --counter "$N")

    The counter of a saved name is in the store, which is made where there is none: a code
    passes once, and so does none before it. A token that ran ahead is found within
    --window counters and is in step again. In a pipe the next counter is printed; of a
    source you keep it yourself.

    Exit codes: 0 valid, 3 wrong, used or malformed, 6 too many wrong ones, 7 no such
    name, 9 no store or no keychain.
    """
    from authcli.cli.hotp._counting import counting

    shape = Shape("hotp", algorithm, digits, counter=counter)
    opened, typed = read_pair(run, account, code, shape=shape, counted=True)
    opened = counting(opened, counter)
    emit_verdict(run, opened, typed, window=window, counted=True, store=store)
