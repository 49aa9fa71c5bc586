"""`authcli apikey detect`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, DryRun, Jobs, StoreUrl, Yes
from authcli.cli._run import Run

app = new_single()


@command(app)
def detect(
    run: Run,
    *,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH]...", help="Files, folders, - or piped in.", show_default=False
        ),
    ] = None,
    prefix: Annotated[
        list[str] | None,
        typer.Option(metavar="PREFIX", help="Only keys of it: ak_live; repeatable."),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB", help="Leave out such names, or paths with a '/'; repeatable."),
    ] = None,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="Revoke the store's own among them.")
    ] = False,
    jobs: Jobs = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    store: StoreUrl = None,
    no_store: Annotated[
        bool, typer.Option("--no-store", help="Do not ask the store which are live.")
    ] = False,
    actor: Actor = None,
) -> None:
    """Find API keys in files, folders and Git's history.

    Examples:
      authcli apikey detect .
      git log -p | authcli apikey detect -
      authcli apikey detect src/ --exclude node_modules --exclude '*.min.js'
      authcli apikey detect . --revoke --dry-run

    Finds our keys by their shape and checksum, in text and in binary files, and never prints one.
    Where there is a store, it says which are its own, and live: only for keys whose digest
    matches, because ids can be forged. Symbolic links below a folder are not followed; devices,
    pipes and sockets are left alone. What is hidden is read too, Git's own folder as well:
    --exclude .git leaves it out.

    Exit codes: 0 everything was read and nothing found, 3 keys were found, 2 nothing was found
    but something could not be read.
    """
    from authcli.cli.apikey._detecting import Wanted, detect_keys

    wanted = Wanted(
        paths=tuple(paths or ()),
        prefixes=tuple(prefix or ()),
        exclude=tuple(exclude or ()),
        revoke=revoke,
        yes=yes,
        dry_run=dry_run,
        jobs=jobs,
        store=store,
        no_store=no_store,
        actor=actor,
    )
    detect_keys(run, wanted)
