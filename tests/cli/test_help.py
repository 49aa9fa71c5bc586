"""`authcli help`: complete, true, and as wide as a terminal."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

import authcli
from authcli import clock, errors
from authcli.cli import _tree
from authcli.cli._errors import MEANINGS, ExitCode, exit_code
from authcli.cli._settings import SETTINGS
from authcli.cli._sources import SOURCES
from authcli.cli.help.codes import codes
from authcli.cli.help.topics import TOPICS
from tests.cli.harness import Cli

PACKAGE = Path(authcli.__file__).parent
TREES = {
    path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text("utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
}
#: A dotted name whose first part is the first part of a code.
FAMILIES = {name.partition(".")[0] for name in codes() if "." in name}
DOTTED = re.compile(r"[a-z]+(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)+")
#: Constants that look like a code, and are the `schema` of a result or a file's name.
NO_CODES = {
    "apikey.enabled",
    "apikey.imported",
    "apikey.inspect",
    "config.toml",
    "jwks.json",
    "key.inspect",
    "keychain.lock",
    "keychain.names",
    "keychain.sealed",
    "manifest.json",
    "password.inspect",
    "token.inspect",
}


def _constants() -> set[str]:
    """Return every text of the source that has the shape of a code."""
    return {
        node.value
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and DOTTED.fullmatch(node.value)
        and node.value.partition(".")[0] in FAMILIES
    } - (NO_CODES | _events())


def _events() -> set[str]:
    """Return the names of the audit's events, which look alike: what is given to `record`."""
    return {
        node.args[0].value
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "record"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    } - {code for code, _ in _given()}


def _given() -> Iterator[tuple[str, str]]:
    """Return what is given as `code=…` or `default_code = …`, and where."""
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            named = isinstance(node, ast.keyword) and node.arg == "code"
            if isinstance(node, ast.Assign | ast.AnnAssign):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                named = isinstance(target, ast.Name) and target.id == "default_code"
            value = getattr(node, "value", None)
            if named and isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value, f"{path}:{value.lineno}"


def _error_classes(base: type[errors.AuthError] = errors.AuthError) -> Iterator[type]:
    yield base
    for child in base.__subclasses__():
        yield from _error_classes(child)


def test_every_code_in_the_source_is_explained() -> None:
    """A code that is raised or found, and not explained, is named here with its place."""
    assert {(code, at) for code, at in _given() if code not in codes()} == set()
    assert _constants() - codes().keys() == set()


def test_every_code_that_is_explained_is_in_the_source() -> None:
    used = _constants() | {code for code, _ in _given()}
    assert codes().keys() - used == set()


def test_the_exit_code_of_an_explanation_is_that_of_the_error() -> None:
    """Of each class by its default, and of each `raise Class(…, code="…")` in the source."""
    classes = {cls.__name__: cls for cls in _error_classes()}
    pairs = {(name, cls.default_code, "default") for name, cls in classes.items()}
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                for keyword in node.keywords:
                    if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                        pairs.add((name, str(keyword.value.value), f"{path}:{node.lineno}"))
    pairs = {row for row in pairs if row[0] in classes}
    # What the reader of a token's parts raises, its callers turn into the verdict.
    pairs = {row for row in pairs if row[:2] != ("InvalidEncoding", "token.malformed")}
    wrong = {
        (name, code, at)
        for name, code, at in pairs
        if codes()[code].exit != exit_code(classes[name].__new__(classes[name]))
    }
    assert wrong == set()


def test_the_exit_code_of_a_verdict_is_that_of_the_refusal() -> None:
    """Every code of a failed check, turned into the refusal that follows from it."""
    from authcli.tokens.report import Check, Report, refusal

    verdicts = {name for name in codes() if name.startswith("token.")} - {
        *("token.refused", "token.rejected", "token.revoked", "token.due"),
        *("token.differs", "token.uneditable", "token.registered", "token.no-jti"),
        *(name for name in codes() if name.startswith("token.lint.")),
    }
    for name in verdicts:
        error = refusal(Report((Check("format", "fail", "…", code=name),)))
        assert (name, exit_code(error)) == (name, codes()[name].exit)


def test_every_exit_code_has_its_meaning() -> None:
    assert set(MEANINGS) == set(ExitCode)
    text = TOPICS["exit-codes"].text()
    for code, meaning in MEANINGS.items():
        assert re.search(rf"^  {int(code)} ", text, re.MULTILINE), code
        assert meaning.split()[0] in text
    assert [
        name for name, code in codes().items() if code.exit is not None and name not in text
    ] == []


def test_every_explanation_reads_as_sentences() -> None:
    for name, code in codes().items():
        for text in filter(None, (code.meaning, code.cause, code.remedy)):
            assert text[-1] in ".?", name
            assert text == text.strip(), name
            assert text.isascii(), name


@pytest.mark.parametrize("topic", TOPICS)
def test_topics_fit_a_terminal(topic: str, cli: Cli) -> None:
    text = cli.ok("help", topic)
    assert text == TOPICS[topic].text()
    assert [line for line in text.splitlines() if len(line) > 80] == []
    assert text.isascii()


def test_the_list_names_every_topic(cli: Cli) -> None:
    listed = cli.ok("help")
    assert [name for name in TOPICS if f"  {name} " not in listed] == []
    assert json.loads(cli.ok("help", "--json"))["topics"].keys() == TOPICS.keys()


def test_a_code_is_explained(cli: Cli) -> None:
    assert cli.ok("help", "token.expired") == (
        "token.expired\n\n"
        "The token is genuine, but the time in its exp is over.\n\n"
        "Why: Tokens are meant to live for minutes; or a clock is wrong.\n\n"
        "What to do: Get a new token. --leeway 30s forgives clocks that differ; --now\n"
        "INSTANT tells whether it was valid then.\n\n"
        "Exit code 4: genuine, but expired or not yet valid."
    )
    assert json.loads(cli.ok("help", "token.expired", "--json"))["exit"] == 4
    for name in codes():
        assert max(map(len, cli_text(name).splitlines())) <= 80


def cli_text(name: str) -> str:
    """Return the text of a code, without a process for each."""
    from authcli.cli.help import _code

    page = _code([name])
    assert page is not None
    return str(page["text"])


def test_a_command_is_explained_by_its_help(cli: Cli) -> None:
    three = ["password", "htpasswd", "add"]
    for words in (["jwt", "mint"], ["key"], ["help"], three, three[:2]):
        assert cli.ok("help", *words) == cli.ok(*words, "--help").rstrip("\n")
    assert cli.ok("help", "tokens", "encode").startswith("Usage: authcli jwt mint ")


def test_an_unknown_topic_names_the_near_ones(cli: Cli) -> None:
    assert str(cli("help", "exit-code")) == (
        "exit: 7\n--- stdout\n--- stderr\n"
        "error: no help on 'exit-code'\n"
        "hint: did you mean exit-codes?\n"
    )
    assert cli("help", "token.expird").err.count("token.expired") == 1
    assert cli("help", "qqqq", "xxxx").code == 7
    assert json.loads(cli("help", "zz", "--json").err)["error"]["code"] == "topic.not-found"


def test_tables_are_data_in_json(cli: Cli) -> None:
    exits = json.loads(cli.ok("help", "exit-codes", "--json"))
    assert exits["exits"][4] == {
        "exit": 4,
        "name": "expired",
        "meaning": MEANINGS[ExitCode.EXPIRED],
    }
    assert len(exits["codes"]) == len(codes())
    variables = json.loads(cli.ok("help", "environment", "--json"))["variables"]
    assert {f"AUTHCLI_{name.upper()}" for name in SETTINGS} <= {
        row["variable"] for row in variables
    }
    algorithms = json.loads(cli.ok("help", "algorithms", "--json"))["algorithms"]
    assert {"name": "ES256", "kty": "EC", "curves": ["P-256"], "digest": "SHA-256"}.items() <= next(
        row for row in algorithms if row["name"] == "ES256"
    ).items()


def test_the_environment_topic_names_every_variable_that_is_read() -> None:
    """Every AUTHCLI_ name in the source, and the common ones, are in the topic."""
    text = TOPICS["environment"].text()
    read = {
        node.value
        for path, tree in TREES.items()
        if not path.startswith("cli/help/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"AUTHCLI_[A-Z]+|NO_COLOR|FORCE_COLOR|CI", node.value)
    }
    assert "AUTHCLI_PROFILE" in read
    assert [name for name in read if name not in text] == []


def test_the_sources_topic_names_every_source() -> None:
    text = TOPICS["sources"].text()
    assert [name for name in SOURCES if f"{name}:" not in text and name != "http"] == []


def test_the_examples_of_times_are_understood() -> None:
    lines = TOPICS["times"].text().splitlines()
    durations = next(line for line in lines if line.startswith("  durations "))
    instants = next(line for line in lines if line.startswith("  instants "))
    for text in shlex.split(durations)[1:]:
        assert clock.parse_duration(text) > 0
    for text in shlex.split(instants)[1:]:
        assert clock.parse_instant(text, at=1_800_000_000) > 0


def test_the_examples_of_claims_are_understood(cli: Cli) -> None:
    """The grammar's table, minted as one token."""
    (cli.home / "note.txt").write_text("read me")
    (cli.home / "rules.json").write_text('{"a": [1]}')
    rows = TOPICS["claims"].text().partition("\n\n")[2].partition("\n\n")[0].splitlines()
    claims = [row.split()[0] for row in rows]
    minted = json.loads(cli.ok("jwt", "mint", *claims, "--dry-run", "--json", "--no-exp"))[
        "payload"
    ]
    assert minted["address"] == {"city": "Oslo"}
    assert minted["roles"] == ["reader"]
    assert minted["rules"] == {"a": [1]}
    assert minted["note"] == "read me"
    assert minted["a.b"] == "x"
    assert minted["at"] == "@home"
    assert minted["https://ex.org/role"] == "x"


def test_every_example_of_a_topic_is_a_command_that_exists() -> None:
    """Each word after `authcli` leads somewhere, and each option is the command's own."""
    for topic in TOPICS.values():
        for line in re.findall(r"^  .*?authcli (.*)$", topic.text(), re.MULTILINE):
            words = shlex.split(line)
            context = _tree.root()
            while words and (found := _tree.child(context, words[0])) is not None:
                context, words = found, words[1:]
            known = {o for p in context.command.get_params(context) for o in p.opts}
            assert context.parent is not None, line
            assert [
                w for w in words if w.startswith("--") and w.partition("=")[0] not in known
            ] == []


def test_a_usage_error_points_at_the_help_of_its_command(cli: Cli) -> None:
    for words in (["jwt", "mint", "--sub"], ["jwt", "mint", "-k"], ["jwt", "mint", "--nope"]):
        refused = cli(*words)
        assert refused.code == 2
        assert "authcli jwt mint --help" in refused.err, words


def test_what_is_empty_is_named_by_the_option_that_takes_it(cli: Cli) -> None:
    assert "--sub is empty" in cli("jwt", "mint", "--sub", "").err
    assert "an argument is empty" in cli("inspect", "--json", "").err
