"""A blank store: the newest schema and nothing in it, no root keys and no events, to be filled.

A store that is made to be used gets keys and a first event at once; what is copied or restored
brings its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from authcli.roots import ROOTS
from authcli.store.identity import identified
from authcli.store.migrate import apply_pending, schema_number, set_meta
from authcli.store.store import open_database
from authcli.store.urls import locate

__all__ = ["make_blank", "undone_on_failure"]

#: What stands beside an SQLite store.
_SUFFIXES = (
    *("", "-wal", "-shm", "-journal", ".lock", ".lock-next", ".audit-head"),
    *(root.suffix for root in ROOTS.values()),
)


def make_blank(url: str, *, identity: Mapping[str, str] | None = None) -> bool:
    """Make a blank store where there is none; return whether it was made.

    Args:
        url: of the store.
        identity: what its table meta is to say ("store_id", "created_at"); by default it is a
            store of its own.
    """
    location = locate(url)
    database = open_database(location, create=True)
    try:
        if schema_number(identified(database, name=location.masked)):
            return False
        with database.writing():
            made = apply_pending(database) == 0
            if made and identity:
                set_meta(database, **identity)
    finally:
        database.close()
    return made


@contextmanager
def undone_on_failure(url: str) -> Iterator[None]:
    """Remove the files of an SQLite store that were not there before, when the block raises."""
    path = locate(url).path
    new = path is not None and not os.path.lexists(path)
    before = set(_files_at(path)) if path is not None else set()
    try:
        yield
    except BaseException:
        if path is not None and new:
            for file in _files_at(path):
                if file not in before:
                    file.unlink(missing_ok=True)
        raise


def _files_at(path: Path) -> Iterator[Path]:
    for suffix in _SUFFIXES:
        file = path.with_name(path.name + suffix)
        if os.path.lexists(file):
            yield file
