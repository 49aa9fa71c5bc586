"""Copying a store into another, between engines too: one snapshot of it, all of it or nothing.

What arrived is read again and compared with what was sent before the target commits.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from authcli import files
from authcli.errors import Conflict
from authcli.roots import ROOTS, FileSource, FixedSource
from authcli.store.root_rows import default_source
from authcli.store.upkeep.blank import make_blank, undone_on_failure
from authcli.store.upkeep.rows import (
    TABLES,
    Contents,
    Progress,
    copy_rows,
    counted,
    delete_rows,
    require_same,
    silent,
)
from authcli.store.upkeep.sealed_roots import missing_roots

if TYPE_CHECKING:
    from authcli.roots import RootSource
    from authcli.store.store import Store

__all__ = ["Copied", "copy_store"]


#: Tables whose rows nobody makes without using the store.
_FILLS = (
    *("api_keys", "otp_states", "recovery_codes"),
    *("signing_rings", "revocations", "issued_tokens", "token_families"),
)


class Copied(NamedTuple):
    """What a copy was."""

    url: str
    """Of the target, without a password."""
    store_id: str
    """Of the target, which is a store of its own."""
    counts: Mapping[str, int]
    """Table -> rows."""
    digest: str
    """Over all tables; the same of two stores that hold the same rows."""
    head: int
    """The audit's last event at that moment."""
    roots: tuple[str, ...]
    """Root keys that were copied with it."""
    lacking: tuple[str, ...]
    """Root keys that the target needs and does not have."""


def copy_store(
    source: Store,
    url: str,
    *,
    roots: Mapping[str, RootSource] = MappingProxyType({}),
    side_folder: Path | None = None,
    with_roots: bool = False,
    progress: Progress = silent,
) -> Copied:
    """Copy all rows of a store into another one that is new or empty.

    The target is a store of its own, with its own id; its audit holds the source's chain up to the
    moment of the copy, and the source's audit says that it was copied.

    Args:
        source: what is copied.
        url: of the target; a file that is not there is made.
        roots: where root keys of the target are held, other than in files of its own.
        side_folder: as of `open_store`.
        with_roots: put the source's root keys into the target's files, so that it can be used.
        progress: told how far it is.

    Raises:
        Conflict: the target holds something, or is the source (`code` "store.not-empty").
        Unavailable: either cannot be used, or what arrived is not what was sent ("store.copy");
            the target is as it was.
    """
    borrowed = {name: FixedSource(held.name, held.read()) for name, held in source.roots.items()}
    with (
        undone_on_failure(url),
        _opened(url, source=source, roots=borrowed, side_folder=side_folder) as target,
    ):
        places = {
            name: roots.get(name) or default_source(name, target.beside(root.suffix))
            for name, root in ROOTS.items()
        }
        with target.database.writing():
            _refuse_filled(source, target)
            moved = _copy_roots(places, borrowed, target) if with_roots else ()
            with source.database.reading():
                delete_rows(target.database)
                sent = copy_rows(source.database, target.database, progress=progress)
            require_same(sent, target.database)
        target.audit.renew_mirror()
        head = target.audit.head()
        result = Copied(
            url=target.url,
            store_id=target.store_id,
            counts={table: found.rows for table, found in sent.items()},
            digest=_digest(sent),
            head=head.seq if head else 0,
            roots=moved,
            lacking=missing_roots(target, places),
        )
    if not source.read_only:
        with source.change() as journal:
            journal.record(
                "store.copied",
                target=("store", result.store_id),
                detail={"to": result.url, "rows": result.counts, "digest": result.digest},
            )
    return result


def _opened(
    url: str, *, source: Store, roots: Mapping[str, RootSource], side_folder: Path | None
) -> Store:
    """Open the target, made where it is missing, with the source's root keys in memory."""
    from authcli.store.store import open_store

    make_blank(url)
    return open_store(
        url,
        roots=roots,
        side_folder=side_folder,
        actor=source.actor,
        process=source.process,
        request_id=source.request_id,
    )


def _refuse_filled(source: Store, target: Store) -> None:
    """Raise `Conflict` where a store holds more than the record of its own making."""
    if source.store_id == target.store_id:
        raise Conflict("the target is the store itself", code="store.not-empty")
    counts = counted(target.database)
    row = target.database.row("SELECT count(*) FROM audit_events WHERE event <> 'store.created'")
    if any(counts[table] for table in _FILLS) or (row and row[0]):
        raise Conflict(
            f"{target.url} is not empty: {_some(counts['api_keys'], 'API key')}, "
            f"{_some(counts['audit_events'], 'event')}",
            hint="name a store that does not exist yet, or an empty database",
            code="store.not-empty",
        )


def _some(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _copy_roots(
    places: Mapping[str, RootSource], sources: Mapping[str, RootSource], target: Store
) -> tuple[str, ...]:
    """Add the source's keys to the target's files, before any row needs them."""
    if target.path is None and target.folder is not None:
        files.private_folder(target.folder.parent)
        files.private_folder(target.folder)
    moved = []
    for name, place in places.items():
        held = place.read() if isinstance(place, FileSource) else sources[name].read()
        missing = [key for key in sources[name].read() if key not in held]
        for key in missing:
            place.add(key)
        if missing:
            moved.append(name)
    return tuple(moved)


def _digest(found: Mapping[str, Contents]) -> str:
    text = "".join(f"{table} {found[table].rows} {found[table].digest}\n" for table in TABLES)
    return sha256(text.encode()).hexdigest()
