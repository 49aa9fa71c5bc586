"""`authcli store init`."""

from __future__ import annotations

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, StoreUrl
from authcli.cli._run import Run

app = new_single()


@command(app)
def init(run: Run, *, store: StoreUrl = None, actor: Actor = None) -> None:
    """Make a store, and its root keys.

    Examples:
      authcli store init
      authcli store init --store sqlite:///srv/auth/auth.db
      authcli store init --store postgresql://auth@db/auth

    A store that is there is left as it is. The root keys (the pepper of API keys, the
    audit's key) are made in files of mode 0600 beside an SQLite store, and in your data
    folder for PostgreSQL; a setting may name another source (authcli help environment).

    Exit codes: 0 made, or there already; 9 it cannot be made.
    """
    from authcli.cli._messages import note
    from authcli.cli._output import emit
    from authcli.cli._store import open_place, store_place
    from authcli.cli.store._common import root_files, warn_of_audit
    from authcli.errors import Unavailable

    place = store_place(run, store, actor=actor)
    changed = False
    try:
        with open_place(run, place, write=True, create=False):
            pass
    except Unavailable as error:
        if error.code != "store.missing":
            raise
        changed = True
    with open_place(run, place, write=True, create=True) as found:
        files = root_files(found)
        warn_of_audit(run, found)
        note(run, f"made {found.url}" if changed else f"{found.url} is there already")
        if changed and files:
            note(run, f"its root keys are in {', '.join(files)}: back them up too, elsewhere")
        facts = {
            "store": found.url,
            "engine": found.engine,
            "store_id": found.store_id,
            "root_files": files,
            "changed": changed,
        }
    emit(run, facts, plain=None)
