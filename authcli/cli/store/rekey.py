"""`authcli store rekey`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, DryRun, StoreUrl
from authcli.cli._run import Run

app = new_single()


@command(app)
def rekey(
    run: Run,
    *,
    pepper: Annotated[bool, typer.Option("--pepper", help="The key of stored digests.")] = False,
    kek: Annotated[
        bool, typer.Option("--kek", help="The key that seals secrets; none is sealed yet.")
    ] = False,
    finish: Annotated[
        bool, typer.Option("--finish", help="Retire the old ones, when nothing needs them.")
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
    since its text is known only then. Recovery codes are used but once: they keep the
    old one until they are spent, or their name has new ones. Old peppers stay where
    they are held until --finish, which refuses while a living key or a code waits.

    Where a setting names the pepper's source (env:, cmd:), it is yours to write: add a
    key of `authcli key secret` after the old one there, then run this.

    Exit codes: 0 done, 8 living keys or codes still wait, 9 the source or the store cannot be
    written, or --kek: this version keeps nothing that is sealed with it.
    """
    from authcli.cli._output import emit
    from authcli.cli._store import at_ms, opened
    from authcli.cli.store._rekeying import Done, page, plain, rekey_facts, tell
    from authcli.errors import InvalidInput, Unavailable
    from authcli.store.upkeep import rekeying

    if kek:
        raise Unavailable(
            "nothing is sealed with the kek in this version",
            hint="the pepper of API keys: authcli store rekey --pepper",
            code="store.kek-unused",
        )
    if not pepper:
        raise InvalidInput("which root?", hint="authcli store rekey --pepper")
    with opened(run, store, write=not dry_run, actor=actor, create=False) as found:
        at = at_ms(run)
        made, retired = None, tuple[int, ...]()
        if not dry_run and finish:
            retired = rekeying.finish_pepper(found, at_ms=at)
        elif not dry_run:
            made = rekeying.rekey_pepper(found, at_ms=at)
        done = Done(
            made,
            retired,
            rekeying.places_of(found, retired),
            rekeying.peppers_of(found, at_ms=at),
            found.roots["pepper"].name,
        )
    tell(run, done, finish=finish, dry_run=dry_run)
    emit(run, rekey_facts(done), plain=plain(done), human=lambda on: page(done, colored=on))
