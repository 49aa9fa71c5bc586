"""`authcli store restore`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, DryRun, Passphrase, StoreUrl, Yes
from authcli.cli._run import Run

app = new_single()


@command(app)
def restore(
    run: Run,
    *,
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="What `store backup` wrote.", show_default=False),
    ],
    roots: Annotated[
        str | None, typer.Option(metavar="FILE", help="Root keys that were written with it.")
    ] = None,
    passphrase: Passphrase = None,
    keep: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Back up what is there to FILE; by default beside it."),
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Put a backup in the place of what is there.

    Examples:
      authcli store restore auth.backup --dry-run
      authcli store restore auth.backup
      authcli store restore auth.backup --roots auth.roots --passphrase env:PW
      authcli store restore auth.backup --store postgresql://auth@db/auth --yes

    First it is looked at: whether the file is a whole backup of this store, of no newer
    schema, whether its root keys are held and its audit verifies; then what would be
    lost is said, and asked about. What is there is backed up, and exchanged in one
    transaction: other processes go on with what was restored. The audit goes on too,
    with an event that names what was replaced.

    --force restores the backup of another store, one whose audit does not verify, or
    one whose pepper is not held. A damaged store is moved aside; a missing one is made.

    Exit codes: 0 restored, 2 no such backup, 3 its audit does not verify, 8 another
    store's, 9 its root keys are not held, its schema is newer, or the store cannot be
    written.
    """
    from pathlib import Path

    from authcli.cli._output import emit
    from authcli.cli._store import store_place
    from authcli.cli.store._restoring import Wish, added_roots, exchange, make_again
    from authcli.errors import Unavailable
    from authcli.store import locate
    from authcli.store.upkeep.backup_check import checked_backup

    added = added_roots(run, roots, passphrase)
    place = store_place(run, store, actor=actor)
    wish = Wish(yes, dry_run, Path(keep).expanduser() if keep else None, added)
    with checked_backup(Path(file).expanduser()) as checked:
        try:
            facts = exchange(run, place, checked, wish)
        except Unavailable as error:
            damaged = error.code == "store.corrupt"
            if error.code != "store.missing" and not (damaged and locate(place.url).path):
                raise
            facts = make_again(run, place, checked, wish, damaged=damaged)
    emit(run, {"file": file, **facts}, plain=None)
