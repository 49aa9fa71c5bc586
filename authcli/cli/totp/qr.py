"""`authcli totp qr`."""

from __future__ import annotations

from authcli.cli._account_flags import AccountName, Algorithm, Digits, Issuer, Period, Shape, Steam
from authcli.cli._accounts import AccountText, read_account
from authcli.cli._common import command, new_single
from authcli.cli._options import StoreUrl, Yes
from authcli.cli._run import Run

app = new_single()


@command(app)
def qr(
    run: Run,
    *,
    account: AccountText = None,
    issuer: Issuer = None,
    account_name: AccountName = None,
    digits: Digits = None,
    period: Period = None,
    algorithm: Algorithm = None,
    steam: Steam = False,
    yes: Yes = False,
    store: StoreUrl = None,
) -> None:
    """Draw the QR code of an account.

    Examples:
      authcli totp qr example
      authcli totp qr example -o example.png
      authcli totp qr env:SECRET --issuer Example --account alice@example.com -o qr.svg

    The picture holds the secret, so a terminal asks before it shows a saved one. -o takes
    FILE.png, FILE.svg or FILE.txt; a pipe gets the text.

    Exit codes: 0 drawn, 2 no secret, 7 no such name, 9 no keychain.
    """
    from authcli.cli.totp import _page

    _page.check_output(run, picture=True)
    shape = Shape("steam" if steam else None, algorithm, digits, period, issuer, account_name)
    found = read_account(run, account, shape=shape)
    _page.ask_before(run, found, yes=yes)
    _page.emit_picture(run, _page.with_counter(run, found, store=store))
