"""What the packages of the library say of themselves: their maps are whole, their examples run."""

from __future__ import annotations

import re
import textwrap
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import authcli

PACKAGES = sorted(
    path.parent.name
    for path in Path(authcli.__file__).parent.glob("*/__init__.py")
    if path.parent.name != "cli"  # its map is that of commands, and of what they share
)
EXAMPLE = re.compile(r"\n\n((?:    .*\n|\n)+)")


@pytest.fixture(params=PACKAGES)
def package(request: pytest.FixtureRequest) -> ModuleType:
    return import_module(f"authcli.{request.param}")


def test_every_module_is_on_the_map(package: ModuleType) -> None:
    folder = Path(str(package.__file__)).parent
    modules = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")}
    modules |= {path.parent.name for path in folder.glob("*/__init__.py")}
    assert modules - set(re.findall(r"[a-z_0-9]+", str(package.__doc__))) == set()


def test_what_is_exported_is_there_and_is_no_module(package: ModuleType) -> None:
    folder = Path(str(package.__file__)).parent
    modules = {path.stem for path in folder.glob("*.py")}
    assert all(hasattr(package, name) for name in package.__all__)
    assert modules & set(package.__all__) == set()


@pytest.mark.parametrize("name", ["apikeys", "revocation", "signing", "tokens"])
def test_the_example_of_the_documentation_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it says that it verified, it did; its files are where it says."""
    monkeypatch.chdir(tmp_path)
    example = EXAMPLE.search(str(import_module(f"authcli.{name}").__doc__))
    assert example is not None
    names: dict[str, object] = {}
    exec(textwrap.dedent(example[1]), names)
    if name == "apikeys":
        assert getattr(names["verdict"], "name", None) == "billing"
    elif name != "tokens":
        assert getattr(names["verified"], "payload", {})["sub"] == "alice"
    files = {"apikeys": ["keys.db"], "revocation": ["auth.db"], "signing": ["auth.db", "jwks.json"]}
    assert [file for file in files.get(name, []) if not (tmp_path / file).exists()] == []
