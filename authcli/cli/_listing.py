"""Lists of any length, some hundred rows at a time, so that memory does not grow with them.

On a terminal they are columns: as wide as the first rows need and the terminal has, what is longer
cut with an ellipsis, wide characters counted as the two columns that they take.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from authcli.cli._output import cell, json_text, refuse_existing, stream, value_at, write_text
from authcli.cli._text import paint
from authcli.encoding import compact_json

if TYPE_CHECKING:
    from authcli.cli._run import Run

__all__ = ["clipped", "drawn", "stream_table", "terminal_width", "width_of"]

#: Rows that are written at a time, and that the widths of columns are taken from.
_ROWS_AT_A_TIME = 512
_GAP = "  "
#: What a column that is cut keeps, however narrow the terminal is.
_LEAST_WIDTH = 8


def stream_table(
    run: Run,
    items: Iterable[dict[str, Any]],
    *,
    members: tuple[str, ...],
    plain: Callable[[dict[str, Any]], str],
    human: Callable[[Iterable[dict[str, Any]]], Iterator[str]],
) -> None:
    """Write a list in the forms of `table`, in constant memory.

    Args:
        run: the invocation.
        items: JSON-ready rows of the same members, made as they are asked for.
        members: their names, for an unknown `--field` of an empty list.
        plain: makes an item's line for a pipe.
        human: makes the pieces for a terminal; it escapes what came from outside itself.

    Raises:
        InvalidInput: a `--field` that no row has.
        Conflict: the file that `-o` names exists.
    """
    for field in run.fields:
        value_at(dict.fromkeys(members), field)
    if run.output is not None:
        refuse_existing(run, str(run.output))
    if run.to_terminal and not (run.json or run.fields):
        for text in human(items):
            write_text(text)
    elif run.json and not (run.jsonl or run.fields):
        stream(run, _json_pieces(run, items))
    else:
        stream(run, _line_pieces(items, _line(run, plain)))


def _line(run: Run, plain: Callable[[dict[str, Any]], str]) -> Callable[[dict[str, Any]], str]:
    if run.fields:
        return lambda item: "\t".join(cell(value_at(item, field)) for field in run.fields)
    return (lambda item: compact_json(item).decode()) if run.json else plain


def _line_pieces(
    items: Iterable[dict[str, Any]], line: Callable[[dict[str, Any]], str]
) -> Iterator[bytes]:
    for block in _blocks(items):
        yield "".join(f"{line(item)}\n" for item in block).encode("utf-8", "backslashreplace")


def _json_pieces(run: Run, items: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Yield one JSON object; on a terminal indented, as `json_text` does."""
    opened, closed = json_text(run, {"items": []}).rsplit("[]", 1)
    one: Callable[[Any], bytes] = _indented if run.to_terminal else compact_json
    between, last = (b",\n    ", b"\n  ") if run.to_terminal else (b",", b"")
    before = f"{opened}[".encode() + between[1:]
    for block in _blocks(items):
        yield before + between.join(map(one, block))
        before = between
    if before != between:  # there was none
        yield f"{opened}[".encode()
        last = b""
    yield last + f"]{closed}\n".encode()


def _indented(item: dict[str, Any]) -> bytes:
    """Return an item as it stands in a list that is indented."""
    return json.dumps(item, indent=2).replace("\n", "\n    ").encode()


def _blocks(items: Iterable[Any]) -> Iterator[list[Any]]:
    rows = iter(items)
    while block := list(islice(rows, _ROWS_AT_A_TIME)):
        yield block


def drawn(
    rows: Iterable[tuple[str, ...]],
    *,
    titles: tuple[str, ...],
    flexible: int,
    colored: bool,
    styles: Mapping[tuple[int, str], str] | None = None,
) -> Iterator[str]:
    """Yield a table in pieces; of no rows, nothing.

    Args:
        rows: cells, safe for a terminal.
        titles: what stands above the columns.
        flexible: the number of the column that is cut where the terminal is too narrow.
        colored: whether to colour it.
        styles: (number of a column, its cell's text) -> a style for it.
    """
    blocks = _blocks(rows)
    if not (first := next(blocks, None)):
        return
    sizes = _sizes([titles, *first], flexible, more=len(first) == _ROWS_AT_A_TIME)

    def line(row: tuple[str, ...], *, head: bool = False) -> str:
        cells = []
        for number, (text, size) in enumerate(zip(row, sizes, strict=True)):
            shown = clipped(text, size) if number == flexible else text
            style = "bold" if head else (styles or {}).get((number, text), "")
            padding = " " * max(0, size - width_of(shown)) if number < len(row) - 1 else ""
            cells.append((paint(shown, style, on=colored) if style else shown) + padding)
        return _GAP.join(cells).rstrip() + "\n"

    yield line(titles, head=True)
    for block in chain([first], blocks):
        yield "".join(map(line, block))


def _sizes(rows: list[tuple[str, ...]], flexible: int, *, more: bool) -> list[int]:
    sizes = [max(map(width_of, cells)) for cells in zip(*rows, strict=True)]
    room = terminal_width() - sum(sizes) + sizes[flexible] - len(_GAP) * (len(sizes) - 1)
    # Rows to come may need more than those that were looked at.
    wanted = max(sizes[flexible], 40) if more else sizes[flexible]
    sizes[flexible] = max(_LEAST_WIDTH, min(wanted, room))
    return sizes


def terminal_width() -> int:
    """Return how many columns the terminal of stdout has."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def width_of(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_width, text))


def _width(character: str) -> int:
    from unicodedata import combining, east_asian_width

    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def clipped(text: str, width: int) -> str:
    """Return a text that takes at most so many columns, an ellipsis for what was cut."""
    if width_of(text) <= width:
        return text
    kept, room = [], width - 1
    for character in text:
        room -= _width(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept) + "…"
