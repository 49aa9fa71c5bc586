"""JSON Schemas of what `--json` and `--jsonl` print: `schemas/NAME.json`, each made whole here.

A file has what is its document's own; what several share is in `schemas/_parts.json`. What is
printed holds all that it refers to, so that a validator needs no other file and no network.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from authcli.cli.help._data import read_text

__all__ = ["SchemaRow", "json_schema", "schema_rows"]

#: What follows the name of a document for one line of its `--jsonl`.
LINE = ".line"
_REFERENCE = "#/$defs/"


class SchemaRow(NamedTuple):
    """A schema in the list of all."""

    name: str
    """The `schema` of the document, without "authcli/" and the number: "jwt.mint"."""
    id: str
    """Its `$id`."""
    title: str
    """What it describes, in a few words."""


def schema_rows() -> Iterator[SchemaRow]:
    """Yield a row for each schema: documents by their names, each before its line."""
    entries = files(__package__).joinpath("schemas").iterdir()
    for name in sorted(e.name.removesuffix(".json") for e in entries if e.name[:1] != "_"):
        own = _read(name)
        yield SchemaRow(name, own["$id"], own["title"])
        if "line" in own.get("$defs", {}):
            line = _line(name, own)
            yield SchemaRow(name + LINE, line["$id"], line["title"])


def json_schema(name: str) -> dict[str, Any] | None:
    """Return a schema with all that it refers to; None where there is none of that name."""
    if name not in {row.name for row in schema_rows()}:
        return None
    document = name.removesuffix(LINE)
    own = _read(document)
    body = own if name == document else _line(document, own)
    body = {member: value for member, value in body.items() if member != "$defs"}
    known = _read("_parts")["$defs"] | own.get("$defs", {})
    wanted = dict.fromkeys(_references(body))
    for part in (queue := list(wanted)):  # which grows on the way
        more = [one for one in _references(known[part]) if one not in wanted]
        wanted |= dict.fromkeys(more)
        queue += more
    return body | ({"$defs": {part: known[part] for part in wanted}} if wanted else {})


def _line(name: str, own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of one line, which the document has among its `$defs`."""
    return {
        "$schema": own["$schema"],
        "$id": own["$id"].replace(f":{name}:", f":{name}{LINE}:"),
        "title": f"{own['title']}: a line of --jsonl",
        "$ref": f"{_REFERENCE}line",
    }


def _references(value: object) -> Iterator[str]:
    """Yield the names in `$defs` that a schema refers to."""
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str):
            yield reference.removeprefix(_REFERENCE)
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _references(one)


@cache
def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(read_text(f"schemas/{name}.json"))
    return found
