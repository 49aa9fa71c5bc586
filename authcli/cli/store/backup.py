"""`authcli store backup`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Passphrase, StoreUrl
from authcli.cli._run import Run

if TYPE_CHECKING:
    from authcli.store.upkeep.backup import Backup

app = new_single()


@command(app)
def backup(
    run: Run,
    *,
    roots: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write the root keys too, closed with a passphrase."),
    ] = None,
    passphrase: Passphrase = None,
    store: StoreUrl = None,
) -> None:
    """Write the store into one file.

    Examples:
      authcli store backup -o auth.backup
      authcli store backup -o auth.backup --roots auth.roots --passphrase env:PW
      authcli store backup -o "backup-$(date +%F).db" --store postgresql://auth@db/auth

    The file is an SQLite database of one moment, whoever writes meanwhile, from either
    engine, mode 0600; it is whole under its name or not there. It holds no root keys:
    without the pepper no API key in it verifies, without the audit key nothing can be
    changed. --roots writes them to a file that the passphrase alone opens.

    Exit codes: 0 written, 8 the file exists (--force overwrites it), 1 the disk is
    full, 9 no such store.
    """
    from pathlib import Path

    from authcli.cli._input import read_passphrase
    from authcli.cli._output import refuse_existing, save
    from authcli.cli._store import opened
    from authcli.cli.store._common import bar
    from authcli.errors import InvalidInput
    from authcli.store.upkeep.backup import back_up
    from authcli.store.upkeep.sealed_roots import needed_roots, sealed_roots

    if run.output is None:
        raise InvalidInput("a backup needs a file", hint="add -o FILE")
    if passphrase and not roots:
        raise InvalidInput("--passphrase closes root keys", hint="add --roots FILE")
    refuse_existing(run, roots)
    closing = read_passphrase(run, passphrase or "-", setting=True) if roots else None
    with opened(run, store, write=True, create=False) as found:  # which remembers it
        if closing:  # before anything is written, that it can be written whole
            for root in needed_roots(found):
                found.root_keys(root).check()
        with bar(run) as tell:
            made = back_up(found, run.output, force=run.force, progress=tell)
        if closing and roots:
            data = sealed_roots(found, passphrase=closing.reveal())
            save(run, Path(roots).expanduser(), data)
    _tell(run, made, roots)


def _tell(run: Run, made: Backup, roots: str | None) -> None:
    """Say what was written, and what it lacks."""
    from authcli.cli._messages import note, warn
    from authcli.cli._output import emit
    from authcli.cli.store._common import counted, roots_in_words

    note(run, f"wrote {run.output}: {counted(made.counts)}")
    if roots:
        note(run, f"wrote {roots}: {roots_in_words(made.lacks)}, closed with the passphrase")
    else:
        warn(
            run,
            f"the backup lacks {roots_in_words(made.lacks)}; keep them elsewhere too, or add"
            " --roots FILE",
        )
    facts = {
        "file": str(run.output),
        "size_bytes": made.size_bytes,
        "store_id": made.store_id,
        "head": made.head,
        "counts": dict(made.counts),
        "lacks": [] if roots else list(made.lacks),
        "roots_file": roots,
    }
    emit(run._replace(output=None), facts, plain=None)
