"""`authcli password check`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._run import Run
from authcli.cli.password._options import PasswordSource

app = new_single()


@command(app)
def check(
    run: Run,
    *,
    source: PasswordSource = None,
    policy: Annotated[
        str, typer.Option(metavar="POLICY", help="nist, nist-mfa, classic, or a file.")
    ] = "nist",
    about: Annotated[
        list[str] | None,
        typer.Option(metavar="TEXT", help="What is known of its owner; repeatable."),
    ] = None,
    breached: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="Have I Been Pwned's list: a file or a folder."),
    ] = None,
    known_bad: Annotated[
        str | None, typer.Option(metavar="FILE", help="Passwords to refuse, one a line.")
    ] = None,
) -> None:
    """Say how strong a password is, and whether a policy takes it.

    Examples:
      authcli password check
      printf %s "$PW" | authcli password check --about alice --about example.com
      authcli password check env:PW --policy classic --json
      authcli password check @pw --policy nist-mfa --known-bad rockyou.txt
      authcli password check --breached pwned-passwords-sha1.txt

    nist is SP 800-63B-4: 15 characters (nist-mfa: 8, beside a second factor), none
    that attackers try first, no rules of composition. classic wants 8 and four kinds
    of characters. All is offline; the score, 0 to 4, is zxcvbn's where that is
    installed (pip install "authcli[strength]"), else a lesser estimate. In a pipe the
    score is printed, and on refusal nothing.

    Exit codes: 0 taken, 3 refused.
    """
    from authcli.cli.password import _reading, _strength

    rules = _reading.read_password_policy(policy)
    lists = _strength.BadLists(breached, known_bad)
    password = _reading.read_password(run, source)
    _strength.emit_strength(run, password, rules, about=about or [], lists=lists)
