"""`authcli totp export`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Passphrase, StoreUrl, Yes
from authcli.cli._run import Run

app = new_single()


@command(app)
def export(
    run: Run,
    *,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SAVED_NAME]...", help="Saved names.", show_default=False),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="All saved accounts.")] = False,
    file_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="otpauth|migration|aegis|2fas|andotp",
            help="By default otpauth; migration for pictures.",
        ),
    ] = None,
    passphrase: Passphrase = None,
    yes: Yes = False,
    store: StoreUrl = None,
) -> None:
    """Write saved accounts for another app.

    Examples:
      authcli totp export --all --format aegis --passphrase env:PW -o aegis.json
      authcli totp export github gitlab --format migration
      authcli totp export --all -o codes.png
      authcli totp export --all --yes | gpg -e -r me -o uris.gpg

    otpauth is a list of URIs. migration is what Google Authenticator scans: QR codes
    on a terminal, PNG files (codes-1.png, codes-2.png, where one is too small), else
    URIs. An aegis file is encrypted where there is a --passphrase; all else is in
    clear, so it asks first. Files are for their owner alone (0600).

    Exit codes: 0 written, 2 nobody to ask and no --yes, or an account that the format
    cannot hold, 7 no such name, 8 the file exists, 9 no keychain.
    """
    from authcli.cli.totp._exporting import Wanted, export_accounts

    wanted = Wanted(
        names=tuple(names or ()),
        all=all_,
        form=file_format,
        passphrase=passphrase,
        yes=yes,
        store=store,
    )
    export_accounts(run, wanted)
