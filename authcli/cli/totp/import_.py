"""`authcli totp import`; `import` is a word of Python's own."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import DryRun, Passphrase
from authcli.cli._run import Run

app = new_single()


@command(app, "import")
def import_(
    run: Run,
    *,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="Exports, pictures of QR codes, lists of URIs, -, or piped in.",
            show_default=False,
        ),
    ] = None,
    file_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="otpauth|migration|aegis|2fas|andotp",
            help="By default recognised by its content.",
        ),
    ] = None,
    passphrase: Passphrase = None,
    prefix: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What all names are to begin with.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Overwrite accounts that have these names.")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Save the accounts that another app exported.

    Examples:
      authcli totp import aegis.json --dry-run
      authcli totp import aegis.json --passphrase env:AEGIS
      authcli totp import page-1.png page-2.png
      authcli totp import uris.txt --prefix work-
      gpg -d uris.gpg | authcli totp import

    Understood are lists of otpauth URIs, payloads and pictures of Google
    Authenticator's export (all parts at once, or one after another), and the JSON
    of Aegis, 2FAS and andOTP. A name is made of issuer and account:
    github-alice@example.com. All accounts are saved, or none; what is saved already
    is seen to be the same, so that it may be said again.

    Exit codes: 0 saved, or all were there; 2 no export, or one that is broken;
    8 names are taken by other secrets; 9 no keychain.
    """
    from authcli.cli.totp._importing import Wanted, import_accounts

    wanted = Wanted(
        files=tuple(files or ()),
        form=file_format,
        passphrase=passphrase,
        prefix=prefix or "",
        replace=replace,
        dry_run=dry_run,
    )
    import_accounts(run, wanted)
