"""Pages of Markdown, run from top to bottom in one bash, as a reader types them.

A block of `sh` must succeed, whatever it prints. A block of `console` prints what it shows, where
"..." stands for anything, and ends with 0 or with the exit code that it shows. Other languages
(`bash`, `yaml`, `text`) are not run here.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from tests.recipes.machine import Machine, edited

ROOT = Path(__file__).parents[2]

_BLOCK = re.compile(r"^```(console|sh)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_EXIT_CODE = re.compile(r"\[exit code (\d+)\]\n")
_END = "\x1e"


def commands(page: str) -> list[tuple[str, str, int]]:
    """Return each command of a page, what it prints ("..." for `sh`), and its exit code."""
    found = []
    for language, text in _BLOCK.findall(page):
        found += _steps(text) if language == "console" else [(text.rstrip("\n"), "...", 0)]
    return found


def blocks(page: str, language: str) -> list[str]:
    """Return the blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def _steps(session: str) -> list[tuple[str, str, int]]:
    found = []
    for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        while command.endswith("\\"):
            more, _, shown = shown.partition("\n")
            command += f"\n{more}"
        code = _EXIT_CODE.search(shown)
        expected = _EXIT_CODE.sub("", shown).rstrip("\n")
        found.append((command, expected, int(code[1]) if code else 0))
    return found


def matches(shown: str, expected: str) -> bool:
    """Compare as doctest does with ELLIPSIS: "..." stands for anything."""
    pattern = ".*?".join(re.escape(piece) for piece in expected.split("..."))
    return re.fullmatch(pattern, shown, re.DOTALL) is not None


def run_page(path: Path, machine: Machine, *, edits: dict[str, str] | None = None) -> list[str]:
    """Run a page; return what its commands printed."""
    asked = commands(edited(path.read_text("utf-8"), edits or {}))
    script = "".join(f"{command}\nprintf '{_END}%s{_END}' $?\n" for command, _, _ in asked)
    code, log = machine.run(["bash", "--noprofile", "--norc"], script, env={})
    pieces = log.split(_END)
    printed, codes = pieces[:-1:2], pieces[1::2]
    for (command, expected, wanted), shown, ended in zip(asked, printed, codes, strict=False):
        about = f"{path.name}: {command}\nshown:\n{shown}"
        assert int(ended) == wanted, about
        assert matches(shown.rstrip("\n"), expected), f"{about}\npage:\n{expected}"
    assert (code, len(codes)) == (0, len(asked)), log[-2000:]
    return printed


def newcomer(folder: Path) -> Machine:
    """Return a machine with an empty home, where `authcli` is on the PATH, and no desktop."""
    programs = folder / "bin"
    programs.mkdir()
    script = programs / "authcli"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m authcli "$@"\n')
    script.chmod(0o755)
    kept = {n: os.environ[n] for n in os.environ if n.startswith("COVERAGE_PROCESS")}
    home = folder / "home"
    environment = {
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PATH": f"{programs}:{os.environ['PATH']}",
        # The keychain of a machine without a desktop, opened without a question.
        "AUTHCLI_KEYCHAIN": "file",
        "AUTHCLI_KEYCHAIN_PASSPHRASE": "env:KEYCHAIN_PASSPHRASE",
        "KEYCHAIN_PASSPHRASE": "a passphrase that no page shows",
    }
    return Machine(home, {**kept, **environment})
