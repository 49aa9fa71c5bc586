"""`authcli help schemas`: every output is described, nothing more and nothing less is taken."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from authcli.cli.help import json_schemas
from authcli.cli.help.json_schemas import json_schema, schema_rows
from tests import tree
from tests.cli import schemas
from tests.cli.harness import Cli

NAMES = [row.name for row in schema_rows()]
#: Print no document of their own: the one runs a program, the other speaks for other commands.
SPEECHLESS = {"exec", "inspect"}
#: Documents that are no command's: of `inspect`, of a file, and what stands on stderr.
OTHERS = {"apikey.inspect", "jwt.refresh-token", "audit.head", "message"}
#: Members that hold what is the user's, or that are named by what they count.
OPEN = {
    *("after", "before", "claims", "cost", "counts", "detail", "header", "json_schema"),
    *("metadata", "payload", "protected", "public_jwk", "topics", "unprotected", "keys"),
}
#: Texts of which one fits every pattern.
TEXTS = (
    *("text", "2026-12-01T09:00:00Z", "token.expired", "ak_0Bq3v9XkT1a"),
    *("0600", "cron", "schemas jwt.mint"),
)


def test_every_command_has_a_schema_and_every_schema_a_command() -> None:
    documents = {name for name in NAMES if not name.endswith(".line")}
    assert documents - OTHERS == {".".join(words) for words in tree.commands()} - SPEECHLESS
    assert documents >= OTHERS


def test_every_schema_is_a_schema() -> None:
    """All at once, which costs a tenth: what several share is looked at once."""
    files = {name: json_schemas._read(name) for name in NAMES if not name.endswith(".line")}
    parts = json_schemas._read("_parts")["$defs"]
    Draft202012Validator.check_schema({"$defs": {**parts, **files}})
    for name, own in files.items():
        assert own["$id"] == f"urn:authcli:{name}:1"
        assert own["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
        if name != "message":
            assert own["properties"]["schema"]["const"] == f"authcli/{name}/1"


def test_every_member_is_described_in_a_sentence() -> None:
    for name in NAMES:
        for member, schema in _members(json_schema(name)):
            assert schema.get("description", "")[-1:] == ".", (name, member)


def _members(schema: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {}).items()
        schema = list(schema.values())
    if isinstance(schema, list):
        for one in schema:
            yield from _members(one)


def test_a_member_too_few_or_too_many_is_refused() -> None:
    """Of every form that a document has, and of every object in it that is ours."""
    done: set[tuple[str, ...]] = set()
    for name in NAMES:
        validator, optional = schemas._validator(name), _optional(name)
        for document in _forms(json_schema(name) or {}):
            assert [*validator.iter_errors(document)] == [], name
            for place in _places(document):
                if place[:1] == ("items",) and f"{name}.line" in NAMES:
                    continue  # as lines they are looked at anyway
                if not OPEN & {str(step) for step in place}:
                    assert not validator.is_valid(_with_a_member_more(document, place)), place
                members = tuple(_at(document, place))
                if place and members in done:
                    continue  # part of another document, too
                done.add(members)
                for member in {*members} - optional:
                    wrong = _without_a_member(document, place, member)
                    assert not validator.is_valid(wrong), (name, place, member)


def _optional(name: str) -> set[str]:
    """Return the members that may be missing."""
    found = set()
    for schema in _objects(json_schema(name)):
        found |= schema.get("properties", {}).keys() - {*schema.get("required", ())}
    return found


def _objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if "properties" in schema:
            yield schema
        schema = list(schema.values())
    if isinstance(schema, list):
        for one in schema:
            yield from _objects(one)


def _forms(schema: dict[str, Any]) -> Iterator[Any]:
    """Yield an example of each form that a schema allows at the top."""
    parts = schema.get("$defs", {})
    target = schema
    while "$ref" in target and "oneOf" not in target:
        target = parts[target["$ref"].rpartition("/")[2]]
    if "oneOf" not in target:
        yield _example(schema, parts)
    for form in target.get("oneOf", ()):
        own = {name: value for name, value in schema.items() if name not in ("oneOf", "$ref")}
        yield _merged(_example(own, parts), _example(form, parts))


def _example(schema: dict[str, Any], parts: dict[str, Any]) -> Any:
    """Return a small value that a schema takes; of several forms the first."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    found: Any = None
    for other in (schema.get("oneOf") or schema.get("anyOf") or ())[:1]:
        found = _example(other, parts)
    for other in schema.get("allOf", ()):
        found = _merged(found, _example(other, parts))
    if "$ref" in schema:
        found = _merged(found, _example(parts[schema["$ref"].rpartition("/")[2]], parts))
    if "properties" in schema:
        wanted = schema.get("required", ())
        own = {n: _example(schema["properties"][n], parts) for n in wanted}
        found = _merged(found, own)
    return _plain(schema, parts) if found is None else found


def _merged(one: Any, other: Any) -> Any:
    return {**one, **other} if isinstance(one, dict) and isinstance(other, dict) else other


def _plain(schema: dict[str, Any], parts: dict[str, Any]) -> Any:
    kind = schema.get("type", "null")
    kind = kind if isinstance(kind, str) else kind[0]
    if kind == "string":
        return next(text for text in TEXTS if re.search(schema.get("pattern", ""), text))
    if kind == "array":
        return [_example(schema["items"], parts)]
    return {"object": {}, "boolean": True, "null": None}.get(kind, schema.get("minimum", 0))


def _places(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every object in a document."""
    if isinstance(value, dict):
        yield here
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    for step, inner in steps:
        if isinstance(inner, dict | list):
            yield from _places(inner, (*here, step))


def _at(value: Any, place: tuple[Any, ...]) -> Any:
    for step in place:
        value = value[step]
    return value


def _without_a_member(document: Any, place: tuple[Any, ...], member: str) -> Any:
    wrong = deepcopy(document)
    del _at(wrong, place)[member]
    return wrong


def _with_a_member_more(document: Any, place: tuple[Any, ...]) -> Any:
    wrong = deepcopy(document)
    _at(wrong, place)["unheard_of"] = 1
    return wrong


def test_a_schema_is_printed_whole(cli: Cli) -> None:
    """All that it refers to is in it; nothing in it is unused."""
    printed = json.loads(cli.ok("help", "schemas", "jwt.verify"))
    assert printed == json_schema("jwt.verify")
    for name in NAMES:
        text = json.dumps(json_schema(name))
        references = {*re.findall(r'"\$ref": "#/\$defs/([^"]+)"', text)}
        assert references == (json_schema(name) or {}).get("$defs", {}).keys(), name
        assert text.count('"$ref"') == len(re.findall(r'"\$ref": "#/\$defs/', text))


def test_a_schema_is_found_by_its_commands_words_and_as_documents_name_it(cli: Cli) -> None:
    by_name = cli.ok("help", "schemas", "password.htpasswd.add")
    assert cli.ok("help", "schemas", "password", "htpasswd", "add") == by_name
    assert cli.ok("help", "schemas", "authcli/password.htpasswd.add/1") == by_name
    found = json.loads(cli.ok("help", "schemas", "password.htpasswd.add", "--json"))
    assert found["json_schema"] == json.loads(by_name)


def test_the_list_has_every_name(cli: Cli) -> None:
    listed = json.loads(cli.ok("help", "schemas", "--json"))["schemas"]
    assert [row["name"] for row in listed] == NAMES
    assert listed[NAMES.index("jwt.mint.line")] == {
        "name": "jwt.mint.line",
        "id": "urn:authcli:jwt.mint.line:1",
        "title": "A token: a line of --jsonl",
    }


def test_an_unknown_name_is_exit_7_and_names_the_near_ones(cli: Cli) -> None:
    assert str(cli("help", "schemas", "jwt.mnt")) == (
        "exit: 7\n--- stdout\n--- stderr\n"
        "error: there is no schema 'jwt.mnt'\n"
        "hint: did you mean jwt.mint or jwt.mint.line or jwt.inspect?\n"
    )
    assert cli("help", "schemas", "../_parts").code == 7


GOOD = '{"schema":"authcli/key.secret/1","bytes":32,"bits":256,"encoding":"hex","secret":"x"}'
NOTE = '{"note":"it is said"}'


@pytest.mark.parametrize(
    ("words", "out", "err"),
    [
        (["key", "secret", "--json"], GOOD.replace('"bits"', '"size"'), ""),
        (["key", "secret", "--json"], GOOD.replace("256", '"256"'), ""),
        (["key", "secret", "--json"], GOOD.replace("}", ',"new":1}'), ""),
        (["key", "secret", "--json"], GOOD.replace("key.secret", "key.unheard-of"), ""),
        (["key", "secret", "--json"], "bare", ""),
        (["key", "secret", "--json"], GOOD, '{"notice":"it is said"}'),
        (["key", "secret", "--json"], GOOD, '{"error":{"code":"x","message":"y","exit":1}}'),
        (["jwt", "issued", "--jsonl"], '{"jti":"1"}', ""),
        (["tokens", "encode", "--count", "2", "--jsonl"], '{"line":1,"token":"x"}', ""),
    ],
)
def test_a_transcript_that_strays_from_its_schema_fails(
    words: list[str], out: str, err: str
) -> None:
    """What the harness does after each command of each test."""
    schemas.check(["key", "secret", "--json"], GOOD.encode(), NOTE.encode())
    with pytest.raises((AssertionError, ValueError)):
        schemas.check(words, out.encode(), err.encode())
