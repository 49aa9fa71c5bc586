"""The only writer of stdout: one result a command, as a person, a pipe or a program wants it.

terminal   the human form, coloured
pipe       the bare value
--json     one object with `schema`, compact in a pipe, indented on a terminal, ASCII
--field    raw values, TAB-separated
-o FILE    what a pipe would get, in a file: atomic, 0600, never over an existing one unasked
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from authcli.cli._key_text import refuse_key_text
from authcli.cli._text import visible
from authcli.cli._writing import write_all
from authcli.encoding import compact_json
from authcli.errors import AuthError, Conflict, InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run

__all__ = [
    "ReaderGone",
    "emit",
    "json_text",
    "payload_line",
    "raw",
    "refuse_existing",
    "save",
    "stream",
    "table",
    "write_text",
]

SCHEMA_VERSION = 1


class ReaderGone(Exception):
    """The reader of stdout went away (EPIPE); the command ends quietly with 141."""


def emit(
    run: Run,
    data: Mapping[str, Any],
    *,
    plain: str | bytes | None,
    human: Callable[[bool], str] | None = None,
) -> None:
    """Write the result of a command.

    Args:
        run: the invocation.
        data: the result as JSON-ready members, without `schema`.
        plain: the bare value for a pipe, without the last line break (bytes are written as they
            are); None where there is nothing to print.
        human: makes the form for a terminal, given whether to colour; None takes `plain`. It
            escapes what came from outside itself.
    """
    if run.fields:
        text = "\t".join(raw(value_at(data, field)) for field in run.fields)
        return _deliver(run, text + "\n")
    if run.json:
        return _deliver(run, json_text(run, data) + "\n")
    if isinstance(plain, bytes):
        _refuse_binary_on_terminal(run, plain)
        return _deliver(run, plain)
    if human is not None and run.to_terminal:
        return write_text(human(run.colored()) + "\n")
    if plain is None:
        return None
    if run.to_terminal:
        plain = visible(plain, keep="\n\t")
    return _deliver(run, plain if plain.endswith("\n") else plain + "\n")


def table(
    run: Run,
    items: list[dict[str, Any]],
    *,
    columns: tuple[str, ...],
    plain: Callable[[dict[str, Any]], str],
) -> None:
    """Write a list: a table on a terminal, a line an item in a pipe, `items` in JSON.

    Args:
        run: the invocation.
        items: JSON-ready rows of the same members.
        columns: the members that the table shows; the last one takes the room that is left.
        plain: makes an item's line for a pipe.
    """
    if run.fields:
        rows = ["\t".join(cell(value_at(item, field)) for field in run.fields) for item in items]
        _deliver(run, "".join(row + "\n" for row in rows))
    elif run.jsonl:
        _deliver(run, "".join(json.dumps(item, separators=(",", ":")) + "\n" for item in items))
    elif run.json:
        _deliver(run, json_text(run, {"items": items}) + "\n")
    elif run.to_terminal:
        write_text(_rich_table(run, items, columns))
    else:
        _deliver(run, "".join(plain(item) + "\n" for item in items))


def json_text(run: Run, data: Mapping[str, Any], *, indent: bool = True) -> str:
    """Return the JSON form of a result, with its schema and the clock where it was overridden.

    Args:
        run: the invocation.
        data: the result's members.
        indent: indent it on a terminal.
    """
    document = {"schema": f"authcli/{run.command}/{SCHEMA_VERSION}"}
    if run.now is not None:
        document["clock"] = "overridden"
    if indent and run.to_terminal and not run.jsonl:
        return json.dumps({**document, **data}, indent=2)
    return json.dumps({**document, **data}, separators=(",", ":"))


def payload_line(payload: Mapping[str, Any]) -> str:
    """Return claims as one line of JSON, as a pipe gets them."""
    return compact_json(payload).decode()


def value_at(data: Mapping[str, Any], field: str) -> Any:
    """Return the member at a dotted path; an absent one deeper down is None.

    Raises:
        InvalidInput: the result has no member of the path's first name.
    """
    if field in data:
        return data[field]
    first, _, rest = field.partition(".")
    if first not in data:
        inner = [n for n, v in data.items() if isinstance(v, dict) and first in v]
        raise InvalidInput(
            f"no field {ascii(field[:60])} here; fields: {', '.join(data)}",
            hint=f"write {inner[0]}.{field}" if inner else None,
            code="field.unknown",
        )
    value = data[first]
    while rest and isinstance(value, Mapping):
        if rest in value:  # a name that itself holds dots
            return value[rest]
        first, _, rest = rest.partition(".")
        value = value.get(first)
    return None if rest else value


def cell(value: object) -> str:
    """Return a value as one of a row among rows: what would end the row or the cell is escaped."""
    text = raw(value)
    return text if text.isprintable() else text.translate(_ENDS)


_ENDS = {ord("\t"): "\\t", ord("\n"): "\\n", ord("\r"): "\\r"}


def raw(value: object) -> str:
    """Return a value as `--field` prints it: text bare, null empty, the rest as compact JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"))


def stream(run: Run, pieces: Iterable[bytes]) -> None:
    """Write a result of any length, a piece at a time; a file of it is whole or not there."""
    if run.output is not None:
        return save(run, run.output, _made(pieces))
    for piece in pieces:
        write_text(visible(piece.decode(), keep="\n\t") if run.to_terminal else piece)
    return None


def _made(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield pieces; what fails in making them is not taken for a failure of the file."""
    try:
        yield from pieces
    except (OSError, ValueError) as error:
        raise RuntimeError from error


def save(run: Run, path: Path, data: bytes | Iterable[bytes], *, secret: bool = True) -> None:
    """Write a file that was named by a flag; without `--force` never over an existing one.

    Raises:
        Conflict: the file exists.
        AuthError: the folder or the disk refuses.
    """
    from authcli import files

    mode = files.PRIVATE if secret else files.PUBLIC
    try:
        if path.exists() and not path.is_file():
            raise InvalidInput(f"{_ascii(str(path))} is not a regular file", code="file.kind")
        (files.replace if run.force else files.create)(path, data, mode=mode)
    except (OSError, ValueError) as error:
        raise files.cannot_write(str(path), error) from None


def refuse_existing(run: Run, path: str | None) -> None:
    """Raise `Conflict` where a file that is to be written later exists and may not be replaced.

    Raises:
        InvalidInput: what was given for its name is the text of a key.
    """
    refuse_key_text(path or "")
    if path and not run.force and os.path.lexists(path):
        raise Conflict(f"{path!a} exists already", hint="--force overwrites it", code="file.exists")


def write_text(text: str | bytes) -> None:
    """Write to stdout and flush, so that a full disk or a closed pipe is noticed here."""
    if sys.stdout is None:
        raise AuthError("cannot write the result: stdout is closed", code="output.closed")
    data = text.encode("utf-8", "backslashreplace") if isinstance(text, str) else text
    try:
        sys.stdout.flush()
        write_all(sys.stdout.fileno(), data)
    except OSError as error:
        _drop_stdout()
        if error.errno == errno.EPIPE:
            raise ReaderGone from None
        raise AuthError(
            f"cannot write stdout: {(error.strerror or '').lower()}", code="output.failed"
        ) from None


def _deliver(run: Run, text: str | bytes) -> None:
    if run.output is None:
        if run.to_terminal and isinstance(text, str):
            text = visible(text, keep="\n\t")
        return write_text(text)
    data = text.encode("utf-8", "backslashreplace") if isinstance(text, str) else text
    return save(run, run.output, data)


def _refuse_binary_on_terminal(run: Run, data: bytes) -> None:
    if run.to_terminal and not data.isascii():
        raise InvalidInput("this is binary; a terminal cannot show it", hint="add -o FILE")


def _ascii(text: str) -> str:
    return ascii(text[:200])[1:-1]


def _drop_stdout() -> None:
    """Point stdout at nothing, so that the interpreter's own last flush cannot complain."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


def _rich_table(run: Run, items: list[dict[str, Any]], columns: tuple[str, ...]) -> str:
    import io

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, header_style="bold" if run.colored() else "")
    for number, name in enumerate(columns):
        last = number == len(columns) - 1
        drawn.add_column(name.upper().replace("_", " "), overflow="fold", no_wrap=not last)
    for item in items:
        drawn.add_row(*(Text(visible(raw(item.get(name)))) for name in columns))
    buffer = io.StringIO()
    Console(
        file=buffer,
        force_terminal=run.colored(),
        no_color=not run.colored(),
        width=os.get_terminal_size(sys.stdout.fileno()).columns or 80,
        highlight=False,
    ).print(drawn)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"
