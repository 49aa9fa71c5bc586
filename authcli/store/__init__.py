"""The store: where what authcli knows is kept, in SQLite or PostgreSQL.

    from authcli.store import open_store

    with open_store("sqlite:///srv/auth.db", create=True) as store:
        with store.change() as journal: …

    urls             where a store is
    store            Store, open_store
    identity         what a database is: a store, nothing yet, something else
    leftovers        what is left beside an SQLite store that is gone
    root_rows        which root keys a store has, and its first ones

    database         the seam between SQL and the engines
    sqlite           one of them; sqlite_files, sqlite_errors: its files, what its errors mean
    locks            who may write an SQLite store now
    postgres         the other; postgres_errors, parameters: what its errors mean, its values
    migrate          from nothing, or an older schema, to the newest
    schema/          the numbered files of SQL

    api_keys         API keys; fills `authcli.apikeys.repository`, with the next two
    api_key_changes  keys as people ask for them, and the writes that change them
    api_key_uses     what is written while a key is verified
    api_key_rows     what a row is in Python, and what becomes of a damaged one
    api_key_filters  which keys, in what order
    api_key_states   what a key's times make of it
    rate_buckets     hits against rates, counted in one statement

    one_time         codes, counters, recovery codes; fills `authcli.otp.repository`
    signing_keys     rings and keys; fills `authcli.signing.repository`
    tokens           what `authcli.revocation.repository` asks for: deny_marks, token_families
    fast_marks       deny marks from Redis (redis, redis_urls), or else from the store
    repositories     a repository a domain, made when it is first asked for

    audit            events, found and verified
    audit_journal    events, appended to their chain
    audit_rows       rows of the audit as they are, be they damaged
    audit_mirror     the copy of the chain's end outside

    upkeep/          status, backup, restore, copy, gc, rekey

Importing this loads no database's library: opening a store does, and only that of its engine.
"""

from authcli.store.database import Database
from authcli.store.migrate import migrate_store
from authcli.store.store import Store, open_store
from authcli.store.urls import locate, masked

__all__ = ["Database", "Store", "locate", "masked", "migrate_store", "open_store"]
