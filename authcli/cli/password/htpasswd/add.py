"""`authcli password htpasswd add`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._run import Run
from authcli.cli.password._costs import Cost, Rounds
from authcli.cli.password._options import PasswordSource
from authcli.cli.password.htpasswd._options import HtpasswdFile, HtpasswdUser

app = new_single()


@command(app)
def add(
    run: Run,
    *,
    file: HtpasswdFile,
    user: HtpasswdUser,
    source: PasswordSource = None,
    scheme: Annotated[
        str,
        typer.Option(
            metavar="bcrypt|sha512-crypt|sha256-crypt", help="How to hash; Apache knows these."
        ),
    ] = "bcrypt",
    cost: Cost = None,
    rounds: Rounds = None,
) -> None:
    """Give a user a password, in a file that is made where there is none.

    Examples:
      authcli password htpasswd add .htpasswd alice
      printf %s "$PW" | authcli password htpasswd add .htpasswd alice
      authcli password htpasswd add .htpasswd alice env:PW --cost 13
      authcli password generate | tee pw | authcli password htpasswd add .htpasswd bob

    A user who is there already gets the new password; of a user who is there twice,
    one line stays. A password of more than 72 bytes is refused, and not cut. The file
    is replaced whole, and keeps its owner and mode; a new one is for its owner alone
    (0600), so let the web server's group read it.

    Exit codes: 0 done, 2 no name, file or password that can be, 9 another program
    keeps the file.
    """
    from authcli.cli.password.htpasswd._working import add_user

    add_user(run, file, user, source, scheme=scheme, cost=cost, rounds=rounds)
