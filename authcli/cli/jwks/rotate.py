"""`authcli jwks rotate`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, DryRun, StoreUrl, Time
from authcli.cli._run import Run
from authcli.cli.jwks._options import AlgorithmOf

app = new_single()


@command(app)
def rotate(
    run: Run,
    *,
    alg: AlgorithmOf = None,
    if_older_than: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Replace keys that have signed so long: 30d."),
    ] = None,
    start: Annotated[
        bool, typer.Option("--start", help="Rotate as soon as the next key may sign.")
    ] = False,
    publish: Annotated[
        str | None,
        typer.Option(metavar="FILE|DIR", help="Write the JWKS there, under the same lock."),
    ] = None,
    dry_run: DryRun = False,
    format: Annotated[
        str, typer.Option(metavar="text|ics", help="The form of the time-line.")
    ] = "text",
    time: Time = None,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Do what is due now, and nothing else.

    Examples:
      authcli jwks rotate --publish public/
      authcli jwks rotate --start --publish public/
      authcli jwks rotate --if-older-than 30d
      authcli jwks rotate --dry-run
      authcli jwks rotate --dry-run --format ics -o rotations.ics

    For cron, every hour: where nothing is due nothing is changed, and the exit code is
    0. In a pipe a line is printed for each thing that was done. A key signs no sooner
    than every verifier can know it: a next key waits for a recorded publication, by
    --publish or jwks publish, and then for the cache age.

    Exit codes: 0 done, or nothing due, 2 a bad flag, 7 no managed keys,
    9 no store, or its key-encryption key is not held.
    """
    from authcli.cli.jwks import _rotating

    asked = _rotating.Asked(alg, if_older_than, start, publish, dry_run, format, time)
    return _rotating.rotate(run, asked, store=store, actor=actor)
