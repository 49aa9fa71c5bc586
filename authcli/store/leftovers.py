"""What is left beside an SQLite store whose database is gone: its root keys, its audit's head.

A new store in the place of a lost one would be made without a word, and every key that was issued
would be unknown; so it is made only by who asks for it (`authcli store init`). A first command that
was interrupted leaves an empty file and perhaps a root key, and that is no lost store: the copy of
the audit's head is written after the first commit, and without a file there was no first command.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from authcli.errors import Unavailable
from authcli.files import cannot_write
from authcli.roots import ROOTS

__all__ = ["begun_anew", "lost", "nothing_at", "nothing_in", "refuse_lost", "was_store"]

#: Proof that a store was there; they are of no use to another one.
_HEAD = ".audit-head"
_REMAINS = (_HEAD, "-wal", "-shm", "-journal")


def lost(path: Path) -> list[Path]:
    """Return what is left of a store whose database is gone, or has nothing in it.

    Args:
        path: of the database.
    """
    # Before the database is looked for: whoever makes it makes it before its root keys.
    found = _there(path, (*_REMAINS, *(root.suffix for root in ROOTS.values())))
    if os.path.lexists(path) and path.with_name(path.name + _HEAD) not in found:
        return []
    return found


def was_store(path: Path) -> bool:
    """Say whether more than root keys are left, which somebody may have put there beforehand."""
    return bool(_there(path, _REMAINS))


def refuse_lost(path: Path) -> None:
    """Refuse to make a store in the place of a lost one.

    Raises:
        Unavailable: its files are there (`code` "store.missing").
    """
    if found := lost(path):
        raise _lost_store(path, found)


def nothing_at(path: Path) -> Unavailable:
    """Return what is wrong where there is no file."""
    if found := lost(path):
        return _lost_store(path, found)
    return Unavailable(
        f"there is no store at {_shown(path)}",
        hint="authcli store init, or name another one: --store URL",
        code="store.missing",
    )


def nothing_in(name: str) -> Unavailable:
    """Return what is wrong with a database that is there, and holds nothing."""
    return Unavailable(
        f"there is no store in {name}; it is empty", hint="authcli store init", code="store.missing"
    )


def _lost_store(path: Path, found: list[Path]) -> Unavailable:
    names = ", ".join(file.name for file in found)
    return Unavailable(
        f"there is no store at {_shown(path)}, but files of one: {ascii(names)[1:-1]}",
        hint="put back a backup: authcli store restore FILE; or begin anew: authcli store init",
        code="store.missing",
    )


@contextmanager
def begun_anew(path: Path, *, aside: str) -> Iterator[list[Path]]:
    """Clear the place of a lost store for a new one, which takes over the root keys.

    Args:
        path: of the database.
        aside: what is added to the names of the old audit's head and of an old log, which are
            kept under it; they have their names again when the block raises.

    Raises:
        InvalidInput, Conflict or Unavailable: the folder cannot be written.
    """
    from authcli.store.sqlite_files import create_file

    moved: list[tuple[Path, Path]] = []
    try:
        try:
            for file in _there(path, _REMAINS[:1] if os.path.lexists(path) else _REMAINS):
                ending = file.name.removeprefix(path.name)
                moved.append((file, file.rename(path.with_name(path.name + aside + ending))))
        except OSError as error:
            raise cannot_write(str(path), error) from None
        create_file(path)  # as a first command would that was interrupted
        yield [new for _, new in moved]
    except BaseException:
        for file, new in reversed(moved):
            new.rename(file)
        raise


def _shown(path: Path) -> str:
    return ascii(str(path)[:200])[1:-1]


def _there(path: Path, suffixes: Sequence[str]) -> list[Path]:
    files = (path.with_name(path.name + suffix) for suffix in suffixes)
    return [file for file in files if os.path.lexists(file)]
