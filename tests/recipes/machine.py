"""What a recipe runs on: an empty folder, `authcli` as pip installs it, and nothing of ours."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "docs" / "recipes"

#: Three parts of base64url, of which the first begins a JSON object: no log may hold one.
JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")


#: Against a Typer that is newer than our pin, pip would rightly install nothing.
PINNED = version("typer").startswith(("0.26.", "0.27.", "0.28."))
_FOUND_HERE = "--no-index" if PINNED else "--no-index --no-deps"


class Tools:
    """Programs that a reader has: python3, an `authcli` from a wheel, and pip to install it with.

    pip resolves and installs in earnest and without an index: what authcli depends on comes from
    the environment of the tests. Asked for the same thing again it does nothing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "venv" / "bin"
        self.wheel = _wheel(folder / "wheel")
        venv.create(folder / "venv", symlinks=True)
        (packages,) = (folder / "venv").glob("lib/python*/site-packages")
        (packages / "tests.pth").write_text(str(others(folder / "packages")))
        self._write_pip()
        subprocess.run([self.bin / "pip", "install", self.wheel], check=True, capture_output=True)

    def _write_pip(self) -> None:
        base = Path(sys.base_prefix, "bin", "python3")
        if subprocess.run([base, "-m", "pip", "--version"], capture_output=True).returncode:
            pytest.skip(f"{base} has no pip to install with")
        done = self.folder / "installed"
        script = self.bin / "pip"
        script.write_text(
            f'#!/bin/sh\nwords="$*"\ngrep -qsxF -- "$words" "{done}" && exit\n'
            f'"{base}" -m pip --isolated --python "{self.bin}/python3" "$@" {_FOUND_HERE} &&\n'
            f'printf "%s\\n" "$words" >>"{done}"\n'
        )
        script.chmod(0o755)

    def environment(self, home: Path) -> dict[str, str]:
        """Return the environment of somebody whose home is `home`."""
        kept = {n: v for n, v in os.environ.items() if n.startswith("COVERAGE_PROCESS")}
        path = f"{self.bin}:{os.environ['PATH']}"
        return {**kept, "PATH": path, "HOME": str(home), "LC_ALL": "C.UTF-8"}


def others(folder: Path) -> Path:
    """Fill a folder with links to all packages of the tests' environment but authcli."""
    folder.mkdir()
    for place in (Path(entry) for entry in sys.path if entry.endswith("-packages")):
        for path in place.iterdir():
            ours = "authcli" in path.name or path.suffix == ".pth"
            if not ours and not (folder / path.name).exists():
                (folder / path.name).symlink_to(path)
    return folder


def _wheel(folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.iterdir()
    return built


@dataclass
class Machine:
    """Runs scripts in `folder`, and ends what they left running when it is closed."""

    folder: Path
    environment: dict[str, str]

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        # It leads the process group of all that runs here, so that the group is ours to end.
        self._leader = subprocess.Popen(["cat"], stdin=subprocess.PIPE, process_group=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.killpg(self._leader.pid, signal.SIGKILL)
        self._leader.communicate()

    def run(self, shell: Sequence[str], script: str, *, env: Mapping[str, str]) -> tuple[int, str]:
        """Run a script file by a shell; return its exit code and all it printed, in order."""
        file, log = (self.folder.with_name(f"{self.folder.name}-{n}") for n in ("script", "log"))
        file.write_text(script)
        # A file and not a pipe: what a step leaves in the background must not hold us up.
        with log.open("wb") as printed:
            done = subprocess.run(
                [*shell, str(file)],
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={**self.environment, **env},
                process_group=self._leader.pid,
                timeout=120,
            )
        return done.returncode, log.read_text("utf-8")


def edited(text: str, edits: Mapping[str, str]) -> str:
    """Return a recipe with a reader's own values in place of the example's; each must occur."""
    for example, own in edits.items():
        assert example in text, f"the recipe does not say {example!r}"
        text = text.replace(example, own)
    return text
