"""`authcli jwks show`."""

from __future__ import annotations

from authcli.cli._common import command, new_single
from authcli.cli._options import StoreUrl, Time
from authcli.cli._run import Run
from authcli.cli.jwks._options import KeyId

app = new_single()


@command(app)
def show(run: Run, *, kid: KeyId, time: Time = None, store: StoreUrl = None) -> None:
    """Show one key, and its life.

    Examples:
      authcli jwks show 25IQ51
      authcli jwks show 25IQ51 --field public_jwk

    In a pipe the public key is printed, as a JWK.

    Exit codes: 0 shown, 2 several keys begin so, 7 no such key, 9 no store.
    """
    from authcli.cli.jwks._showing import show_key

    show_key(run, kid, time=time, store=store)
