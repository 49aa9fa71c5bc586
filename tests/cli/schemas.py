"""Transcripts against the JSON Schemas that the program prints itself.

Whatever a test runs, what it printed as JSON is validated: documents by their `schema`, lines of
`--jsonl` by their command, messages on stderr. A member that nobody described fails the test.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

from authcli.cli import _tree
from authcli.cli.help.json_schemas import json_schema

#: Of so many rows some are validated, or a test of a million lines would take minutes.
MOST_ROWS = 60
_JSON = {"-j", "--json", "--jsonl"}
#: What speaks for other commands -> whose lines it prints.
_SPEAKS_FOR = {"inspect": ("key.inspect", "totp.read")}
#: With these something else is printed than the document.
_OTHERWISE = ("--field", "--help", "-h", "--output", "-o")


def check(arguments: Sequence[str], out: bytes, err: bytes) -> None:
    """Raise `AssertionError` where JSON of a run is not as its schema says.

    Args:
        arguments: of `authcli`.
        out, err: what it wrote.
    """
    for line in err.splitlines():
        if line.startswith(b'{"'):
            require("message", json.loads(line))
    words = arguments[: arguments.index("--")] if "--" in arguments else arguments
    document = _object(out)
    name = _own_name(document)
    if name is not None:
        require(name, document)
    elif out and _JSON & {*words} and not any(word.startswith(_OTHERWISE) for word in words):
        assert "--jsonl" in words, f"no document with a `schema`: {out[:200]!r}"
        command = _command(tuple(words))
        _check_lines(_SPEAKS_FOR.get(command, (command,)), out)


def require(name: str, value: Any) -> None:
    """Raise `AssertionError` where a value is not as a schema says."""
    validator = _validator(name)
    value = _sampled(value)
    if not validator.is_valid(value):
        error = best_match(validator.iter_errors(value))
        raise AssertionError(f"not as `authcli help schemas {name}` says: {error}")


def _check_lines(commands: Sequence[str], out: bytes) -> None:
    names = [f"{command}.line" for command in commands]
    for line in _some(out.splitlines()):
        value = json.loads(line)
        fitting = [name for name in names[1:] if _validator(name).is_valid(value)]
        require(_own_name(value) or next(iter(fitting), names[0]), value)


def _object(out: bytes) -> dict[str, Any] | None:
    """Return what was printed as a whole, where it is one object."""
    if not out.startswith(b"{"):
        return None
    try:
        value = json.loads(out)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _own_name(value: Any) -> str | None:
    """Return the name in a document's `schema`; None where that is no document of ours."""
    name = value.get("schema") if isinstance(value, dict) else None
    if not isinstance(name, str) or not name.startswith("authcli/"):
        return None
    return name.split("/")[1]


def _sampled(value: Any) -> Any:
    if isinstance(value, dict) and isinstance(value.get("items"), list):
        return {**value, "items": list(_some(value["items"]))}
    return value


def _some(rows: Sequence[Any]) -> Iterator[Any]:
    yield from rows[:: len(rows) // MOST_ROWS + 1]


@cache
def _validator(name: str) -> Draft202012Validator:
    schema = json_schema(name)
    assert schema is not None, f"no schema describes {name}: authcli/cli/help/schemas"
    return Draft202012Validator(schema, format_checker=FormatChecker())


@cache
def _command(words: tuple[str, ...]) -> str:
    """Return the dotted name of the command that words run, by whatever alias."""
    names: list[str] = []
    here = _tree.root()
    for word in words:
        following = None if word.startswith("-") else _tree.child(here, word)
        if following is not None:
            here = following
            names.append(str(here.command.name))
    return ".".join(names)
