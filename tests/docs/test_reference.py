"""docs/commands.md is what the program's help says, and its links lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests import tree
from tests.docs import reference
from tests.docs.commands import commands
from tests.docs.markdown import anchor, prose, table

Kept = Callable[[Path, str], None]


def test_the_page_is_what_help_says(kept: Kept) -> None:
    kept(reference.PATH, reference.page())


def test_every_command_and_group_has_a_section() -> None:
    headings = set(re.findall(r"^#+ authcli (.*)$", reference.page(), re.MULTILINE))
    assert headings == {" ".join(words) for words in tree.commands() | tree.groups()}


def test_every_link_leads_to_a_heading() -> None:
    """To exactly one: GitHub numbers a second of the same name."""
    page = reference.page()
    headings = [anchor(title) for title in re.findall(r"^#+ (.*)$", page, re.MULTILINE)]
    links = re.findall(r"\]\(#([^)]*)\)", page)
    assert len(headings) == len(set(headings))
    assert set(links) <= set(headings)
    assert len(links) > len(commands())


def test_every_option_of_a_command_is_in_its_section() -> None:
    sections = re.split(r"^#+ (authcli .*)$", reference.page(), flags=re.MULTILINE)
    text = dict(zip(sections[1::2], sections[2::2], strict=True))
    for command in commands():
        for option in command.options:
            shown = option.metavar or option.names[-1]
            assert shown.replace("|", "\\|") in text[command.name]
            assert all(f"`{name}" in text[command.name] for name in option.names), command.name


def test_what_markdown_would_take_for_its_own_is_escaped() -> None:
    assert prose("keys *.pem <FILE> [x], _a_b_") == "keys \\*.pem \\<FILE> \\[x\\], \\_a_b\\_"
    assert prose("see --key and `a * b`, not a-b") == "see `--key` and `a * b`, not a-b"
    assert table(["a"], [["`x|y`"]])[2] == "| `x\\|y` |"
