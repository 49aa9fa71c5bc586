"""A dry run that is exact: the change is made, with all its checks, and undone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from authcli.store import Store

__all__ = ["tried"]


class _Undone(Exception):
    """Ends a transaction that was a trial."""


@contextmanager
def tried(store: Store, *, dry_run: bool) -> Iterator[None]:
    """Make one change of what is inside; with `dry_run`, nothing of it remains."""
    with suppress(_Undone), store.api_keys.change():
        yield
        if dry_run:
            raise _Undone
