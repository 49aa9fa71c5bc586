"""The records of an export: CSV, JSON lines, or a JSON document, recognised by their content.

In constant memory: a line, or an item of a JSON array, is read at a time, and is bounded. What is
wrong with one record is its error and not the file's, so that all bad ones can be named at once.
"""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import BinaryIO, NamedTuple, TypeAlias

from authcli.encoding import read_json
from authcli.errors import AuthError, InvalidEncoding, InvalidInput

__all__ = ["FORMATS", "Record", "records"]

FORMATS = ("csv", "jsonl", "json")
#: A line, or an item of a JSON array.
MAX_RECORD = 1 << 20
#: A JSON document that is an object with the list in it.
MAX_DOCUMENT = 64 << 20
_CHUNK = 1 << 16
#: What database clients write for nothing.
_NULLS = ("", "NULL", "null", "\\N")
_HEX_DIGEST = re.compile(r"\s*(?:[0-9a-f]{64}|[0-9A-F]{64})\s*")
#: What the cells of a CSV without a header are taken for.
_HEADERLESS = ["sha256", "name", "owner", "scopes", "expires"]
_BLANKS = " \t\r\n"
#: Where the list is in an object, as APIs answer.
_LISTS = ("keys", "data", "items", "result", "results")

Fields: TypeAlias = Mapping[str, object]


class Record(NamedTuple):
    """One key, as an export tells of it."""

    number: int
    """Of its line; of its item, from one, in a JSON document."""
    fields: Fields
    error: AuthError | None = None
    """Why it cannot be read."""


def records(file: BinaryIO, *, form: str | None = None) -> Iterator[Record]:
    """Yield the records of an export.

    Args:
        file: UTF-8.
        form: one of `FORMATS`; None recognises it.

    Raises:
        InvalidInput: it is of none of these, empty, or cannot be read on.
    """
    text = io.TextIOWrapper(file, "utf-8-sig", "surrogateescape", newline="")
    try:
        beginning = text.read(_CHUNK)
        if not beginning.strip():
            raise InvalidInput("the export is empty", code="source.empty")
        chosen = form or _recognised(beginning)
        yield from {"csv": _csv, "jsonl": _json_lines, "json": _json}[chosen](
            _Text(beginning, text)
        )
    finally:
        with suppress(ValueError):  # the caller has closed it, else the wrapper would
            text.detach()


class _Text:
    """Text whose beginning was read already."""

    def __init__(self, beginning: str, rest: io.TextIOWrapper) -> None:
        self._ahead, self._rest = beginning, rest

    def read(self) -> str:
        """Return some more of it; nothing at the end."""
        ahead, self._ahead = self._ahead, ""
        return ahead or self._rest.read(_CHUNK)

    def lines(self) -> Iterator[str]:
        """Yield its lines with their ends.

        Raises:
            InvalidInput: one has no end within reason.
        """
        held, number = "", 1
        while more := self.read():
            *whole, held = (held + more).split("\n")
            for line in whole:
                yield line + "\n"
                number += 1
            if len(held) > MAX_RECORD:
                raise InvalidInput(
                    f"line {number} is longer than {MAX_RECORD} characters",
                    code="source.too-large",
                )
        if held:
            yield held


def _recognised(beginning: str) -> str:
    start = beginning.lstrip()
    if start.startswith("["):
        return "json"
    if not start.startswith("{"):
        return "csv"
    try:
        first = json.loads(start.partition("\n")[0])
        return "json" if isinstance(first, dict) and _list_in(first) is not None else "jsonl"
    except (ValueError, RecursionError):  # it goes on in the next line, or is refused there
        return "json"


def _csv(text: _Text) -> Iterator[Record]:
    import csv

    lines = text.lines()
    header_line = next(lines)
    delimiter = max(",;\t|", key=header_line.count)
    try:
        cells = next(csv.reader([header_line], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise _no_csv("the header", error) from None
    header = [name.strip() for name in cells]
    first: list[str] | None = None
    if any(_HEX_DIGEST.fullmatch(name) for name in header):
        header, first = _HEADERLESS[: len(header)], header
    # Counted in one pass: a header may have half a million cells.
    twice = next((name for name, count in Counter(header).items() if count > 1), None)
    if twice is not None:
        raise InvalidInput(f"the header has the column {ascii(twice)[:80]} twice")
    if first is not None:
        yield _row(1, header, first)
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        number = rows.line_num + 2
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:  # where the next record begins is not known
            raise _no_csv(f"line {number}", error) from None
        if row:
            yield _row(number, header, row)


def _no_csv(what: str, error: Exception) -> InvalidInput:
    # The message quotes the delimiter.
    return InvalidInput(f"{what} is not CSV: {str(error).replace(chr(9), 'TAB')}")


def _row(number: int, header: list[str], row: list[str]) -> Record:
    if len(row) > len(header):
        message = f"{len(row)} cells, and the header has {len(header)}"
        return Record(number, {}, InvalidInput(message))
    if any("\ud800" <= character <= "\udfff" for cell in row for character in cell):
        return Record(number, {}, InvalidEncoding("it is not UTF-8"))
    cells = (None if cell.strip() in _NULLS else cell.strip() for cell in row)
    return Record(number, dict(zip(header, cells, strict=False)))


def _json_lines(text: _Text) -> Iterator[Record]:
    for number, line in enumerate(text.lines(), 1):
        if line.strip():
            yield _read(number, line.strip(_BLANKS))


def _read(number: int, text: str) -> Record:
    """Return a record of a JSON text, which is as strict as all JSON here."""
    try:
        value = read_json(text.encode("utf-8", "surrogateescape"), what="record")
    except InvalidEncoding as error:
        return Record(number, {}, error)
    if not isinstance(value, dict):
        return Record(number, {}, InvalidEncoding("the record is not a JSON object"))
    return Record(number, _flat(value))


def _flat(value: dict[str, object]) -> Fields:
    """Return a record of Django's `dumpdata` as the others are."""
    fields = value.get("fields")
    if isinstance(fields, dict) and "model" in value:
        return {"id": value.get("pk"), **fields}
    return value


def _json(text: _Text) -> Iterator[Record]:
    beginning = ""
    while not beginning.strip() and (more := text.read()):
        beginning += more
    if beginning.lstrip().startswith("["):
        for number, item in enumerate(_items(beginning.lstrip()[1:], text), 1):
            yield _read(number, item)
        return
    parts, size = [beginning], len(beginning)
    while more := text.read():
        parts.append(more)
        size += len(more)
        if size > MAX_DOCUMENT:
            raise InvalidInput(
                "the JSON document is too large to be read at once",
                hint="export the list alone, as a JSON array or as JSON lines",
                code="source.too-large",
            )
    document = "".join(parts).encode("utf-8", "surrogateescape")
    value = read_json(document, what="export", max_bytes=4 * MAX_DOCUMENT)
    found = _list_in(value) if isinstance(value, dict) else None
    for number, item in enumerate([value] if found is None else found, 1):
        fields = _flat(item) if isinstance(item, dict) else {}
        error = None if fields else InvalidEncoding("the record is not a JSON object")
        yield Record(number, fields, error)


def _list_in(value: Mapping[str, object]) -> list[object] | None:
    """Return the list of records in an object, as APIs wrap it: {"data": {"keys": […]}}."""
    for name in _LISTS:
        inner = value.get(name)
        if isinstance(inner, list):
            return inner
        if isinstance(inner, dict) and (found := _list_in(inner)) is not None:
            return found
    return None


def _items(held: str, text: _Text) -> Iterator[str]:
    """Yield the texts of a JSON array's items, from behind its bracket on."""
    decoder, first = json.JSONDecoder(), True
    while True:
        held = held.lstrip(_BLANKS)
        if held[:1] == "]":
            return
        if not first and held[:1] == ",":
            held = held[1:].lstrip(_BLANKS)
        elif held and not first:
            raise _broken("something else than ',' stands between two items")
        try:
            _, end = decoder.raw_decode(held) if held else (None, 0)
        except (ValueError, RecursionError):
            end = 0
        if end:
            yield held[:end]
            held, first = held[end:], False
            continue
        if len(held) > MAX_RECORD:
            raise _broken("an item is not JSON, or too long")
        more = text.read()
        if not more:
            raise _broken("it ends within")
        # The comma that was taken off belongs to what is tried again.
        held = ("" if first else ",") + held + more if held else held + more


def _broken(problem: str) -> InvalidInput:
    return InvalidInput(f"the export is no whole JSON array: {problem}")
