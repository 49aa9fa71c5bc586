"""Help's texts, as docstrings and topics have them: prose, examples, exit codes.

Paragraphs stand apart by blank lines. What is indented by two blanks is shown as it stands.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Block", "Exits", "Text", "blocks", "marked", "read"]

_EXITS = "Exit codes: "
#: An exit code at the beginning of its clause: "0 valid, 3 rejected; 9 no store".
_EXIT = re.compile(r"(?:^|(?<=[,;] ))(\d+) (?!and its number)")
_CODE = re.compile(r"`([^`]+)`|(?<![\w=-])(--[a-z][a-z-]*|-[a-zA-Z])(?![\w-])")


class Block(NamedTuple):
    """Lines that belong together."""

    lines: tuple[str, ...]
    verbatim: bool
    """Whether they are shown as they stand; prose may be filled anew."""

    @property
    def prose(self) -> str:
        """The lines as one."""
        return " ".join(self.lines)


class Exits(NamedTuple):
    """What a command's help says of its exit codes."""

    lead: str
    """What stands before the first code."""
    codes: tuple[tuple[int, str], ...]
    """Each with when it is the answer."""


class Text(NamedTuple):
    """A docstring, in its parts."""

    summary: str
    examples: tuple[str, ...]
    body: tuple[Block, ...]
    exits: Exits | None


def blocks(text: str) -> Iterator[Block]:
    """Yield the blocks of a text; a paragraph that leads into indented lines ends before them."""
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(text)):
        kept: list[str] = []
        for line in paragraph.splitlines():
            if kept and line.startswith("  ") != kept[0].startswith("  "):
                yield _block(kept)
                kept = []
            kept.append(line)
        if kept:
            yield _block(kept)


def _block(lines: list[str]) -> Block:
    verbatim = lines[0].startswith("  ")
    return Block(tuple(line[2:] if verbatim else line for line in lines), verbatim)


def read(docstring: str) -> Text:
    """Return the parts of a command's docstring."""
    first, *rest = blocks(docstring)
    examples: tuple[str, ...] = ()
    exits = None
    body: list[Block] = []
    for block in rest:
        if block.verbatim and body and body[-1].lines == ("Examples:",):
            body.pop()
            examples = block.lines
        elif block.prose.startswith(_EXITS):
            exits = _exits(block.prose.removeprefix(_EXITS))
        else:
            body.append(block)
    return Text(first.prose, examples, tuple(body), exits)


def _exits(prose: str) -> Exits:
    lead, *pieces = _EXIT.split(prose)
    ends = (text.rstrip().rstrip(",;.") for text in pieces[1::2])
    codes = tuple((int(code), text) for code, text in zip(pieces[::2], ends, strict=True))
    return Exits(lead.strip().rstrip(",;"), codes)


def marked(prose: str) -> Iterator[tuple[str, bool]]:
    """Yield prose in pieces, each with whether it is to be typed: `code`, or a flag's name."""
    end = 0
    for found in _CODE.finditer(prose):
        yield prose[end : found.start()], False
        yield found[1] or found[2], True
        end = found.end()
    yield prose[end:], False
