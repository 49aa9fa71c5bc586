"""PostgreSQL 12 or later, through psycopg 3.

Transactions that write take one lock of the server, which it hands out in the order of asking: two
that read, compute and write at once would otherwise lose one of the two. The lock ends with its
transaction, so poolers that share connections between transactions work, and a lost connection
leaves no lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any

from authcli.errors import Unavailable
from authcli.store.database import Database, NotOurs, Row
from authcli.store.parameters import for_psycopg
from authcli.store.urls import Location

try:
    import psycopg
    from psycopg.adapt import Loader
    from psycopg.conninfo import conninfo_to_dict, make_conninfo
    from psycopg.pq import TransactionStatus
    from psycopg.types.numeric import Int8Dumper
except ImportError as error:
    raise Unavailable(
        "the library for PostgreSQL is not installed",
        hint='pip install "authcli[postgres]"',
        code="store.extra",
    ) from error

from authcli.store import postgres_errors

__all__ = ["Postgres", "open_postgres"]

#: What a URL may say otherwise: no connection hangs for ever, not even a dead one.
_DEFAULTS = {
    "connect_timeout": "5",
    "application_name": "authcli",
    "client_encoding": "utf8",
    "keepalives_idle": "30",
    "tcp_user_timeout": "15000",
}
_OLDEST = 120000
_ERRORS = (psycopg.Error, UnicodeError)
_AT_ONCE = 2000
#: "acli", and the schema: stores in two schemas of one database do not wait for each other.
_LOCK = (
    "SELECT pg_advisory_xact_lock(1633905769,"
    " ('x' || left(md5(coalesce(current_schema(), '')), 8))::bit(32)::int)"
)
#: to_regclass would answer from a cache, which a transaction that has waited has not renewed.
_HAS_TABLE = (
    "SELECT 1 FROM pg_catalog.pg_class WHERE relname = :name AND relkind IN ('r', 'p')"
    " AND pg_catalog.pg_table_is_visible(oid)"
)
_CAN_WRITE = """
SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'
  OR NOT coalesce(has_table_privilege(to_regclass('rate_buckets'), 'INSERT'), true)"""


def open_postgres(location: Location, *, read_only: bool, wait_seconds: float) -> Postgres:
    """Connect to a database; `store.begin` says whether a store is in it.

    Raises:
        InvalidInput: the URL cannot be read ("store.url").
        Unavailable: no connection ("store.unreachable"), or a server that is too old.
    """
    database = Postgres(location, read_only=read_only, wait_seconds=wait_seconds)
    try:
        database.prepare()
    except BaseException:
        database.close()
        raise
    return database


class Postgres(Database):
    """A connection to a PostgreSQL database."""

    engine = "postgresql"

    def __init__(self, location: Location, *, read_only: bool, wait_seconds: float) -> None:
        super().__init__(read_only=read_only, wait_seconds=wait_seconds)
        self.location = location
        self._streams = 0
        self._connection = self._connect()
        self._opened()

    def prepare(self) -> None:
        """See whether the server is one that we know, and whether it can be written."""
        if self._connection.info.server_version < _OLDEST:
            raise Unavailable(
                f"{self.location.masked} is older than PostgreSQL 12",
                hint="use a newer server",
                code="store.unreachable",
            )
        self.read_only = self.read_only or self.row(_CAN_WRITE) == (True,)

    def rows(self, sql: str, /, **values: object) -> list[Row]:
        """Return all rows of a query."""
        try:
            return self._execute(sql, values).fetchall()
        except _ERRORS as error:
            raise self._meaning(error) from error

    def row(self, sql: str, /, **values: object) -> Row | None:
        """Return the first row of a query, or None."""
        try:
            return self._execute(sql, values).fetchone()
        except _ERRORS as error:
            raise self._meaning(error) from error

    def stream(self, sql: str, /, **values: object) -> Iterator[Row]:
        """Yield the rows of a query in constant memory, by a cursor of the server."""
        own = None if self._state else self._connect()
        connection = own or self._connection
        self._streams += 1
        try:
            if own is not None:
                own.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            with connection.cursor(f"stream_{self._streams}") as cursor:
                cursor.itersize = _AT_ONCE
                text, given = for_psycopg(sql, values)
                yield from cursor.execute(text, given)
        except _ERRORS as error:
            raise self._meaning(error) from error
        finally:
            if own is not None:
                own.close()

    def one_statement(self, sql: str, /, **values: object) -> Row | None:
        """Run one statement that writes and returns a row, under no lock but the row's."""
        if self.read_only:
            raise self._not_writable()
        return self.row(sql, **values)

    def quick_statement(self, sql: str, /, **values: object) -> Row | None:
        """Run one statement as `one_statement` does."""
        return self.one_statement(sql, **values)

    def has_table(self, name: str) -> bool:
        """Say whether a table exists, in the first schema of the search path that has one."""
        return self.row(_HAS_TABLE, name=name) is not None

    def damaged(self, what: str) -> Unavailable:
        """Return what is wrong when the store in it lost something."""
        return postgres_errors.damaged(self.location, what)

    def close(self) -> None:
        """Close the connection; what is not committed is undone."""
        with suppress(psycopg.Error, Unavailable):
            self._connection.close()

    def _execute(self, sql: str, values: Mapping[str, object]) -> psycopg.Cursor[Row]:
        if self._connection.closed and not self._state:
            self._connection = self._connect()  # the server was restarted since
        text, given = for_psycopg(sql, values)
        return self._connection.execute(text, given)

    def _run(self, sql: str, values: Mapping[str, object]) -> int:
        try:
            return self._execute(sql, values).rowcount
        except _ERRORS as error:
            raise self._meaning(error) from error

    def _run_many(self, sql: str, rows: Iterable[Mapping[str, object]]) -> None:
        text, _ = for_psycopg(sql, {"": None})
        try:
            with self._connection.cursor() as cursor:
                cursor.executemany(text, rows)
        except _ERRORS as error:
            raise self._meaning(error) from error

    def _connect(self) -> psycopg.Connection[Row]:
        try:
            given = conninfo_to_dict(self.location.url)
        except psycopg.Error:  # its message repeats the URL, password included
            raise postgres_errors.unreadable_url(self.location) from None
        try:
            missing = {name: value for name, value in _DEFAULTS.items() if name not in given}
            connection: psycopg.Connection[Row] = psycopg.connect(
                make_conninfo(self.location.url, **missing), autocommit=True
            )
        except psycopg.Error as error:
            raise postgres_errors.no_connection(
                error, location=self.location, password=str(given.get("password") or "")
            ) from None
        connection.adapters.register_dumper(int, Int8Dumper)
        connection.adapters.register_loader("numeric", _WholeNumber)
        return connection

    def _lock(self) -> AbstractContextManager[None]:
        return nullcontext()  # taken with the transaction, and released by its end

    def _begin_writing(self, *, quick: bool) -> None:
        # One journey for all of it; the time is bounded for the locks of rows too. Whatever is the
        # server's default: at another level we would see what was before we waited.
        milliseconds = max(1, int(self._wait_seconds * 1000))
        fast = "SET LOCAL synchronous_commit = off; " if quick else ""
        begin = "BEGIN ISOLATION LEVEL READ COMMITTED"
        self._run(f"{begin}; SET LOCAL lock_timeout = {milliseconds}; {fast}{_LOCK}", {})

    def _begin_reading(self) -> None:
        self._run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", {})

    def _commit(self) -> None:
        if self._connection.info.transaction_status == TransactionStatus.INERROR:
            raise RuntimeError("a statement failed, so COMMIT would undo the transaction silently")
        try:
            self._connection.execute("COMMIT")
        except psycopg.Error as error:
            if self._connection.closed:
                raise postgres_errors.lost_commit(self.location) from error
            raise self._meaning(error) from error

    def _rollback(self) -> None:
        if not self._connection.closed:
            with suppress(psycopg.Error):
                self._connection.execute("ROLLBACK")

    def _make_durable(self) -> None:
        self._run("SET LOCAL synchronous_commit = on", {})

    def _abandon(self) -> None:
        # psycopg knows by itself that it may not end a connection of another process.
        self._connection = NotOurs()  # type: ignore[assignment]  # raises for any attribute

    def _not_writable(self) -> Exception:
        return postgres_errors.read_only(self.location)

    def _meaning(self, error: Exception) -> Exception:
        found = postgres_errors.meaning(
            error,
            location=self.location,
            lost=self._connection.closed,
            seconds=self._wait_seconds,
        )
        if self.holds_store and getattr(found, "code", "") == "store.foreign":
            return self.damaged(" ".join(str(error).split("LINE")[0].split())[:80])
        return found


class _WholeNumber(Loader):
    """PostgreSQL's sums of BIGINT are of another type, NUMERIC; SQLite's are integers."""

    def load(self, data: Any) -> int | float:
        text = bytes(data)
        return float(text) if b"." in text else int(text)
