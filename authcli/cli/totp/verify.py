"""`authcli totp verify`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._account_flags import Algorithm, Digits, Period, Shape, Steam
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
    window: Annotated[
        int,
        typer.Option("--window", "-w", metavar="N", help="Steps before and after that pass: 0-10."),
    ] = 1,
    digits: Digits = None,
    period: Period = None,
    algorithm: Algorithm = None,
    steam: Steam = False,
    store: StoreUrl = None,
) -> None:
    """Verify a code; of a saved name, each code passes once.

    Examples:
      authcli totp verify example 123456
      echo "$CODE" | authcli totp verify example
      authcli totp verify example "$CODE" --window 0 --json
      authcli totp verify env:SECRET 12345678 --digits 8 --algorithm SHA256

    A code that was accepted is refused from then on, and so is every one before it; the
    store remembers that, and is made where there is none. After ten wrong codes in five
    minutes the right one is refused too. Of a source nothing is remembered. A code is
    ASCII digits; a step is the period, 30 seconds of nearly every account.

    Exit codes: 0 valid, 3 wrong, used or malformed, 6 too many wrong ones, 7 no such
    name, 9 no store or no keychain.
    """
    shape = Shape("steam" if steam else None, algorithm, digits, period)
    opened, typed = read_pair(run, account, code, shape=shape, counted=False)
    emit_verdict(run, opened, typed, window=window, counted=False, store=store)
