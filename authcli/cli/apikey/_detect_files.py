"""The files that `authcli apikey detect` reads, shared out among processes and put in order again.

A block is a list of files, or a part of a large one, so that one file of many gigabytes keeps all
cores busy too. A worker tells lines and columns from the beginning of its part; here they become
those of the file. Keys travel from worker to parent through a pipe of ours, and no further.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from authcli.apikeys.scan import Part, Place, Scanner, Seen, Unread, scan_file, scan_part
from authcli.apikeys.text import parse
from authcli.cli._feed import Block

__all__ = ["Files", "Found", "Searching", "Task", "found_in"]

#: Files beyond twice this many bytes are shared out in parts of it.
PART_BYTES = 8 << 20
_MAX_FILES, _MAX_BYTES = 128, 4 << 20


class Task(NamedTuple):
    """A file, or a part of one."""

    path: str
    named: bool
    start: int | None = None
    """Of a part: where it begins."""
    size: int | None = None
    """Of a part: how long it is; None is up to the end, wherever that is by then."""
    unread: str | None = None
    """Why it cannot be read, where that is known before."""


class Found(NamedTuple):
    """What there is to say of a file or a part of one."""

    path: str
    part: Part | None = None
    start: int | None = None
    unread: str | None = None


#: What a worker says of a block: how many files it has read, and what was found.
Answer: TypeAlias = tuple[int, list[Found]]


class Files:
    """Fills `Feed` with the files of a walk.

    Args:
        walked: the files, and what cannot be read.
    """

    def __init__(self, walked: Iterator[Seen | Unread]) -> None:
        self.total: int | None = None
        self.identity: tuple[int, int] | None = None
        self.pulled = 0
        self._blocks = _blocks(walked)
        self._next = next(self._blocks, None)

    @property
    def ended(self) -> bool:
        """Say whether all were pulled."""
        return self._next is None

    def pull(self) -> list[Block]:
        """Return the next block."""
        block, self._next = self._next, next(self._blocks, None)
        return [block] if block else []

    def waits_on(self) -> int | None:
        """Return None: walking through folders keeps nobody waiting."""
        return None

    def behind(self) -> bool:
        """Say whether any are left."""
        return self._next is not None


def _blocks(walked: Iterator[Seen | Unread]) -> Iterator[Block]:
    tasks: list[Task] = []
    number, size = 1, 0

    def block() -> Block:
        nonlocal number, size
        made = Block(number, len(tasks), json.dumps(tasks).encode())
        number, size = number + len(tasks), 0
        tasks.clear()
        return made

    for seen in walked:
        if isinstance(seen, Seen) and seen.size > 2 * PART_BYTES:
            if tasks:
                yield block()
            for part in _parts(seen):
                tasks.append(part)
                yield block()
            continue
        path = os.fsdecode(seen.path)
        if isinstance(seen, Unread):
            tasks.append(Task(path, named=False, unread=seen.reason))
        else:
            tasks.append(Task(path, seen.named))
            size += seen.size
        if len(tasks) >= _MAX_FILES or size >= _MAX_BYTES:
            yield block()
    if tasks:
        yield block()


def _parts(seen: Seen) -> Iterator[Task]:
    path = os.fsdecode(seen.path)
    starts = range(0, seen.size, PART_BYTES)
    for start in starts:
        size = None if start == starts[-1] else PART_BYTES
        yield Task(path, seen.named, start, size)


class Searching:
    """What a worker does with a block.

    Args:
        prefixes: of the keys that are looked for; empty is any.
    """

    def __init__(self, prefixes: frozenset[str]) -> None:
        self._scanner = Scanner(prefixes=prefixes)

    def __call__(self, block: Block) -> bytes:
        tasks = [Task(*task) for task in json.loads(block.data)]
        said = [found for found in map(self._search, tasks) if found is not None]
        begun = sum(not task.start and task.unread is None for task in tasks)
        return json.dumps([begun, [_packed(found) for found in said]]).encode()

    def _search(self, task: Task) -> Found | None:
        if task.unread is not None:
            return Found(task.path, unread=task.unread)
        path = os.fsencode(task.path)
        try:
            if task.start is None:
                places = scan_file(self._scanner, path, follow=task.named)
                return Found(task.path, Part(places, 0, 0)) if places else None
            part = scan_part(
                self._scanner, path, start=task.start, size=task.size, follow=task.named
            )
            return Found(task.path, part or Part([], 0, 0), task.start)
        except OSError as error:
            reason = (error.strerror or "unreadable").lower()
            return Found(task.path, unread=reason, start=task.start)


def _packed(found: Found) -> list[object]:
    part = found.part
    places = [(p.line, p.column, p.key.text) for p in part.places] if part else []
    size = (part.lines, part.tail) if part else None
    return [found.path, found.start, found.unread, size, places]


def found_in(answer: bytes) -> Answer:
    """Return what a worker said."""
    files, said = json.loads(answer)
    found = []
    for path, start, unread, size, places in said:
        read = [Place(line, column, parse(text)) for line, column, text in places]
        found.append(Found(path, Part(read, *size) if size else None, start, unread))
    return files, found


class Joined:
    """Puts the parts of files together, which come in their order."""

    def __init__(self) -> None:
        self._lines = self._tail = 0

    def places(self, found: Found) -> list[Place]:
        """Return the places in a part as they are in the file."""
        if found.part is None:
            return []
        if not found.start:
            self._lines = self._tail = 0
        places = found.part.moved(lines=self._lines, tail=self._tail)
        self._tail = found.part.tail + (0 if found.part.lines else self._tail)
        self._lines += found.part.lines
        return places
