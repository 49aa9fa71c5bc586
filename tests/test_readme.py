"""README's examples run as a reader would type them, and print what README shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import tree

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```(console|python)\n(.*?)```", README, re.DOTALL)
EXIT_CODE = re.compile(r"\[exit code (\d+)\]\n")


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A newcomer's environment: an empty home, and `authcli` on the PATH."""
    home = tmp_path_factory.mktemp("newcomer")
    (home / "bin").mkdir()
    script = home / "bin" / "authcli"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m authcli "$@"\n')
    script.chmod(0o755)
    kept = {n: os.environ[n] for n in os.environ if n.startswith("COVERAGE_PROCESS")}
    path = f"{home / 'bin'}:{os.environ['PATH']}"
    keychain = {  # of a machine without a desktop, opened without a question
        "AUTHCLI_KEYCHAIN": "file",
        "AUTHCLI_KEYCHAIN_PASSPHRASE": "env:KEYCHAIN_PASSPHRASE",
        "KEYCHAIN_PASSPHRASE": "a passphrase that README does not show",
    }
    return {**kept, **keychain, "HOME": str(home), "PATH": path, "LC_ALL": "C.UTF-8"}


def sessions(kind: str) -> list[str]:
    return [text for language, text in BLOCKS if language == kind]


def steps(session: str) -> list[tuple[str, str, int]]:
    """Return each command of a session with the output that README shows, and the exit code."""
    found = []
    for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        code = EXIT_CODE.search(shown)
        expected = EXIT_CODE.sub("", shown).rstrip("\n")
        found.append((command, expected, int(code[1]) if code else 0))
    return found


def matches(shown: str, expected: str) -> bool:
    """Compare as doctest does with ELLIPSIS: "..." stands for anything."""
    pattern = ".*?".join(re.escape(piece) for piece in expected.split("..."))
    return re.fullmatch(pattern, shown, re.DOTALL) is not None


def test_there_is_something_to_run() -> None:
    assert len(sessions("console")) >= 4
    assert len(sessions("python")) >= 1


def test_console_examples_print_what_is_shown(reader: dict[str, str]) -> None:
    """All sessions in one folder, in order: later ones use what earlier ones made."""
    kept = {name: Path(reader["HOME"]) / f".{name}" for name in ("TOKEN", "KEY")}
    keep = "; ".join(f'printf %s "${name}" > "{path}"' for name, path in kept.items())
    for session in sessions("console"):
        for command, expected, code in steps(session):
            exported = {n: path.read_text() if path.exists() else "" for n, path in kept.items()}
            done = subprocess.run(
                ["bash", "-c", f"{command}\ncode=$?; {keep}; exit $code"],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                text=True,
                env={**reader, **exported},
                cwd=reader["HOME"],
            )
            shown = done.stdout.rstrip("\n")
            assert done.returncode == code, f"{command}\n{shown}"
            assert matches(shown, expected), f"{command}\nshown:\n{shown}\nREADME:\n{expected}"


@pytest.mark.parametrize("source", sessions("python"))
def test_python_examples_run(source: str) -> None:
    exec(compile(source, "README.md", "exec"), {})


def test_readme_shows_every_exit_code_as_the_program_has_it() -> None:
    from authcli.cli._errors import ExitCode

    rows = dict(re.findall(r"^\| (\d+) \| ([a-z-]+) \|", README, re.MULTILINE))
    expected = {
        str(int(code)): code.name.lower().replace("_", "-") for code in ExitCode if code < 100
    }
    assert rows == expected


def test_every_command_is_in_readme() -> None:
    there = tree.groups() | tree.commands()
    # `authcli config` and its like are shown by what they are for, not verb by verb.
    named = {words for words in there if len(words) == 1 or words[0] != "config"}
    commands = sorted(" ".join(("authcli", *words)) for words in named)
    assert [command for command in commands if command not in README] == []
