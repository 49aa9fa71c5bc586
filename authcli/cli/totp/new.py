"""`authcli totp new`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._account_flags import (
    AccountName,
    Algorithm,
    Digits,
    Issuer,
    Period,
    Shape,
    checked,
    shaped,
)
from authcli.cli._common import command, new_single
from authcli.cli._run import Run
from authcli.cli._secret_output import SecretForm
from authcli.errors import InvalidInput

app = new_single()


@command(app)
def new(
    run: Run,
    *,
    form: SecretForm,
    issuer: Issuer = None,
    account: AccountName = None,
    digits: Digits = None,
    period: Period = None,
    algorithm: Algorithm = None,
    qr: Annotated[bool, typer.Option("--qr", help="In a pipe, the QR code as text.")] = False,
    save: Annotated[
        str | None, typer.Option("--save", metavar="NAME", help="Save it in the keychain.")
    ] = None,
    no_confirm: Annotated[
        bool, typer.Option("--no-confirm", help="Do not ask for a first code.")
    ] = False,
) -> None:
    """Make a secret of 160 bits, with its QR code.

    Examples:
      authcli totp new --issuer Example --account alice@example.com --save example
      authcli totp new --issuer Example --account alice@example.com -o qr.png
      authcli totp new --issuer Example --account bob@example.com --format dotenv > .env
      URI=$(authcli totp new --issuer Example --account carol@example.com)

    A terminal shows the QR code, the secret in groups of four and the URI, and asks for a
    first code: nothing is saved before the app has given a right one. A pipe gets the
    URI alone. -o takes FILE.png, FILE.svg or FILE.txt. Not every app understands other
    than six digits, 30 seconds and SHA1.

    Exit codes: 0 made, 8 the name or the file exists, 9 no keychain.
    """
    from authcli import otp
    from authcli.cli import _accounts
    from authcli.cli._messages import note
    from authcli.cli.totp import _first_code, _page

    if not (issuer or account):
        raise InvalidInput(
            "an app shows a secret by its names, and there are none",
            hint="add --issuer Example --account alice@example.com",
        )
    if qr and form != SecretForm():
        raise InvalidInput("--qr draws the secret; leave --format, --copy and their kin out")
    shape = checked(Shape("totp", algorithm, digits, period, issuer, account))
    _page.check_output(run, form=form, picture=True)
    if save is not None:
        _accounts.check_new_name(run, save)
    made = _accounts.Opened(shaped(otp.new_secret(), shape), save, save or "the new secret")
    asks = _first_code.is_asked(run, form) and not no_confirm
    if save is not None and not asks:  # a secret that is shown and not saved would be lost
        _accounts.save(run, save, made.account)
    drawn = qr and not run.to_terminal
    if drawn or (run.output is not None and _page.is_picture(run, form)):
        _page.emit_picture(run, made)
    else:
        _page.emit_uri(run, made, form=form, with_qr=True)
    if asks:
        _first_code.ask(run, made.account, saving=save is not None)
        if save is not None:
            _accounts.save(run, save, made.account)
    if save is not None:
        note(run, f"saved as {save}; authcli totp code {save}")
