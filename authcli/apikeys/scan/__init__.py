"""Finding our API keys by shape and checksum: in bytes, files, folders and streams, storeless.

    finder    keys in bytes                    reading   line and column, in constant memory
    walking   which files a path stands for    patches   the commit and file in `git log -p`
    liveness  which of them are a store's own

`find(data)` is enough for a log line or an upload; `places(paths)` goes through a tree.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from authcli.apikeys.scan.finder import BODY, Found, find
from authcli.apikeys.scan.reading import Part, Place, Reader, Scanner, scan_file, scan_part
from authcli.apikeys.scan.walking import Excluded, Seen, Unread, walk

__all__ = [
    "BODY",
    "Excluded",
    "Found",
    "Part",
    "Place",
    "Reader",
    "Scanner",
    "Seen",
    "Unread",
    "find",
    "places",
    "scan_file",
    "scan_part",
    "walk",
]


def places(
    paths: Sequence[str | Path],
    *,
    prefixes: Collection[str] = (),
    exclude: Collection[str] = (),
) -> Iterator[tuple[str, Place] | Unread]:
    """Yield the keys below some paths, each with its file, and what could not be read.

    Args:
        paths: files and folders.
        prefixes: keys with these alone; empty is any.
        exclude: globs of names, or of paths where they hold a "/", that are left out.
    """
    scanner = Scanner(prefixes=prefixes)
    for seen in walk([os.fsencode(path) for path in paths], excluded=Excluded(exclude)):
        if isinstance(seen, Unread):
            yield seen
            continue
        try:
            found = scan_file(scanner, seen.path, follow=seen.named)
        except OSError as error:
            yield Unread(seen.path, (error.strerror or "unreadable").lower())
            continue
        for place in found or ():
            yield os.fsdecode(seen.path), place
