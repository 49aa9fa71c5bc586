"""`authcli store rekey`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, DryRun, StoreUrl
from authcli.cli._run import Run

if TYPE_CHECKING:
    from authcli.cli.store._rekeying import Done
    from authcli.cli.store._rewrapping import Sealed
    from authcli.store import Store

app = new_single()


@command(app)
def rekey(
    run: Run,
    *,
    pepper: Annotated[bool, typer.Option("--pepper", help="The key of stored digests.")] = False,
    kek: Annotated[
        bool, typer.Option("--kek", help="The key that seals private signing keys.")
    ] = False,
    finish: Annotated[
        bool, typer.Option("--finish", help="Retire old peppers, when nothing needs them.")
    ] = False,
    dry_run: DryRun = False,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Make a new pepper or sealing key, and retire old ones.

    Examples:
      authcli store rekey --kek
      authcli store rekey --pepper
      authcli store rekey --pepper --dry-run
      authcli store rekey --pepper --finish

    --kek seals every private signing key under a new key at once, or changes nothing,
    and retires the old one. Only backups made before need that still. Where somebody
    may have had the store and its old key, rotate the signing keys too.

    --pepper: new API keys hang on the new pepper; each that exists moves to it at its
    next use, since its text is known only then. Recovery codes are used but once: they
    keep the old one until they are spent, or their name has new ones; refresh tokens
    until their time is over. Old peppers stay where they are held until --finish, which
    refuses while a living key, a code or a refresh token waits.

    Where a setting names the key's source (env:, cmd:), it is yours to write: add a
    key of `authcli key secret` after the old one there, then run this.

    Exit codes: 0 done, 8 something still hangs on an old pepper, 9 the source or the store
    cannot be written, or a private half cannot be opened.
    """
    from authcli.cli._delivery import check_delivery
    from authcli.cli._output import emit
    from authcli.cli._store import at_ms, opened
    from authcli.cli.store import _rekeying, _rewrapping
    from authcli.errors import InvalidInput

    if pepper == kek:
        which = "one root at a time" if pepper else "which root?"
        raise InvalidInput(which, hint="authcli store rekey --kek, or --pepper")
    if kek and finish:
        raise InvalidInput("--finish is for peppers", hint="--kek retires the old one at once")
    check_delivery(run, _rewrapping.MEMBERS if kek else _rekeying.MEMBERS, prints=False)
    with opened(run, store, write=not dry_run, actor=actor, create=False) as found:
        if kek:
            sealed = _sealed(found, dry_run=dry_run)
        else:
            done = _done(found, at_ms=at_ms(run), finish=finish, dry_run=dry_run)
    if kek:
        _rewrapping.tell(run, sealed)
        emit(
            run,
            _rewrapping.seal_facts(sealed),
            plain=_rewrapping.plain(sealed),
            human=lambda on: _rewrapping.page(sealed, colored=on),
        )
        return
    _rekeying.tell(run, done, finish=finish, dry_run=dry_run)
    emit(
        run,
        _rekeying.rekey_facts(done),
        plain=_rekeying.plain(done),
        human=lambda on: _rekeying.page(done, colored=on),
    )


def _sealed(store: Store, *, dry_run: bool) -> Sealed:
    """Seal the private halves anew, or try whether it can be done."""
    from authcli.cli.store._rewrapping import Sealed
    from authcli.store.upkeep import rewrapping

    made = None if dry_run else rewrapping.rekey_kek(store)
    halves = rewrapping.try_kek(store) if made is None else made.halves
    keks, places = rewrapping.keks_of(store), rewrapping.old_places(store)
    return Sealed(made, halves, keks, places, store.roots["kek"].name)


def _done(store: Store, *, at_ms: int, finish: bool, dry_run: bool) -> Done:
    """Make a pepper, or retire old ones, or only look."""
    from authcli.cli.store._rekeying import Done
    from authcli.store.upkeep import rekeying

    made, retired = None, tuple[int, ...]()
    if not dry_run and finish:
        retired = rekeying.finish_pepper(store, at_ms=at_ms)
    elif not dry_run:
        made = rekeying.rekey_pepper(store, at_ms=at_ms)
    places, peppers = rekeying.places_of(store, retired), rekeying.peppers_of(store, at_ms=at_ms)
    return Done(made, retired, places, peppers, store.roots["pepper"].name)
