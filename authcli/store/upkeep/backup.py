"""Backup: a store of either engine as one SQLite file, of one moment, whoever writes meanwhile.

The file is whole under its name, or it is not there. It is a database that keeps no log beside
it, so that it can be read from a folder that cannot be written. Root keys are never in it: what it
needs of them is said, and `sealed_roots` keeps them, closed with a passphrase, in a file beside.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from authcli import files
from authcli.clock import now_ms
from authcli.errors import AuthError, InvalidInput, Unavailable
from authcli.store.migrate import apply_pending, meta_rows, set_meta
from authcli.store.upkeep.rows import Progress, copy_rows, counted, silent
from authcli.store.upkeep.sealed_roots import needed_roots

if TYPE_CHECKING:
    from authcli.store.store import Store

__all__ = ["Backup", "back_up"]

#: What SQLite, and we, leave beside a database.
SUFFIXES = ("-wal", "-shm", "-journal", ".lock")


class Backup(NamedTuple):
    """A backup that was made."""

    path: Path
    size_bytes: int
    counts: Mapping[str, int]
    """Table -> rows."""
    store_id: str
    head: int
    """The audit's last event in it."""
    lacks: tuple[str, ...]
    """The roots without which it is worth little."""


def back_up(
    store: Store, path: Path, *, force: bool = False, progress: Progress = silent
) -> Backup:
    """Write a backup.

    Args:
        store: the open store; others may go on writing.
        path: the file, made 0600.
        force: whether it may take the place of an older one; never of the store itself.
        progress: told how far it is.

    Raises:
        Conflict: the file exists.
        InvalidInput: `path` is no regular file, or one of the store's own.
        Unavailable: the store cannot be read.
        AuthError: the folder or the disk refuses.
    """
    _refuse_own(store, path)
    try:
        with files.made_beside(path, force=force) as temporary:
            try:
                write = _from_sqlite if store.engine == "sqlite" else _from_postgres
                write(store, temporary, progress)
                made = _described(store, temporary, path)
            finally:
                for suffix in SUFFIXES:
                    with suppress(FileNotFoundError):
                        Path(f"{temporary}{suffix}").unlink()
    except (OSError, ValueError) as error:
        raise files.cannot_write(str(path), error) from None
    except Unavailable as error:
        if error.code not in ("store.full", "store.disk"):
            raise
        # Whose disk it is SQLite does not say; it is the one that is written to, as a rule.
        raise AuthError(
            "no room for the backup, or its disk failed; nothing was written", code="output.failed"
        ) from None
    _remember(store)
    return made


def _from_sqlite(store: Store, temporary: Path, progress: Progress) -> None:
    """Let SQLite write the live pages: one reading transaction, and nothing of what was deleted."""
    database = store.database
    row = database.row("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
    total = int(row[0]) if row else 0
    database.copy_to(temporary, watch=lambda: progress(temporary.stat().st_size, total))


def _from_postgres(store: Store, temporary: Path, progress: Progress) -> None:
    """Copy a snapshot's rows into a new database of the same schema, which is the same store."""
    from authcli.store.sqlite import open_sqlite

    database = open_sqlite(temporary, create=False, read_only=False, wait_seconds=5.0)
    try:
        with store.database.reading(), database.writing():
            apply_pending(database)
            set_meta(database, **(meta_rows(store.database) or {}))
            copy_rows(store.database, database, progress=progress)
        database.row("PRAGMA journal_mode=DELETE")
    finally:
        database.close()


def _described(store: Store, temporary: Path, path: Path) -> Backup:
    """Open what was written, as a restore would, and say what is in it."""
    from authcli.store.sqlite import open_sqlite

    database = open_sqlite(temporary, create=False, read_only=True, wait_seconds=5.0)
    try:
        counts = counted(database)
        head = database.row("SELECT seq FROM audit_head")
    finally:
        database.close()
    size = temporary.stat().st_size
    last = int(head[0]) if head else 0
    return Backup(path, size, counts, store.store_id, last, needed_roots(store))


def _refuse_own(store: Store, path: Path) -> None:
    """Refuse to replace the store by its own backup, by whatever name."""
    if store.path is None:
        return
    own = [store.path, *(Path(f"{store.path}{suffix}") for suffix in SUFFIXES)]
    for file in own:
        with suppress(OSError):
            if file.samefile(path):
                raise InvalidInput(
                    f"{ascii(str(path))[1:-1]} is the store itself",
                    hint="name another file: -o authcli-backup.db",
                    code="backup.own",
                )


def _remember(store: Store) -> None:
    """Keep when the last backup was made, for `status`; one that cannot be kept is made anyway."""
    if store.read_only:
        return
    with suppress(AuthError), store.database.quick_writing():
        set_meta(store.database, backup_at=str(now_ms()))
