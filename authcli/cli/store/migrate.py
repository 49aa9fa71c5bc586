"""`authcli store migrate`."""

from __future__ import annotations

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, DryRun, StoreUrl
from authcli.cli._run import Run

app = new_single()


@command(app)
def migrate(
    run: Run, *, dry_run: DryRun = False, store: StoreUrl = None, actor: Actor = None
) -> None:
    """Bring an older store to the newest schema.

    Examples:
      authcli store migrate --dry-run
      authcli store migrate
      authcli store migrate --store postgresql://auth@db/auth

    All of it happens in one transaction, after an SQLite store was copied to a file
    beside it; PostgreSQL is left to your own backup. A store of a newer schema than this
    authcli knows is refused, and one of the newest left as it is.

    Exit codes: 0 done, or there was nothing to do; 9 newer, or it cannot be written.
    """
    from authcli.cli._messages import note
    from authcli.cli._output import emit
    from authcli.cli._store import side_folder, store_place
    from authcli.store import masked, migrate_store

    place = store_place(run, store, actor=actor)
    done = migrate_store(
        place.url,
        dry_run=dry_run,
        roots=place.roots,
        side_folder=side_folder(),
        actor=place.actor,
        process=place.process,
    )
    pending = done.before != done.after
    if done.backup is not None and pending and not dry_run:
        note(run, f"what was there is in {done.backup}")
    facts = {
        "store": masked(place.url),
        "from": done.before,
        "to": done.after,
        "backup": str(done.backup) if done.backup else None,
        "changed": pending and not dry_run,
    }
    verb = "would migrate" if dry_run else "migrated"
    same = f"schema {done.after} is the newest: nothing to do"
    emit(run, facts, plain=f"{verb} schema {done.before} to {done.after}" if pending else same)
