"""Store: a database, its root keys, and what is kept in it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from authcli.roots import ROOTS, RootKeys
from authcli.store.database import Database
from authcli.store.identity import identified
from authcli.store.leftovers import lost, nothing_in, refuse_lost
from authcli.store.migrate import NEWEST, bring_up, require_newest, schema_number
from authcli.store.repositories import Repositories
from authcli.store.root_rows import FROM_THE_START, default_source, establish, root_rows
from authcli.store.urls import Location, locate

if TYPE_CHECKING:
    from authcli.audit.journal import Journal
    from authcli.roots import RootSource
    from authcli.store.audit import AuditLog
    from authcli.store.audit_journal import ChainJournal

__all__ = ["Store", "open_database", "open_store"]


def open_store(
    url: str,
    *,
    create: bool = False,
    read_only: bool = False,
    older: bool = False,
    roots: Mapping[str, RootSource] | None = None,
    side_folder: Path | None = None,
    actor: str = "library",
    process: str = "",
    request_id: str | None = None,
    wait_seconds: float = 5.0,
) -> Store:
    """Open a store.

    Args:
        url: `sqlite:///path`, a path, or `postgresql://…`; see `authcli.store.urls`.
        create: make it where there is none.
        read_only: refuse to write; a file that cannot be written is opened so by itself.
        older: take one of an older schema too, or an empty database; only to migrate it.
        roots: names of `authcli.roots.ROOTS` -> where their keys are held; by default files
            beside an SQLite database, and in `side_folder` for PostgreSQL.
        side_folder: where files are kept that belong to a store without a file of its own.
        actor: who acts, for the audit: "alice@host".
        process: what acts, for the audit: "authcli apikey issue [4711]".
        request_id: the same for all events of one command or request; by default a new one.
        wait_seconds: how long to wait for others that write.

    Raises:
        InvalidInput: the URL is none of a store ("store.url"), or who acts holds an API key.
        Unavailable: there is no store ("store.missing"), or it cannot be used as it is:
            "store.older", "store.newer", "store.corrupt", "store.locked", "store.read-only",
            "store.full", "store.unreachable", "store.foreign", "store.extra".
    """
    location = locate(url)
    if max(map(len, (actor, process, request_id or ""))) > 60:
        from authcli.store.audit_journal import refuse_keys

        refuse_keys(actor=actor, process=process, request_id=request_id or "")
    create = create and not read_only
    if create and location.path is not None and not os.path.lexists(location.path):
        refuse_lost(location.path)
    store = Store(
        open_database(location, create=create, read_only=read_only, wait_seconds=wait_seconds),
        location,
        roots=roots or {},
        side_folder=side_folder,
        actor=actor,
        process=process,
        request_id=request_id,
    )
    try:
        store.begin(create=create, older=older)
    except BaseException:
        store.close()
        raise
    return store


class Store(Repositories):
    """An open store; it belongs to one thread of one process. Made by `open_store`.

    Attributes:
        database: for SQL.
        engine: "sqlite" or "postgresql".
        url: its URL without a password.
        path: an SQLite store's file, links followed; None for PostgreSQL.
        store_id: what it is called in the names of files beside it, a UUID.
        actor, process, request_id: who acts, for the audit.
    """

    def __init__(
        self,
        database: Database,
        location: Location,
        *,
        roots: Mapping[str, RootSource],
        side_folder: Path | None,
        actor: str,
        process: str,
        request_id: str | None,
    ) -> None:
        self.database = database
        self.engine = location.engine
        self.url = location.masked
        self.path: Path | None = getattr(database, "path", None)
        self.store_id = ""
        self.side_folder = side_folder
        self.actor = actor
        self.process = process
        self.request_id = request_id or os.urandom(16).hex()
        self._given_roots = roots
        self._roots: dict[str, RootSource] | None = None
        self._root_keys: dict[str, RootKeys] = {}
        self._audit: AuditLog | None = None
        self._journal: ChainJournal | None = None

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written."""
        return self.database.read_only

    @property
    def folder(self) -> Path | None:
        """The folder of the files that belong to it; None where it has none."""
        if self.path is not None:
            return self.path.parent
        return None if self.side_folder is None else self.side_folder / self.store_id

    def beside(self, suffix: str) -> Path | None:
        """Return the path of a file that belongs to this store.

        Args:
            suffix: what it adds to an SQLite database's name (".audit-head"); elsewhere, without
                the dot, its name in the folder of this store.
        """
        if self.path is not None:
            return self.path.with_name(self.path.name + suffix)
        folder = self.folder
        return None if folder is None else folder / suffix[1:]

    @property
    def roots(self) -> Mapping[str, RootSource]:
        """Where the keys of each root are held."""
        if self._roots is None:
            self._roots = {
                name: self._given_roots.get(name) or default_source(name, self.beside(root.suffix))
                for name, root in ROOTS.items()
            }
        return self._roots

    def root_keys(self, root: str) -> RootKeys:
        """Return the keys of one root; none is read before it is needed."""
        keys = self._root_keys.get(root)
        if keys is None:
            keys = self._root_keys[root] = RootKeys(
                root, rows=lambda: root_rows(self.database, root), source=self.roots[root]
            )
        return keys

    @property
    def peppers(self) -> RootKeys:
        """The keys of the root "pepper"."""
        return self.root_keys("pepper")

    @property
    def audit(self) -> AuditLog:
        """What was changed by whom."""
        if self._audit is None:
            from authcli.store.audit import AuditLog

            self._audit = AuditLog(
                self.database,
                keys=self.root_keys("audit"),
                mirror=self.beside(".audit-head"),
                actor=self.actor,
                process=self.process,
                request_id=self.request_id,
            )
        return self._audit

    @property
    def warnings(self) -> list[str]:
        """What went wrong beside changes that are committed; see `AuditLog`."""
        return [] if self._audit is None else self._audit.warnings

    @contextmanager
    def change(self) -> Iterator[Journal]:
        """Begin a change: one transaction, with the events recorded in it, or nothing.

        The copy of the audit's head follows after the commit, before anybody else may write; what
        is wrong with that copy is said in `audit.warnings`. Inside another change it is a part of
        that, with the same journal: if it raises, this part is undone, its events with it.
        """
        journal = self._journal
        if journal is not None:
            recorded = len(journal)
            try:
                with self.database.writing():
                    yield journal
            except BaseException:
                journal.drop_after(recorded)
                raise
            return
        with self.database.writing():
            establish(self, FROM_THE_START)
            journal = self._journal = self.audit.journal()
            try:
                yield journal
                journal.write()
            finally:
                self._journal = None

    def establish(self, root: str) -> None:
        """Give the store a first key of a root, if it has none; inside `change`."""
        establish(self, (root,))

    def begin(self, *, create: bool, older: bool) -> None:
        """Read what store this is, or make it; once, by `open_store`."""
        found = identified(self.database, name=self.url)
        if found is None and self.path is not None and lost(self.path):
            # The head is copied after its commit: whoever sees the copy sees a store, or a loss.
            found = identified(self.database, name=self.url)
            if found is None:
                refuse_lost(self.path)
        number = schema_number(found)
        if number == 0:
            if create:
                bring_up(self)
                found = identified(self.database, name=self.url)
                number = schema_number(found)
            elif older:
                return
            else:
                raise nothing_in(self.url)
        if not older or number > NEWEST:
            require_newest(number, name=self.url)
        self.identify(found)
        self.database.holds_store = True

    def identify(self, found: Mapping[str, str] | None) -> None:
        """Take over which store it is, from the rows of its table meta."""
        self.store_id = (found or {})["store_id"]
        if self.path is None:  # the folder of its files is named for it
            self._roots, self._root_keys, self._audit = None, {}, None

    def close(self) -> None:
        """Close it; what was not committed is undone."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Store({self.url!r})"


def open_database(
    location: Location, *, create: bool, read_only: bool = False, wait_seconds: float = 5.0
) -> Database:
    """Open a location with its engine, whose library is loaded here; see `open_store`."""
    if location.path is not None:
        from authcli.store.sqlite import open_sqlite

        return open_sqlite(
            location.path, create=create, read_only=read_only, wait_seconds=wait_seconds
        )
    from authcli.store.postgres import open_postgres

    return open_postgres(location, read_only=read_only, wait_seconds=wait_seconds)
