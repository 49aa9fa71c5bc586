"""The tours and the guide run as a reader would type them, and print what they show."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.docs.sessions import ROOT, blocks, commands, newcomer, run_page

DOCS = ROOT / "docs"
TOURS = sorted((DOCS / "tours").glob("*.md"))
PAGES = [*TOURS, *sorted((DOCS / "guide").glob("*.md"))]
LINKING = [ROOT / "README.md", ROOT / "SECURITY.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_a_page_runs_from_top_to_bottom_in_an_empty_home(page: Path, tmp_path: Path) -> None:
    with newcomer(tmp_path) as machine:
        run_page(page, machine)


@pytest.mark.parametrize(
    "source", blocks((DOCS / "guide" / "library.md").read_text("utf-8"), "python")
)
def test_the_library_does_what_its_page_shows(source: str) -> None:
    exec(compile(source, "library.md", "exec"), {})


def test_there_is_a_tour_for_each_kind_of_reader() -> None:
    assert [page.stem for page in TOURS] == ["ci", "developer", "ops"]
    assert [page.stem for page in TOURS if len(commands(page.read_text("utf-8"))) < 8] == []


@pytest.mark.parametrize("page", LINKING, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """To a file that is there and, behind a `#`, to a heading of it."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    targets = re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"", text)
    for target in (first or second for first, second in targets):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), target
        if anchor:
            assert anchor in _anchors(file), target


@cache
def _anchors(page: Path) -> set[str]:
    """Return a page's anchors, as forges make them of headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
