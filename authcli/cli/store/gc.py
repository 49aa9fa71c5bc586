"""`authcli store gc`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, DryRun, StoreUrl, Yes
from authcli.cli._run import Run

if TYPE_CHECKING:
    from authcli.store.collecting import Dead

app = new_single()


@command(app)
def gc(
    run: Run,
    *,
    older_than: Annotated[
        str, typer.Option("--older-than", metavar="DURATION", help="Keep dead keys so long.")
    ] = "90d",
    vacuum: Annotated[
        bool, typer.Option("--vacuum", help="Give the room back to the disk; slow.")
    ] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Delete what has been dead for long.

    Examples:
      authcli store gc --dry-run
      authcli store gc --older-than 1y
      authcli store gc --yes --vacuum

    Goes: API keys that were revoked or expired longer ago than --older-than, with
    their usage; roll-ups of usage older than a year; states of rate limits whose time
    is over. Stays: the audit, which knows a deleted key by its text as before.

    Exit codes: 0 done, or nothing was dead; 9 the store cannot be written.
    """
    from authcli.cli._output import emit
    from authcli.cli._prompt import confirm
    from authcli.cli._store import at_ms, opened
    from authcli.cli.store._common import bar, warn_of_audit
    from authcli.clock import parse_duration
    from authcli.store import collecting

    retention_ms = parse_duration(older_than) * 1000
    with opened(run, store, write=not dry_run, actor=actor, create=False) as found:
        at = at_ms(run)
        dead = collecting.dead_rows(found, at_ms=at, retention_ms=retention_ms)
        changed = bool(dead.total) and not dry_run
        if changed:
            confirm(run, f"delete {_in_words(dead)}?", yes=yes)
            with bar(run) as tell:
                dead = collecting.collect(found, at_ms=at, retention_ms=retention_ms, progress=tell)
            warn_of_audit(run, found)
        if vacuum and not dry_run:
            collecting.vacuum(found)
    verb = "would delete" if dry_run else "deleted"
    line = f"{verb} {_in_words(dead)}" if dead.total else "nothing is dead"
    facts = {
        "keys": dict(dead.keys),
        "usage": dead.usage,
        "buckets": dead.buckets,
        "total": dead.total,
        "older_than_seconds": retention_ms // 1000,
        "vacuumed": vacuum and not dry_run,
        "changed": changed,
    }
    emit(run, facts, plain=line)


def _in_words(dead: Dead) -> str:
    number = sum(dead.keys.values())
    words = []
    if number:
        why = ", ".join(f"{some:,} {reason}" for reason, some in dead.keys.items())
        words.append(f"{number:,} API key{'s' * (number != 1)} ({why})")
    for some, noun in ((dead.usage, "roll-up"), (dead.buckets, "rate")):
        if some:
            words.append(f"{some:,} {noun}{'s' * (some != 1)}")
    return ", ".join(words)
