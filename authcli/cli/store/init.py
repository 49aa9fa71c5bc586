"""`authcli store init`."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, StoreUrl, Yes
from authcli.cli._run import Run

if TYPE_CHECKING:
    from pathlib import Path

    from authcli.cli._store import Place

app = new_single()


@command(app)
def init(run: Run, *, yes: Yes = False, store: StoreUrl = None, actor: Actor = None) -> None:
    """Make a store, and its root keys.

    Examples:
      authcli store init
      authcli store init --store sqlite:///srv/auth/auth.db
      authcli store init --store postgresql://auth@db/auth

    A store that is there is left as it is. The root keys (the pepper of API keys, the
    audit's key) are made in files of mode 0600 beside an SQLite store, and in your data
    folder for PostgreSQL; a setting may name another source (authcli help environment).

    Root keys that are there already are taken over. Where the copy of an audit's end is
    there too, a store was lost: put back a backup, or say yes to a new one; the copy is
    kept under another name.

    Exit codes: 0 made, or there already; 9 it cannot be made.
    """
    from authcli.cli._messages import note
    from authcli.cli._output import emit
    from authcli.cli._store import store_place
    from authcli.cli._text import visible
    from authcli.errors import Unavailable

    place = store_place(run, store, actor=actor)
    try:
        facts = _opened(run, place, create=False)
    except Unavailable as error:
        if error.code != "store.missing":
            raise
        with _cleared(run, place, yes=yes) as kept:
            facts = _opened(run, place, create=True)
        for file in kept:
            note(run, f"what was there is in {visible(str(file))}")
    emit(run, facts, plain=None)


def _cleared(run: Run, place: Place, *, yes: bool) -> AbstractContextManager[list[Path]]:
    """Say what a lost store left, ask where it was one, and clear the place for a new one.

    Returns:
        Gives, inside, the files that were moved out of the way.
    """
    from authcli.cli._messages import note
    from authcli.cli._prompt import confirm
    from authcli.cli._text import visible
    from authcli.cli.store._common import stamp
    from authcli.store.leftovers import begun_anew, lost, was_store
    from authcli.store.urls import locate

    path = locate(place.url).path
    found = lost(path) if path is not None else []
    if path is None or not found:
        return nullcontext([])
    names = visible(", ".join(file.name for file in found))
    if was_store(path):
        note(run, f"the database is gone; what belongs to it is there: {names}")
        question = "make a new store, in which no key is known that was issued before?"
        confirm(run, question, yes=yes or run.force)
    else:
        note(run, f"root keys that are there are taken over: {names}")
    return begun_anew(path, aside=f".lost-{stamp()}")


def _opened(run: Run, place: Place, *, create: bool) -> dict[str, Any]:
    """Open the store that is there, or make one, and say what it is."""
    from authcli.cli._messages import note
    from authcli.cli._store import open_place
    from authcli.cli.store._common import root_files

    with open_place(run, place, write=True, create=create) as found:
        files = root_files(found)
        note(run, f"made {found.url}" if create else f"{found.url} is there already")
        if create and files:
            note(run, f"its root keys are in {', '.join(files)}: back them up too, elsewhere")
        return {
            "store": found.url,
            "engine": found.engine,
            "store_id": found.store_id,
            "root_files": files,
            "changed": create,
        }
