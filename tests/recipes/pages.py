"""Pages of Markdown, run from top to bottom in one bash, as a reader types them.

A block of `sh` must succeed, whatever it prints. A block of `console` prints what it shows, where
"..." stands for anything, and ends with 0 or with the exit code that it shows.
"""

from __future__ import annotations

import re
from pathlib import Path

from tests.recipes.machine import Machine, edited
from tests.test_readme import matches, steps

_BLOCK = re.compile(r"^```(console|sh)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_END = "\x1e"


def commands(page: str) -> list[tuple[str, str, int]]:
    """Return each command of a page, what it prints ("..." for `sh`), and its exit code."""
    found = []
    for language, text in _BLOCK.findall(page):
        found += steps(text) if language == "console" else [(text.rstrip("\n"), "...", 0)]
    return found


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
