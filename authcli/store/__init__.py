"""The store: where what authcli knows is kept, in SQLite or PostgreSQL.

    from authcli.store import open_store

    with open_store("sqlite:///srv/auth.db", create=True) as store:
        with store.change() as journal: …

    urls        where a store is
    store       Store, open_store
    database    the seam between SQL and the engines: sqlite, postgres
    locks       who may write an SQLite store now
    migrate     from nothing, or an older schema, to the newest
    api_keys    API keys; fills `authcli.apikeys.repository`
    audit       events and their chain

Importing this loads no database's library: opening a store does, and only that of its engine.
"""

from authcli.store.database import Database
from authcli.store.store import Store, migrate_store, open_store
from authcli.store.urls import locate, masked

__all__ = ["Database", "Store", "locate", "masked", "migrate_store", "open_store"]
