"""`authcli totp uri`."""

from __future__ import annotations

from authcli.cli._account_flags import AccountName, Algorithm, Digits, Issuer, Period, Shape, Steam
from authcli.cli._accounts import AccountText, read_account
from authcli.cli._common import command, new_single
from authcli.cli._options import StoreUrl, Yes
from authcli.cli._run import Run
from authcli.cli._secret_output import SecretForm

app = new_single()


@command(app)
def uri(
    run: Run,
    *,
    form: SecretForm,
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
    """Print the otpauth URI of an account.

    Examples:
      authcli totp uri example --copy
      authcli totp uri example | authcli totp add example-2
      authcli totp uri env:SECRET --issuer Example --account alice@example.com

    The URI holds the secret, so a terminal asks before it shows a saved one. Of HOTP it
    has the next counter of all that were used here.

    Exit codes: 0 printed, 2 no secret, 7 no such name, 9 no keychain.
    """
    from authcli.cli.totp import _page

    _page.check_output(run, form=form)
    shape = Shape("steam" if steam else None, algorithm, digits, period, issuer, account_name)
    found = read_account(run, account, shape=shape)
    elsewhere = bool(form.copy or form.github_env or form.github_output)
    _page.ask_before(run, found, yes=yes, elsewhere=elsewhere)
    _page.emit_uri(run, _page.with_counter(run, found, store=store), form=form)
