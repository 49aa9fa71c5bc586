"""The lines of a table of users, as bulk work is fed with them.

A hash takes a tenth of a second and more, where a token takes microseconds: blocks are of a few
lines, so that every core has work and the bar moves.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from authcli.cli._feed import Block, open_lines
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._feed import Lines
    from authcli.passwords.user_columns import Role
    from authcli.passwords.user_tables import Table

__all__ = ["Rows", "open_table"]

_READ = 1 << 16
_BOM = b"\xef\xbb\xbf"
#: How a file's name ends -> what is in it.
_ENDINGS = {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


def open_table(
    source: str | None,
    *,
    what: str,
    wants: tuple[Role, ...],
    form: str | None,
    columns: list[str] | None,
) -> tuple[Lines, Table]:
    """Return the lines that a positional input names, and how each is read.

    Args:
        source: @FILE, - or None for a pipe.
        what: what the lines are, for messages: "passwords".
        wants: what each line must have.
        form: `TableForm`.
        columns: `Columns`.

    Raises:
        InvalidInput: no such input, no line in it, or no such form or column.
    """
    from authcli.passwords.user_tables import recognise

    named = dict(map(_named, columns or ()))
    if len(named) < len(columns or ()):
        raise InvalidInput("--column says twice where to find something")
    lines = open_lines(source, what=what, per_read=_READ)
    ending = "." + (source or "").lower().rpartition(".")[2]
    return lines, recognise(
        lines.peek(), wants=wants, form=form or _ENDINGS.get(ending), columns=named
    )


class Rows:
    """The lines of a table without its header and comments, a few a block: fills `_feed.Feed`.

    Args:
        lines: all of them.
        table: how they are read.
        weight: which part of a block's worth of work a line is: 1 for a block of its own.
    """

    def __init__(self, lines: Lines, table: Table, *, weight: Callable[[bytes], float]) -> None:
        self._lines, self._table, self._weight = lines, table, weight
        self._held: deque[Block] = deque()
        self._held_bytes = 0
        self.total, self.identity = lines.total, lines.identity
        self.pulled = 0

    @property
    def ended(self) -> bool:
        """Whether nothing comes after what was pulled."""
        return self._lines.ended and not self._held

    def pull(self) -> list[Block]:
        """Return the next block; none, where only part of a line has come."""
        while not self._held and not self._lines.ended:
            more = self._lines.pull()
            for block in more:
                parts = [*self._split(block)]
                self._held_bytes += sum(len(part.data) for part in parts)
                self._held.extend(parts)
            if not more and self._lines.waits_on() is not None:
                break
        if not self._held:
            return []
        block = self._held.popleft()
        self._held_bytes -= len(block.data)
        self.pulled = self._lines.pulled - self._held_bytes
        return [block]

    def waits_on(self) -> int | None:
        """Return the descriptor to wait on before pulling; None where nothing need be awaited."""
        return None if self._held else self._lines.waits_on()

    def behind(self) -> bool:
        """Say whether more is there already than was pulled."""
        return bool(self._held) or self._lines.behind()

    def _split(self, block: Block) -> Iterator[Block]:
        """Yield the block in parts; lines that are passed over part them."""
        taken: list[bytes] = []
        weight = 0.0
        for number, line in enumerate(block.lines(), block.first):
            text = line.removeprefix(_BOM) if number == 1 else line
            passed_over = self._is_passed_over(number, text)
            if not passed_over:
                taken.append(text)
                weight += self._weight(text)
            if taken and (passed_over or weight >= 1):
                yield _block(number - len(taken) + (not passed_over), taken)
                taken, weight = [], 0.0
        if taken:
            yield _block(block.first + block.size - len(taken), taken)

    def _is_passed_over(self, number: int, line: bytes) -> bool:
        return (number == 1 and self._table.has_header) or self._table.passes_over(line)


def _block(first: int, lines: list[bytes]) -> Block:
    return Block(first, len(lines), b"".join(line + b"\n" for line in lines))


def _named(text: str) -> tuple[str, str]:
    role, equals, column = text.partition("=")
    if not (role and equals and column):
        raise InvalidInput(
            f"--column {ascii(text[:60])} is not WHAT=COLUMN", hint="such as hash=password_hash"
        )
    return role, column
