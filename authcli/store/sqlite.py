"""SQLite: one file beside its root keys, written by one at a time, read by all.

The file is opened by SQLite alone: closing any other descriptor of it would drop the locks that
this process holds on it (https://sqlite.org/howtocorrupt.html, section 2.2).
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path

from authcli.errors import Unavailable
from authcli.store import sqlite_errors
from authcli.store.database import Database, NotOurs, Row, not_ours
from authcli.store.locks import WriteLock
from authcli.store.sqlite_files import can_write, create_file, found_file, require_readable

__all__ = ["SQLite", "open_sqlite"]

#: Reads go through the page cache of the system, not through copies of ours.
MMAP_BYTES = 1 << 30
#: "acli": by it `file` and others see that this database is ours.
APPLICATION_ID = 0x61636C69
#: Of SQLite's virtual machine, between two looks at whether somebody wants it to stop.
_STEPS = 20_000

#: Foreign keys, and zeros over what is deleted; nothing that a file's schema says is executed.
_SETTINGS = f"""
PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON; PRAGMA synchronous=FULL;
PRAGMA trusted_schema=OFF; PRAGMA mmap_size={MMAP_BYTES};"""
# Unicode: a value that is no text, or the words of SQLite about a file that holds none.
_ERRORS = (sqlite3.Error, OverflowError, UnicodeError)
#: Connections that came with a fork, kept so that no garbage collection closes them here.
_ABANDONED: list[sqlite3.Connection] = []


def open_sqlite(path: Path, *, create: bool, read_only: bool, wait_seconds: float) -> SQLite:
    """Open the database of a file; `store.begin` says whether a store is in it.

    Args:
        path: as it was given; a link to a regular file is followed.
        create: make the file where there is none.
        read_only: refuse to write; a file that cannot be written is opened so by itself.
        wait_seconds: how long to wait for others that write.

    Raises:
        Unavailable: there is no such file, it cannot be opened, or is no database.
        InvalidInput: the path names a folder or a device.
    """
    file = found_file(path)
    if create and not read_only:
        create_file(file)
    require_readable(file)
    database = SQLite(file, read_only=read_only or not can_write(file), wait_seconds=wait_seconds)
    try:
        database.prepare()
    except BaseException:
        database.close()
        raise
    return database


class SQLite(Database):
    """A connection to an SQLite file."""

    engine = "sqlite"

    def __init__(self, path: Path, *, read_only: bool, wait_seconds: float) -> None:
        super().__init__(read_only=read_only, wait_seconds=wait_seconds)
        self.path = path
        self._write_lock = WriteLock(path.with_name(path.name + ".lock"))
        self._timeout = -1
        self._keeps_log = False
        self._was_read = False
        self._synchronous = "FULL"
        self._must_sync = False
        self._connection = self._connect()
        self._opened()

    def prepare(self) -> None:
        """See that it can be read; what is not known to be a store is not touched."""
        self._keeps_log = self.row("PRAGMA journal_mode") == ("wal",)
        self.row("SELECT 1 FROM sqlite_master")
        self._was_read = True

    def rows(self, sql: str, /, **values: object) -> list[Row]:
        """Return all rows of a query."""
        try:
            return self._connection.execute(sql, values).fetchall()
        except _ERRORS as error:
            raise self._meaning(error) from error

    def row(self, sql: str, /, **values: object) -> Row | None:
        """Return the first row of a query, or None."""
        try:
            found: Row | None = self._connection.execute(sql, values).fetchone()
        except _ERRORS as error:
            raise self._meaning(error) from error
        return found

    def stream(self, sql: str, /, **values: object) -> Iterator[Row]:
        """Yield the rows of a query in constant memory."""
        own = None if self._state else self._connect()
        try:
            # A chain has no `close`: a reader that stops early may do so after the store is closed,
            # and a cursor that is closed then raises where nobody can catch it.
            yield from chain((own or self._connection).execute(sql, values))
        except _ERRORS as error:
            raise self._meaning(error) from error
        finally:
            if own is not None:
                own.close()

    def copy_to(self, path: Path, *, watch: Callable[[], object] | None = None) -> None:
        """Write what is committed into an empty file, synced.

        Args:
            path: the file.
            watch: called now and then; what it raises, as a signal does, ends the work.
        """
        own = self._connect()
        ended: list[BaseException] = []

        def called() -> int:
            try:
                if watch is not None:
                    watch()
            except BaseException as error:  # noqa: BLE001  (sqlite3 would swallow it)
                ended.append(error)
            return len(ended)

        own.set_progress_handler(called, _STEPS)
        try:
            own.execute("VACUUM INTO ?", (str(path),))
            with path.open("rb+") as file:
                os.fsync(file.fileno())
        except sqlite3.Error as error:
            if ended or getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT:
                raise (ended or [KeyboardInterrupt()])[0] from None
            raise self._meaning(error) from error
        finally:
            own.close()

    def has_table(self, name: str) -> bool:
        """Say whether a table exists."""
        return bool(self.row("SELECT 1 FROM sqlite_master WHERE type='table' AND name=:n", n=name))

    def is_marked(self) -> bool:
        """Say whether the file bears authcli's mark."""
        return self.row("PRAGMA application_id") == (APPLICATION_ID,)

    def damaged(self, what: str) -> Unavailable:
        """Return what is wrong when the store in it lost something."""
        return sqlite_errors.damaged(self.path, what)

    def close(self) -> None:
        """Close the connection; what is not committed is undone."""
        if not isinstance(self._connection, NotOurs):
            self._connection.close()
        self._write_lock.close()

    def _run(self, sql: str, values: Mapping[str, object]) -> int:
        try:
            return self._connection.execute(sql, values).rowcount
        except _ERRORS as error:
            raise self._meaning(error) from error

    def _run_many(self, sql: str, rows: Iterable[Mapping[str, object]]) -> None:
        try:
            self._connection.executemany(sql, rows)
        except _ERRORS as error:
            raise self._meaning(error) from error

    def _connect(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                f"{self.path.as_uri()}?mode={'ro' if self.read_only else 'rw'}",
                uri=True,
                isolation_level=None,
                timeout=self._wait_seconds,
            )
        except sqlite3.Error as error:
            raise self._meaning(error) from error
        try:
            connection.executescript(_SETTINGS)
        except _ERRORS as error:
            connection.close()
            raise self._meaning(error) from error
        return connection

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Take our turn; what is left of the time is for SQLite's own lock."""
        end = time.monotonic() + self._wait_seconds
        if not self._write_lock.acquire(seconds=self._wait_seconds):
            raise sqlite_errors.locked(self.path, seconds=self._wait_seconds)
        try:
            self._set_timeout(max(0, int((end - time.monotonic()) * 10)) * 100)
            yield
        finally:
            self._write_lock.release()

    def _set_timeout(self, milliseconds: int) -> None:
        if self._timeout != milliseconds:
            self._run(f"PRAGMA busy_timeout={milliseconds}", {})
            self._timeout = milliseconds

    def _begin_writing(self, *, quick: bool) -> None:
        if not self._keeps_log:
            self._begin_log()
        wanted = "NORMAL" if quick else "FULL"
        self._must_sync = False
        if self._synchronous != wanted:
            self._run(f"PRAGMA synchronous={wanted}", {})
            self._synchronous = wanted
        self._run("BEGIN IMMEDIATE", {})

    def _begin_log(self) -> None:
        """Keep a write-ahead log from now on; a new database gets its mark."""
        self.row("PRAGMA journal_mode=WAL")  # a file system without shared memory keeps another
        self._keeps_log = True
        if not self.row("SELECT 1 FROM sqlite_master"):
            self._run(f"PRAGMA application_id={APPLICATION_ID}", {})

    def _begin_reading(self) -> None:
        self._run("BEGIN", {})
        self.row("SELECT 1 FROM sqlite_master")  # BEGIN alone shows no state yet

    def _make_durable(self) -> None:
        self._must_sync = True  # SQLite changes no setting inside a transaction

    def _commit(self) -> None:
        self._run("COMMIT", {})
        if self._must_sync:
            self._sync_log()

    def _sync_log(self) -> None:
        """Make a commit durable that began as one that need not be."""
        with suppress(FileNotFoundError):
            log = os.open(self.path.with_name(self.path.name + "-wal"), os.O_RDWR)
            try:
                os.fsync(log)
            finally:
                os.close(log)

    def _rollback(self) -> None:
        if self._connection.in_transaction:
            with suppress(sqlite3.Error):  # a full disk has undone it already
                self._connection.execute("ROLLBACK")

    def _not_writable(self) -> Exception:
        return sqlite_errors.read_only(self.path)

    def _abandon(self) -> None:
        if not isinstance(self._connection, NotOurs):
            _ABANDONED.append(self._connection)
            self._connection = NotOurs()  # type: ignore[assignment]  # raises for any attribute
            self._write_lock.close()

    def _meaning(self, error: Exception) -> Exception:
        if isinstance(error, sqlite3.ProgrammingError) and "thread" in str(error):
            return not_ours("thread")
        found = sqlite_errors.meaning(error, path=self.path, seconds=self._wait_seconds)
        if self.holds_store and getattr(found, "code", "") == "store.foreign":
            return self.damaged(str(error)[:80])
        if (
            isinstance(found, Unavailable)
            and found.code == "store.read-only"
            and not self._was_read
        ):
            return sqlite_errors.no_shared_memory(self.path)
        return found
