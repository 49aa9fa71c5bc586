"""The files of a store, and who else can read them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from authcli.findings import Finding
from authcli.roots import ROOTS

if TYPE_CHECKING:
    from authcli.store.store import Store

__all__ = ["SideFile", "doubts_of", "side_files"]


class SideFile(NamedTuple):
    """One file of a store that exists."""

    role: str
    """"database", "wal", "shm", "lock", "lock-next", "pepper", "audit-key", "kek", "audit-head"."""
    path: Path
    mode: int
    """Its permissions: 0o600."""
    owner: int
    """The number of the user whose it is."""
    size_bytes: int | None


def side_files(store: Store) -> Iterator[SideFile]:
    """Yield those files of a store that exist."""
    named: dict[str, Path | None] = {}
    if store.path is not None:
        named["database"] = store.path
        for role in ("wal", "shm"):
            named[role] = store.path.with_name(f"{store.path.name}-{role}")
        for role in ("lock", "lock-next"):
            named[role] = store.path.with_name(f"{store.path.name}.{role}")
    for name, root in ROOTS.items():
        named[root.suffix[1:]] = getattr(store.roots[name], "path", None)
    named["audit-head"] = store.beside(".audit-head")
    for role, path in named.items():
        if path is not None and (found := _seen(role, path)) is not None:
            yield found


def doubts_of(found: Iterable[SideFile], *, folder: Path | None) -> list[Finding]:
    """Return what is wrong with who can read the files, and write their folder."""
    if os.name != "posix":
        return []
    doubts = []
    for file in found:
        name = ascii(str(file.path))[1:-1]
        if file.mode & 0o077:
            others = "others can read" if file.mode & 0o044 else "others can use"
            text = f"{others} {name}: mode {file.mode:04o}"
            doubts.append(Finding("store.exposed", "warning", text, f"chmod 600 {name}", file.role))
        if file.owner not in (os.geteuid(), 0):
            text = f"{name} belongs to user {file.owner}, not to {os.geteuid()}"
            doubts.append(Finding("store.owner", "warning", text, None, file.role))
    seen = None if folder is None else _seen("folder", folder)
    if seen is not None and seen.mode & 0o022 and not seen.mode & stat.S_ISVTX:
        name = ascii(str(folder))[1:-1]
        text = f"others can write the folder {name}: mode {seen.mode:04o}"
        doubts.append(Finding("store.exposed", "warning", text, f"chmod go-w {name}", "folder"))
    return doubts


def _seen(role: str, path: Path) -> SideFile | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return SideFile(role, path, stat.S_IMODE(status.st_mode), status.st_uid, status.st_size)
