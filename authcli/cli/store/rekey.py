"""`authcli store rekey`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, DryRun, StoreUrl
from authcli.cli._run import Run

if TYPE_CHECKING:
    from authcli.store.rekeying import Rekeyed

app = new_single()


@command(app)
def rekey(
    run: Run,
    *,
    pepper: Annotated[bool, typer.Option("--pepper", help="The key of API keys' digests.")] = False,
    finish: Annotated[
        bool, typer.Option("--finish", help="Retire the old ones, when no living key needs them.")
    ] = False,
    dry_run: DryRun = False,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Make a new pepper, and retire old ones.

    Examples:
      authcli store rekey --pepper
      authcli store rekey --pepper --dry-run
      authcli store rekey --pepper --finish

    New API keys hang on the new pepper; each that exists moves to it at its next use,
    since its text is known only then. Old peppers stay where they are held until
    --finish, which refuses while a living key waits.

    Where a setting names the pepper's source (env:, cmd:), it is yours to write: add a
    key of `authcli key secret` after the old one there, then run this.

    Exit codes: 0 done, 8 living keys still wait, 9 the source or the store cannot be
    written.
    """
    from authcli.cli._messages import note
    from authcli.cli._output import emit
    from authcli.cli._store import at_ms, opened
    from authcli.cli.store._common import warn_of_audit
    from authcli.errors import InvalidInput
    from authcli.store import rekeying

    if not pepper:
        raise InvalidInput("which root?", hint="authcli store rekey --pepper")
    with opened(run, store, write=not dry_run, actor=actor, create=False) as found:
        at = at_ms(run)
        retired: tuple[int, ...] = ()
        made = None
        if not dry_run and finish:
            retired = rekeying.finish_pepper(found, at_ms=at)
        elif not dry_run:
            made = rekeying.rekey_pepper(found, at_ms=at)
        warn_of_audit(run, found)
        peppers = rekeying.peppers_of(found, at_ms=at)
        source = found.roots["pepper"].name
    waiting = sum(one.living for one in peppers if one.state == "verify_only")
    if made is not None:
        _tell_made(run, made, source)
    elif dry_run and not finish:
        living = sum(one.living for one in peppers)
        note(run, f"would make a new pepper; {_wait(living)} for the next use under it")
    elif retired:
        ids = ", ".join(map(str, retired))
        note(run, f"retired pepper {ids}; it may be removed from {source}")
    elif finish and not waiting:
        note(run, "there is no old pepper")
    emit(
        run,
        {
            "root": "pepper",
            "peppers": [one._asdict() for one in peppers],
            "waiting": waiting,
            "retired": list(retired),
            "source": source,
            "changed": made is not None or bool(retired),
        },
        plain="\n".join(f"{one.id}\t{one.state}\t{one.living}" for one in peppers),
    )


def _tell_made(run: Run, made: Rekeyed, source: str) -> None:
    from authcli.cli._messages import note

    where = "found in" if made.found else "added to"
    note(run, f"pepper {made.key_id} is active; {where} {source}")
    if made.waiting:
        note(run, f"{_wait(made.waiting)} for the next use under it")
    else:
        note(run, "no living key hangs on the old one: authcli store rekey --pepper --finish")


def _wait(number: int) -> str:
    return f"{number:,} API key{'s wait' if number != 1 else ' waits'}"
