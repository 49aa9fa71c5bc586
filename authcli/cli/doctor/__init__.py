"""`authcli doctor`: what is wrong with this installation, and how to mend it.

_model      what a check is given and gives     _checks     the table of checks, and their run
_python     Python, libraries                   _stores     store, audit, signing keys
_files      who else can read what              _secrets    weak ones, and those in variables
_outside    the keychain, the clock             _shell      completion
_page       what is shown
"""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import StoreUrl
from authcli.cli._run import Run

__all__ = ["app"]

app = new_single()


@command(app, reads_config=False)
def doctor(
    run: Run,
    *,
    checks: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CHECK]...", help="Only these; by default all of them."),
    ] = None,
    clock_against: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Compare the clock with the Date of this server."),
    ] = None,
    store: StoreUrl = None,
) -> None:
    """Find what is wrong with this installation, and how to mend it.

    Examples:
      authcli doctor
      authcli doctor --clock-against https://example.com
      authcli doctor store audit keys --json
      authcli doctor -q > report.txt || mail -s "look at authcli" admin < report.txt

    Looks at Python and the libraries, the configuration, the store with its schema and
    its root keys, who else can read secret files, the end of the audit, managed signing
    keys that want rotating, the keychain, secrets that everybody knows, and completion.
    Nothing is changed, no secret is shown, and no network is used but with --clock-against.

    Checks: python, libraries, config, store, audit, keys, files, secrets, keychain,
    clock, completion.

    Exit codes: 0 nothing wants doing (a note is only for your information), 10 something
    does, 2 a bad flag.
    """
    from authcli.cli.doctor._checks import chosen, examined
    from authcli.cli.doctor._model import Context
    from authcli.cli.doctor._page import tell

    names = chosen(checks or [], clock_against=clock_against)
    tell(*examined(Context.of(run, store=store, clock_against=clock_against), names))
