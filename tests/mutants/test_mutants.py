"""The driver of the mutants: what it changes, and that its list of equivalents is current."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mutants import survivors
from tests.mutants.swapping import functions_by_code, swap

ROOT = Path(__file__).parents[2]

SOURCE = """\
LIMIT = 5


def refuse(size: int, *, limit: int = LIMIT) -> bool:
    if size < 0 or size > limit:
        return True
    return False
"""


@pytest.mark.parametrize("file", sorted(survivors.equivalents()))
def test_every_equivalent_mutant_is_of_a_line_that_is_there_and_has_a_reason(file: str) -> None:
    """A line that has changed since is to be looked at anew."""
    lines = {line.strip() for line in (ROOT / file).read_text("utf-8").splitlines()}
    for entry in survivors.equivalents()[file]:
        assert entry["code"] in lines, entry
        assert len(entry["reason"]) > 20
        assert entry["code"] != entry.get("becomes")


@pytest.fixture
def module(tmp_path: Path) -> tuple[Path, Callable[..., bool]]:
    """A module on disk, and its function alive."""
    file = tmp_path / "sizes.py"
    file.write_text(SOURCE, "utf-8")
    names: dict[str, Callable[..., bool]] = {}
    exec(compile(SOURCE, str(file), "exec"), names)
    return file, names["refuse"]


def test_a_changed_function_takes_the_place_of_the_true_one(
    module: tuple[Path, Callable[..., bool]],
) -> None:
    file, refuse = module
    changed = SOURCE.replace("size > limit", "size >= limit")
    assert not refuse(5)
    assert swap(file, source=SOURCE, changed=changed, functions=functions_by_code(file.parent))
    assert refuse(5)


@pytest.mark.parametrize("before_after", [("= 5", "= 6"), ("= LIMIT", "= 7")])
def test_what_is_made_at_import_is_left_to_an_import(
    module: tuple[Path, Callable[..., bool]], before_after: tuple[str, str]
) -> None:
    file, refuse = module
    changed = SOURCE.replace(*before_after)
    assert not swap(file, source=SOURCE, changed=changed, functions=functions_by_code(file.parent))
    assert refuse(6)


def test_bounds_checks_and_parts_of_them_are_changed_and_texts_are_not(tmp_path: Path) -> None:
    pytest.importorskip("cosmic_ray", reason="cosmic-ray is not installed")
    from tests.mutants.making import mutants_of

    (tmp_path / "sizes.py").write_text(
        SOURCE.replace("return True", 'raise ValueError(f"{size + 1}", 7)'), "utf-8"
    )
    found = {one.becomes for one in mutants_of(tmp_path / "sizes.py", root=tmp_path)}
    assert found == {
        "LIMIT = 6",
        "LIMIT = 4",
        "if size <= 0 or size > limit:",
        "if size >= 0 or size > limit:",
        "if size < 0 or size >= limit:",
        "if size < 0 or size <= limit:",
        "if size < 1 or size > limit:",
        "if size < -1 or size > limit:",
        "if False or size > limit:",
        "if size < 0 or False:",
        "if False:",
        "if True:",
        "return True",
    }
