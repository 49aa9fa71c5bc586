"""`authcli store gc`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, DryRun, StoreUrl, Yes
from authcli.cli._run import Run
from authcli.cli.store._common import some

if TYPE_CHECKING:
    from authcli.store.upkeep.collecting import Dead

app = new_single()

#: A member of `Dead` -> what people call it.
_NOUNS = {
    "signing": "signing key",
    "denied": "denial",
    "issued": "issued token",
    "families": "family",
    "refreshes": "refresh token",
    "usage": "roll-up",
    "buckets": "rate",
}


@command(app)
def gc(
    run: Run,
    *,
    older_than: Annotated[
        str, typer.Option("--older-than", metavar="DURATION", help="Keep what is dead so long.")
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
    their usage; signing keys that retired, refresh tokens and families, and records
    of issued tokens that ended as long ago; denials whose tokens are all dead;
    roll-ups of usage older than a year; states of rate limits whose time is over.
    Stays: the audit, which names each deleted key and knows it by its text as before;
    compromised signing keys, which are never taken in again.

    Exit codes: 0 done, or nothing was dead; 9 the store cannot be written.
    """
    from authcli.cli._messages import note
    from authcli.cli._output import emit
    from authcli.cli._prompt import confirm
    from authcli.cli._store import at_ms, opened
    from authcli.cli._times import duration_of
    from authcli.cli.store._common import bar
    from authcli.store.upkeep import collecting

    retention_ms = duration_of("--older-than", older_than) * 1000
    with opened(run, store, write=not dry_run, actor=actor, create=False) as found:
        at = at_ms(run)
        dead = collecting.dead_rows(found, at_ms=at, retention_ms=retention_ms)
        changed = bool(dead.total) and not dry_run
        if changed:
            confirm(run, f"delete {_in_words(dead)}?", yes=yes)
            with bar(run) as tell:
                dead = collecting.collect(found, at_ms=at, retention_ms=retention_ms, progress=tell)
        vacuumed = vacuum and not dry_run and collecting.vacuum(found)
        if vacuum and not (vacuumed or dry_run):
            note(run, "PostgreSQL gives room back by itself")
    verb = "would delete" if dry_run else "deleted"
    line = f"{verb} {_in_words(dead)}" if dead.total else "nothing is dead"
    facts = {
        "keys": dict(dead.keys),
        **dead.counts,
        "total": dead.total,
        "older_than_seconds": retention_ms // 1000,
        "vacuumed": vacuumed,
        "changed": changed,
    }
    emit(run, facts, plain=line)


def _in_words(dead: Dead) -> str:
    words = []
    if number := sum(dead.keys.values()):
        why = ", ".join(f"{count:,} {reason}" for reason, count in dead.keys.items())
        words.append(f"{some(number, 'API key')} ({why})")
    words += [some(dead.counts[kind], noun) for kind, noun in _NOUNS.items() if dead.counts[kind]]
    return ", ".join(words)
