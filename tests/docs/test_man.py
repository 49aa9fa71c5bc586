"""The manual is what the program's help says, and every reader of man pages renders it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import tree
from tests.docs import man
from tests.docs.commands import commands, common_options, root
from tests.docs.roff import filled, prose, verbatim
from tests.requirements import require

Kept = Callable[[Path, str], None]

PAGES = sorted(man.FOLDER.glob("*"))


def test_the_pages_are_what_help_says(kept: Kept, request: pytest.FixtureRequest) -> None:
    pages = man.pages()
    if request.config.getoption("--write"):
        for path in {path for path in PAGES if path.name not in pages}:
            path.unlink()
    for name, text in pages.items():
        kept(man.FOLDER / name, text)
    assert sorted(path.name for path in man.FOLDER.iterdir()) == sorted(pages)


def test_every_command_and_group_has_a_page() -> None:
    there = {(), *tree.commands(), *tree.groups()}
    assert man.pages().keys() == {"-".join(("authcli", *words)) + ".1" for words in there}


def test_every_argument_and_option_is_explained() -> None:
    """A page, `--help` and TAB have nothing else to say of it."""
    bare = [
        f"{command.name} {about}"
        for command in (root(), *commands())
        for about, help in [
            *((a.metavar, a.help) for a in command.arguments),
            *((o.names[-1], o.help) for o in command.options),
        ]
        if not help
    ]
    assert bare == []


def test_a_page_says_all_that_help_says() -> None:
    """Whatever its form: each word of the docstring, each name of an option, is on the page."""
    pages = man.pages()
    for command in commands():
        page = plain(pages[f"{'-'.join(command.words)}.1"])
        told = [command.text.summary, *command.text.examples]
        told += [line for block in command.text.body for line in block.lines]
        told += [when for _, when in command.text.exits.codes] if command.text.exits else []
        told += [o.help for o in command.options] + [a.help for a in command.arguments]
        told += [name for o in (*command.options, *common_options()) for name in o.names[-1:]]
        words = {word for text in told for word in plain(text).split()}
        assert words - set(page.split()) == set(), command.name


def plain(text: str) -> str:
    """Return a text without its escapes, its fonts and its punctuation."""
    text = re.sub(r"\\f[BIR]|\\&|\\$", "", text, flags=re.MULTILINE)
    text = text.replace("\\\n", "").replace("…", "...")
    for escape, char in {"\\-": "-", "\\(aq": "'", "\\(dq": '"', "\\(ga": "`"}.items():
        text = text.replace(escape, char)
    text = text.replace("\\(ha", "^").replace("\\(ti", "~").replace("\\e", "\\").replace("`", "")
    return re.sub(r"[.,;:]+(?=\s|$)", "", text)


def test_no_line_of_a_page_is_a_request_by_accident() -> None:
    assert filled(".gitignore holds it") == ["\\&.gitignore holds it"]
    assert prose("'x' is a text")[0].startswith("\\(aq")
    assert verbatim([".hidden", r"a\.b=x -c"])[3:5] == ["\\&.hidden", r"a\e.b=x \-c"]


def test_a_page_has_the_day_of_the_release_and_no_other() -> None:
    assert re.fullmatch(r"(\d{4}-\d\d-\d\d)?", man.released())
    assert man.released("0.0.0") == ""


def test_groff_renders_every_page_without_a_warning() -> None:
    command = [require("groff"), "-man", "-ww", "-z", *map(str, PAGES)]
    for device in ("-Tutf8", "-Tascii"):
        done = subprocess.run([*command, device], capture_output=True, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_mandoc_finds_nothing_to_say() -> None:
    """But that an unreleased version has no date, for which it knows no word."""
    done = subprocess.run(
        [require("mandoc"), "-T", "lint", *map(str, PAGES)], capture_output=True, text=True
    )
    undated = "missing date" if not man.released() else "\0"
    lines = (done.stdout + done.stderr).splitlines()
    assert [line for line in lines if undated not in line] == []


def test_man_shows_a_page_that_can_be_copied_from(tmp_path: Path) -> None:
    """Quotes and hyphens are those that a shell knows."""
    text = shown("authcli-jwt-verify.1", tmp_path)
    assert text.startswith("AUTHCLI-JWT-VERIFY(1)")
    assert "  authcli jwt verify [OPTIONS] [TOKEN]\n" in text
    assert '  authcli jwt verify "$TOKEN" --key public.pem --aud api\n' in text
    assert "  -a, --aud, --audience AUD\n" in text
    assert "  authcli password verify '$2b$12$...'\n" in shown(
        "authcli-password-verify.1", tmp_path
    )


def shown(name: str, home: Path) -> str:
    """Return what `man` prints of a page."""
    program = require("man")
    done = subprocess.run(
        [program, "-l" if is_man_db(program) else "--", str(man.FOLDER / name)],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C.UTF-8", "MANWIDTH": "80"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    return re.sub(".\b", "", done.stdout)


def is_man_db(program: str) -> bool:
    """Say whether it is Linux's `man`, which takes a file by -l."""
    done = subprocess.run([program, "--version"], capture_output=True, text=True)
    return done.stdout.startswith("man ")
