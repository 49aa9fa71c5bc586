"""What bulk work is fed with: blocks of lines from a file or a pipe, or a number of items.

Memory stays bounded whatever comes: a block is a few hundred lines, and a line without an end is
cut, so that its reader can say that it is too long.
"""

from __future__ import annotations

import os
import select
import stat
import sys
import time
from pathlib import Path
from typing import NamedTuple, Protocol

from authcli.cli._reading import MAX_BYTES, PIPE_PATIENCE, cannot_read, take_stdin
from authcli.errors import InvalidInput

__all__ = ["Block", "Count", "Feed", "Lines", "open_lines", "readable"]

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


#: What is read of a line beyond any length to find its end.
_MAX_SKIPPED_BYTES = 1 << 26
#: Windows waits on sockets alone: there a read simply takes its time.
_CAN_WAIT = hasattr(select, "poll")


class Block(NamedTuple):
    """Items that follow each other, and that one process works on."""

    first: int
    """The number of the first one, from one."""
    size: int
    """How many."""
    data: bytes = b""
    """The lines, each with its LF; empty where items are counted and not read."""

    def lines(self) -> list[bytes]:
        """Return the lines without their ends."""
        return self.data.removesuffix(b"\n").split(b"\n")


class Feed(Protocol):
    """Where blocks come from."""

    total: int | None
    """How much there is in all, where that is known: items, or bytes."""
    pulled: int
    """How much of the total was pulled."""
    identity: tuple[int, int] | None
    """Device and number of the file that is read; None where it is no file."""

    @property
    def ended(self) -> bool:
        """Whether nothing comes after what was pulled."""

    def pull(self) -> list[Block]:
        """Return the blocks that one read gives; none, where only part of a line has come."""

    def waits_on(self) -> int | None:
        """Return the descriptor to wait on before pulling; None where nothing need be awaited."""

    def behind(self) -> bool:
        """Say whether more is there already than was pulled."""


class Count:
    """So many items, made rather than read.

    Args:
        total: how many.
        per_block: how many of them in a block.
    """

    def __init__(self, total: int, *, per_block: int) -> None:
        self.total: int | None = total
        self.identity: tuple[int, int] | None = None
        self.pulled = 0
        self._last, self._per_block = total, per_block

    @property
    def ended(self) -> bool:
        """Say whether all were pulled."""
        return self.pulled == self._last

    def pull(self) -> list[Block]:
        """Return the next block."""
        block = Block(self.pulled + 1, min(self._per_block, self._last - self.pulled))
        self.pulled += block.size
        return [block]

    def waits_on(self) -> int | None:
        """Return None: there is nothing to wait for."""
        return None

    def behind(self) -> bool:
        """Say whether any are left."""
        return not self.ended


class Lines:
    """The lines of a file or a pipe.

    Args:
        descriptor: open for reading, blocking or not.
        name: what to call it in messages.
        what: what the lines are: "tokens".
        per_read: how many bytes to ask for at a time.
    """

    def __init__(self, descriptor: int, *, name: str, what: str, per_read: int) -> None:
        status = os.fstat(descriptor)
        self._is_file = stat.S_ISREG(status.st_mode)
        self.identity = (status.st_dev, status.st_ino) if self._is_file else None
        self.total = status.st_size if self._is_file else None
        self.pulled = 0
        self._at_end = False
        self._held: list[Block] = []
        self._descriptor, self._name, self._what = descriptor, name, what
        self._per_read = per_read
        self._rest = b""
        self._next = 1
        self._skipping, self._skipped = False, 0

    @property
    def ended(self) -> bool:
        """Say whether nothing comes after what was pulled."""
        return self._at_end and not self._held

    def peek(self) -> bytes:
        """Return the first line, which stays to be pulled; waits for it.

        Raises:
            InvalidInput: there is none.
        """
        while not self._held and not self._at_end:
            if (descriptor := self.waits_on()) is not None:
                readable(descriptor, wait=True)
            self._held = self._read()
        if not self._held:
            raise InvalidInput(
                f"{self._name} is empty; the {self._what} were to come from it",
                code="source.empty",
            )
        return self._held[0].data.partition(b"\n")[0]

    def await_writer(self) -> None:
        """Wait a little for someone to open a named pipe for writing; till then it reads as empty.

        Raises:
            InvalidInput: nobody does.
        """
        until = time.monotonic() + PIPE_PATIENCE
        while not self._rest:
            try:
                self._rest = os.read(self._descriptor, 1)
            except BlockingIOError:  # there is one, who takes his time
                return
            if not self._rest and time.monotonic() > until:
                raise InvalidInput(
                    f"{self._name} is a pipe that nobody writes to", code="source.empty"
                )
            time.sleep(0 if self._rest else 0.005)

    def pull(self) -> list[Block]:
        """Return a block of the whole lines that one read completes, or what was peeked at."""
        held, self._held = self._held, []
        return held or self._read()

    def _read(self) -> list[Block]:
        try:
            part = os.read(self._descriptor, self._per_read)
        except BlockingIOError:
            return []
        except OSError as error:
            cannot_read(self._what, self._name, error)
        self.pulled += len(part)
        self._at_end = not part
        if self._skipping:
            self._skipped += len(part)
            if self._skipped > _MAX_SKIPPED_BYTES:
                raise InvalidInput(
                    f"line {self._next - 1} of {self._name} has no end", code="source.too-large"
                )
            _, found, part = part.partition(b"\n")
            self._skipping = not found
        lines, end, rest = (self._rest + part).rpartition(b"\n")
        if self._at_end and rest:
            lines, end, rest = lines + end + rest, b"\n", b""
        elif len(rest) > MAX_BYTES:
            self._skipping, self._skipped = True, 0
            lines, end, rest = lines + end + rest, b"\n", b""
        self._rest = rest
        return [self._block(lines + end)] if end else []

    def waits_on(self) -> int | None:
        """Return the descriptor; a file on a disk keeps nobody waiting."""
        return self._descriptor if _CAN_WAIT and not self._is_file else None

    def behind(self) -> bool:
        """Say whether a read would give something at once."""
        if self.ended:
            return False
        if self.total is not None:
            return self.pulled < self.total
        return _CAN_WAIT and readable(self._descriptor, wait=False)

    def _block(self, data: bytes) -> Block:
        block = Block(self._next, data.count(b"\n"), data)
        self._next += block.size
        return block


def readable(descriptor: int, *, wait: bool) -> bool:
    """Say whether there is something to read, at once or after waiting for it; an end is none."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return any(events & select.POLLIN for _, events in poll.poll(None if wait else 0))


def open_lines(text: str | None, *, what: str, per_read: int) -> Lines:
    """Return the lines that a positional input names: `-`, `@FILE`, or what is piped in.

    Raises:
        InvalidInput: a terminal, another text, or a file that cannot be read.
    """
    if text is not None and text != "-" and not text.startswith("@"):
        raise InvalidInput(f"--lines reads {what} from @FILE, from - or from a pipe")
    if text is None or text == "-":
        if text is None and sys.stdin is not None and sys.stdin.isatty():
            raise InvalidInput(f"no {what} were given", hint="give @FILE, or pipe them in")
        return Lines(take_stdin(what), name="stdin", what=what, per_read=per_read)
    name = ascii(text[1:])[1:-1]
    try:
        descriptor = os.open(Path(text[1:]).expanduser() if text != "@" else "", _FLAGS)
    except (OSError, ValueError, RuntimeError) as error:
        cannot_read(what, name or "''", error)
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(kind):
        raise InvalidInput(f"{name} is a folder, not a file", code="source.unreadable")
    feed = Lines(descriptor, name=name, what=what, per_read=per_read)
    if stat.S_ISFIFO(kind):
        feed.await_writer()
    return feed
