"""Database: the seam between SQL, which is written once, and the two engines.

It hides how parameters are written, how transactions begin and end, who may write when, and what
the engines' errors mean; nothing else. SQL is what SQLite >= 3.35 and PostgreSQL >= 12 share, with
parameters as `:name`. A Database belongs to one thread of one process: a worker opens its own.
"""

from __future__ import annotations

import os
import threading
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from authcli.errors import AuthError, Unavailable

__all__ = ["Database", "NotOurs", "Row", "TableMissing", "not_ours"]

Row: TypeAlias = tuple[Any, ...]


class TableMissing(Unavailable):
    """A table or a column that a statement names does not exist."""

    default_code = "store.foreign"


class Database(ABC):
    """An open connection to SQLite or PostgreSQL.

    Outside a transaction every statement is one of its own. Errors of the engine are raised as
    `Unavailable`, `Conflict` ("store.conflict", where something that must be unique is taken) or
    `InvalidInput` (a value that no database can hold).

    Attributes:
        engine: "sqlite" or "postgresql".
        read_only: whether nothing can be written, be it that nobody wants to.
        holds_store: whether a store is known to be in it: a table that is missing is damage then.
    """

    engine: str
    read_only: bool
    holds_store: bool = False

    def __init__(self, *, read_only: bool, wait_seconds: float) -> None:
        self.read_only = read_only
        self._wait_seconds = wait_seconds
        self._state = ""  # "", "reading", "writing" or "quick"
        self._callbacks: list[Callable[[], object]] = []
        self._savepoints = 0
        self._thread = threading.get_ident()

    # Statements.

    @abstractmethod
    def rows(self, sql: str, /, **values: object) -> list[Row]:
        """Return all rows of a query."""

    @abstractmethod
    def row(self, sql: str, /, **values: object) -> Row | None:
        """Return the first row of a query, or None."""

    @abstractmethod
    def stream(self, sql: str, /, **values: object) -> Iterator[Row]:
        """Yield the rows of a query in constant memory.

        Outside a transaction it reads on a connection of its own, one consistent state, whatever
        is written meanwhile; inside `reading` and `writing` it belongs to that transaction.
        """

    @abstractmethod
    def _run(self, sql: str, values: Mapping[str, object]) -> int: ...

    @abstractmethod
    def _run_many(self, sql: str, rows: Iterable[Mapping[str, object]]) -> None: ...

    def run(self, sql: str, /, **values: object) -> int:
        """Run a statement that writes; return how many rows it changed."""
        if self.in_writing:
            return self._run(sql, values)
        with self.writing():
            return self._run(sql, values)

    def run_many(self, sql: str, rows: Iterable[Mapping[str, object]]) -> None:
        """Run a statement that writes once for each row of values, all or none."""
        # In a transaction that need not be durable it is a part of that, and as durable.
        with self._transaction(self._state or "writing"):
            self._run_many(sql, rows)

    def one_statement(self, sql: str, /, **values: object) -> Row | None:
        """Run one statement that writes and returns a row, atomic by itself; durable.

        PostgreSQL takes no lock but the row's, so that two of them run side by side.
        """
        with self.writing():
            return self.row(sql, **values)

    def quick_statement(self, sql: str, /, **values: object) -> Row | None:
        """Run one statement as `one_statement` does; a power cut may undo it."""
        with self.quick_writing():
            return self.row(sql, **values)

    def copy_to(self, path: Path, *, watch: Callable[[], object] | None = None) -> None:
        """Write what is committed into an empty file as one SQLite database; SQLite's alone.

        The copy keeps no log beside it, and nothing of what was deleted. `watch` is called now and
        then; what it raises ends the work.
        """
        raise NotImplementedError(f"{self.engine} has no file")

    @abstractmethod
    def has_table(self, name: str) -> bool:
        """Say whether a table exists, where ours would be."""

    def is_marked(self) -> bool:
        """Say whether it bears authcli's mark, where an engine has a place for one."""
        return False

    @abstractmethod
    def damaged(self, what: str) -> Unavailable:
        """Return what is wrong when the store in it lost something: "store.corrupt"."""

    # Transactions.

    def writing(self) -> AbstractContextManager[None]:
        """Begin a transaction that writes: nobody else writes until its end.

        Inside another one it is a part of that: if it raises, this part alone is undone.

        Raises:
            Unavailable: others kept the store from being written for too long ("store.locked"),
                or it cannot be written ("store.read-only").
        """
        return self._transaction("writing")

    def quick_writing(self) -> AbstractContextManager[None]:
        """Begin a transaction as `writing` does, but one that a power cut may undo: statistics."""
        return self._transaction("quick")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Show one consistent state to all queries inside, whatever is written meanwhile."""
        if self._state:
            yield
            return
        self._require_own()
        self._begin_reading()
        self._state = "reading"
        try:
            yield
        finally:
            self._state = ""
            self._rollback()

    def on_commit(self, callback: Callable[[], object]) -> None:
        """Call something after the commit of this transaction, before anybody else may write."""
        if not self.in_writing:
            raise RuntimeError("on_commit outside a transaction")
        self._callbacks.append(callback)

    @property
    def in_writing(self) -> bool:
        """Whether a transaction that writes is open."""
        return self._state in ("writing", "quick")

    @abstractmethod
    def close(self) -> None:
        """Close the connection; what is not committed is undone."""

    @contextmanager
    def _transaction(self, kind: str) -> Iterator[None]:
        if self._state:
            with self._part(kind):
                yield
            return
        self._require_own()
        if self.read_only:
            raise self._not_writable()
        with self._lock():
            try:
                self._begin_writing(quick=kind == "quick")
                self._state = kind
                yield
                self._commit()
            except BaseException:
                self._state = ""
                self._callbacks.clear()
                self._rollback()
                raise
            self._state = ""
            callbacks, self._callbacks = self._callbacks, []
            for callback in callbacks:
                callback()

    @contextmanager
    def _part(self, kind: str) -> Iterator[None]:
        """Be a part of the transaction that is open; what the part did is undone if it raises."""
        if self._state == "reading":
            raise RuntimeError("writing inside reading")
        if (self._state, kind) == ("quick", "writing"):
            self._make_durable()
            self._state = kind
        callbacks = len(self._callbacks)
        self._savepoints += 1
        name = f"part_{self._savepoints}"
        self._run(f"SAVEPOINT {name}", {})
        try:
            yield
        except BaseException:
            del self._callbacks[callbacks:]
            with suppress(AuthError):  # where all of it is undone already, so is the part
                self._undo_part(name)
            raise
        else:
            self._run(f"RELEASE SAVEPOINT {name}", {})
        finally:
            self._savepoints -= 1

    def _undo_part(self, name: str) -> None:
        self._run(f"ROLLBACK TO SAVEPOINT {name}", {})
        self._run(f"RELEASE SAVEPOINT {name}", {})

    def _opened(self) -> None:
        """Note that it has a connection, which a child of this process may not use."""
        _OPEN.add(self)

    def _require_own(self) -> None:
        """Refuse a transaction in another thread: it would be a part of ours."""
        if self._thread != threading.get_ident():
            raise not_ours("thread")

    @abstractmethod
    def _not_writable(self) -> Exception: ...

    @abstractmethod
    def _lock(self) -> AbstractContextManager[None]: ...

    @abstractmethod
    def _begin_writing(self, *, quick: bool) -> None: ...

    @abstractmethod
    def _begin_reading(self) -> None: ...

    @abstractmethod
    def _make_durable(self) -> None: ...

    @abstractmethod
    def _commit(self) -> None: ...

    @abstractmethod
    def _rollback(self) -> None: ...

    @abstractmethod
    def _abandon(self) -> None:
        """Make every use of the connection raise, and leave it open: it is another process's."""


def not_ours(what: str) -> Unavailable:
    """Return what is wrong when a store is used where it was not opened."""
    return Unavailable(
        f"this store was opened in another {what}",
        hint=f"open it in each {what} by itself",
        code="store.foreign-use",
    )


class NotOurs:
    """Stands for a connection in a process that was forked off after it was opened."""

    def __getattr__(self, name: str) -> NoReturn:
        raise not_ours("process")


#: Every open database of this process.
_OPEN: weakref.WeakSet[Database] = weakref.WeakSet()


def _abandon_all() -> None:
    for database in _OPEN:
        database._abandon()  # noqa: SLF001  (of this module's own class)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon_all)
