"""Restoring: a backup's content in the place of the present one, in one transaction.

Nothing is replaced before everything was looked at: whether the file is a backup of a store, whole,
of no newer schema; whether its root keys are held; whether its audit verifies, and what of the
present store would be lost. The present database stays where it is and its rows are exchanged under
the write lock, so that a process that has it open goes on with what was restored, and no log of the
old content is ever applied to the new. A damaged file alone is moved aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from authcli import files
from authcli.errors import Unavailable
from authcli.roots import ROOTS, FileSource, FixedSource
from authcli.store.upkeep.blank import make_blank, undone_on_failure
from authcli.store.upkeep.rows import Progress, copy_rows, delete_rows, require_same, silent
from authcli.store.upkeep.sealed_roots import with_roots
from authcli.store.urls import Location, locate

if TYPE_CHECKING:
    from authcli.audit.model import Head
    from authcli.roots import RootSource
    from authcli.store.store import Store
    from authcli.store.upkeep.backup_check import Checked

__all__ = ["Restored", "restore", "restore_anew", "sources_at"]


class Restored(NamedTuple):
    """What a restore did."""

    counts: Mapping[str, int]
    """Table -> rows."""
    head: int
    """The audit's last event: the one that says that it was restored."""
    roots: tuple[str, ...]
    """Root keys that were put back."""


def restore(
    store: Store,
    checked: Checked,
    *,
    before: Head | None,
    lost: int,
    sources: Mapping[str, RootSource],
    added: Mapping[str, list[bytes]],
    progress: Progress = silent,
) -> Restored:
    """Replace a store's content by a backup's, and record that.

    The audit continues after the backup's last event with one that names what was there before;
    the copy of its head outside is renewed, since it knows events that are gone.

    Args:
        store: the open store, which holds the audit key of the backup.
        checked: the backup.
        before: the head of the audit that is replaced.
        lost: how many of its events the backup does not have.
        sources: where root keys are held from now on.
        added: root keys that came with the backup; those that are not held are put there first.
        progress: told how far it is.

    Raises:
        Unavailable: it cannot be written, read, or what arrived is not what was sent; nothing
            was replaced.
    """
    from authcli.store.sqlite import open_sqlite

    database = store.database
    warnings = len(store.audit.warnings)
    backup = open_sqlite(checked.database, create=False, read_only=True, wait_seconds=5.0)
    try:
        with database.writing():
            roots = _put_roots(store, sources, added)
            with backup.reading():
                delete_rows(database)
                sent = copy_rows(backup, database, progress=progress)
            require_same(sent, database)
            for root in ROOTS:
                store.root_keys(root).refresh()
            counts = {table: found.rows for table, found in sent.items()}
            with store.change() as journal:
                journal.record(
                    "store.restored",
                    target=("store", store.store_id),
                    detail={
                        "backup": checked.path.name[:200],
                        "rows": counts,
                        "lost_events": lost,
                        "replaced": {"seq": before.seq, "row_mac": before.row_mac}
                        if before
                        else None,
                    },
                )
    finally:
        backup.close()
    store.audit.renew_mirror()
    del store.audit.warnings[warnings:]  # that the mirror knew more was what renewing it is for
    head = store.audit.head()
    return Restored(counts, head.seq if head else 0, roots)


def sources_at(
    location: Location,
    *,
    given: Mapping[str, RootSource],
    side_folder: Path | None,
    store_id: str,
) -> dict[str, RootSource]:
    """Return where the root keys of a store are held that is not there yet, or not any more."""
    found: dict[str, RootSource] = {}
    for name, root in ROOTS.items():
        if name in given:
            found[name] = given[name]
        elif location.path is not None:
            found[name] = FileSource(root.beside(location.path.absolute()))
        elif side_folder is not None:
            found[name] = FileSource(root.within(side_folder / store_id))
        else:
            found[name] = FixedSource(f"the source of {root.help} (none is set)", [])
    return found


def restore_anew(
    url: str,
    checked: Checked,
    *,
    aside: str | None,
    sources: Mapping[str, RootSource],
    added: Mapping[str, list[bytes]],
    side_folder: Path | None = None,
    actor: str = "library",
    process: str = "",
    progress: Progress = silent,
) -> Restored:
    """Make a store of a backup where there is none, or a damaged file.

    It is the store that the backup is of: it has its id.

    Args:
        url: of the store.
        checked: the backup.
        aside: what is added to the names of a damaged file and its log; None where there is none.
        sources, added: as of `restore`.
        side_folder, actor, process: as of `open_store`.
        progress: told how far it is.

    Raises:
        Unavailable: as of `restore`; nothing is left, and a damaged file has its name again.
    """
    from authcli.store.store import open_store

    path = locate(url).path
    with (
        _set_aside(path.absolute(), aside) if path and aside else nullcontext(),
        undone_on_failure(url),
    ):
        make_blank(url, identity=checked.identity)
        with open_store(
            url,
            roots=with_roots(sources, added),
            side_folder=side_folder,
            actor=actor,
            process=process,
        ) as store:
            return restore(
                store, checked, before=None, lost=0, sources=sources, added=added, progress=progress
            )


@contextmanager
def _set_aside(path: Path, suffix: str) -> Iterator[None]:
    """Move a damaged SQLite database away, its log with it; back again when the block raises.

    Whoever has it open keeps the damaged one; neither log is ever applied to the other.
    """
    from authcli.store.locks import WriteLock

    lock = WriteLock(path.with_name(path.name + ".lock"))
    try:
        if not lock.acquire(seconds=5.0):
            raise Unavailable("another process is writing the store", code="store.locked")
        moved = []
        for ending in ("-wal", "-shm", "-journal", ""):  # the database last: it is there till then
            file = path.with_name(path.name + ending)
            if file.exists():
                moved.append((file, file.rename(path.with_name(path.name + suffix + ending))))
        files.sync_folder(path.parent)
    except OSError as error:
        raise files.cannot_write(str(path), error) from None
    finally:
        lock.close()
    try:
        yield
    except BaseException:
        for file, aside in reversed(moved):
            aside.rename(file)
        raise


def _put_roots(
    store: Store, sources: Mapping[str, RootSource], added: Mapping[str, list[bytes]]
) -> tuple[str, ...]:
    """Add keys that are not held, before any row needs them."""
    put = []
    for name, keys in added.items():
        missing = [key for key in keys if key not in sources[name].read()]
        if missing and store.path is None and store.folder is not None:
            files.private_folder(store.folder.parent)
            files.private_folder(store.folder)
        for key in missing:
            sources[name].add(key)
        if missing:
            put.append(name)
    return tuple(put)
