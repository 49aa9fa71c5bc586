"""What a user gets: the sdist, the wheel, and the wheel installed. No network is needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from authcli import __version__

pytest.importorskip("hatchling", reason="hatchling builds the wheel")

ROOT = Path(__file__).resolve().parent.parent
STEM = f"authcli-{__version__}"

#: Where shells look for completions, and `man` for pages, of what stands in the same prefix.
SHARED = {
    "share/bash-completion/completions/authcli": ROOT / "completions" / "authcli.bash",
    "share/fish/vendor_completions.d/authcli.fish": ROOT / "completions" / "authcli.fish",
    "share/zsh/site-functions/_authcli": ROOT / "completions" / "_authcli",
    **{f"share/man/man1/{page.name}": page for page in (ROOT / "docs" / "man").iterdir()},
}


def build(project: Path, folder: Path, target: str) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    (built,) = folder.iterdir()
    return built


def tree(*folders: str) -> set[str]:
    """The files of this checkout under `folders` that are not a run's leftovers."""
    files = (path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file())
    return {str(path.relative_to(ROOT)) for path in files if "__pycache__" not in path.parts}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("sdist"), "sdist")


def test_the_wheel_holds_the_package_what_is_shared_and_nothing_else(wheel: Path) -> None:
    metadata = ["METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"]
    assert set(zipfile.ZipFile(wheel).namelist()) == {
        *tree("authcli"),
        *(f"{STEM}.data/data/{place}" for place in SHARED),
        *(f"{STEM}.dist-info/{name}" for name in metadata),
    }


def test_the_package_says_that_it_is_typed(wheel: Path) -> None:
    """`py.typed` makes type checkers believe the annotations (PEP 561)."""
    assert "authcli/py.typed" in zipfile.ZipFile(wheel).namelist()


def test_the_sdist_holds_the_sources_the_tests_and_the_papers(sdist: Path) -> None:
    papers = {"CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md"}
    alone = papers | {"PKG-INFO", "dev.py", "pyproject.toml"}
    with tarfile.open(sdist) as archive:
        names = {name.removeprefix(f"{STEM}/") for name in archive.getnames()}
    # hatchling adds .gitignore of itself, and the lock file is there when the tree has it.
    extra = {".gitignore", "uv.lock"}
    assert names - extra == alone | tree("authcli", "completions", "docs", "tests")


def test_the_sdist_builds_the_same_wheel(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    """What is built from the sources that a distributor gets is what we built."""
    with tarfile.open(sdist) as archive:
        # Python 3.11.2, which is Debian 12's, has no filters; 3.12 warns without one.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(tmp_path)
    rebuilt = build(tmp_path / STEM, tmp_path / "wheel", "wheel")
    assert rebuilt.read_bytes() == wheel.read_bytes()


def test_the_installed_wheel_runs_and_what_it_shares_is_where_programs_look(
    wheel: Path, tmp_path: Path
) -> None:
    """In a new environment without any dependency: `--version` needs none."""
    base = Path(sys.base_prefix, "bin", "python3")
    if subprocess.run([base, "-m", "pip", "--version"], capture_output=True).returncode:
        pytest.skip(f"{base} has no pip to install with")
    prefix = tmp_path / "an environment"
    venv.create(prefix, symlinks=True)
    pip = [base, "-m", "pip", "--python", prefix / "bin/python", "install"]
    subprocess.run(
        [*pip, "--no-index", "--no-deps", wheel], check=True, cwd=tmp_path, capture_output=True
    )
    for command in (["bin/authcli"], ["bin/python", "-m", "authcli"]):
        ran = subprocess.run(
            [prefix / command[0], *command[1:], "--version"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"authcli {__version__}\n", "")
    for place, source in SHARED.items():
        assert (prefix / place).read_bytes() == source.read_bytes()
    if shutil.which("man"):
        there = {"PATH": f"{prefix / 'bin'}:{os.environ['PATH']}", "HOME": str(tmp_path)}
        found = subprocess.run(["man", "-w", "authcli"], env=there, capture_output=True, text=True)
        assert found.stdout == f"{prefix / 'share/man/man1/authcli.1'}\n", found.stderr
