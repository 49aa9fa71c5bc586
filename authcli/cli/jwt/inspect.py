"""`authcli jwt inspect`."""

from __future__ import annotations

from authcli.cli._common import command, new_single
from authcli.cli._options import Jwks, KeySource, Passphrase, SecretEncoding, Time, Token
from authcli.cli._run import Run
from authcli.cli.jwt._options import Lenient

app = new_single()


@command(app)
def inspect(
    run: Run,
    *,
    token: Token = None,
    key: KeySource = None,
    jwks: Jwks = None,
    passphrase: Passphrase = None,
    secret_encoding: SecretEncoding = None,
    lenient: Lenient = False,
    time: Time = None,
) -> None:
    """Explain a token: its parts, claims, times and flaws.

    Examples:
      authcli jwt inspect "$TOKEN"
      authcli jwt inspect "$TOKEN" --key public.pem
      pbpaste | authcli jwt inspect
      authcli jwt inspect @token.txt --json --field findings

    Without a key nothing is verified, and the token may say anything. With one the
    signature and the times are checked as `authcli jwt verify` does.

    Exit codes: 0 readable, 3 malformed; with a key those of `authcli jwt verify`.
    """
    from authcli.cli._input import read_token
    from authcli.cli._moments import time_form
    from authcli.cli.jwt._anatomy import inspect_token
    from authcli.cli.jwt._verifying import KeyChoice

    choice = KeyChoice(key, jwks, None, None, passphrase, secret_encoding)
    inspect_token(run, read_token(run, token), choice, lenient=lenient, time=time_form(run, time))
