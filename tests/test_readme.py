"""README's examples run as a reader would type them, and print what README shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import tree
from tests.docs.sessions import ROOT, blocks, commands, newcomer, run_page

README = (ROOT / "README.md").read_text("utf-8")
REFERENCE = ROOT / "docs" / "commands.md"


def test_there_is_something_to_run() -> None:
    assert len(commands(README)) >= 4
    assert len(blocks(README, "python")) >= 1


def test_console_examples_print_what_is_shown(tmp_path: Path) -> None:
    """All sessions in one folder, in order: later ones use what earlier ones made."""
    with newcomer(tmp_path) as machine:
        run_page(ROOT / "README.md", machine)


@pytest.mark.parametrize("source", blocks(README, "python"))
def test_python_examples_run(source: str) -> None:
    exec(compile(source, "README.md", "exec"), {})


def test_readme_shows_every_exit_code_as_the_program_has_it() -> None:
    from authcli.cli._errors import ExitCode

    rows = dict(re.findall(r"^\| (\d+) \| ([a-z-]+) \|", README, re.MULTILINE))
    expected = {
        str(int(code)): code.name.lower().replace("_", "-") for code in ExitCode if code < 100
    }
    assert rows == expected


def test_every_group_is_in_readme_and_every_command_in_the_reference() -> None:
    """Groups, and commands that stand alone; docs/commands.md has the rest."""
    groups, every = tree.groups(), tree.commands()
    shown = groups | {words for words in every if len(words) == 1}
    reference = REFERENCE.read_text("utf-8")
    assert _unnamed(shown, README) == []
    assert _unnamed(groups | every, reference) == []


def _unnamed(commands: set[tuple[str, ...]], text: str) -> list[str]:
    names = sorted(" ".join(("authcli", *words)) for words in commands)
    return [name for name in names if name not in text]


def test_a_newcomer_reads_it_in_one_sitting() -> None:
    """Long detail is the guide's: docs/guide."""
    assert len(README.splitlines()) <= 250
