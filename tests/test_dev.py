"""`dev.py` on a small checkout of its own: set-up, and what becomes of it afterwards.

The checkout is real and so is its installation; only the package in it is small, and builds
itself, so that nothing is fetched.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: The interpreter that a newcomer has: not this environment's, which may hold no pip.
PYTHON = shutil.which(f"python3.{sys.version_info.minor}", path=f"{sys.base_prefix}/bin")

PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""

BACKEND = '''\
"""Builds an editable wheel with nothing but the standard library (PEP 660)."""
import os, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    info, name = "authcli-1.dist-info", "authcli-1-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("authcli.pth", os.getcwd() + "\\n")
        wheel.writestr(
            f"{info}/METADATA",
            "Metadata-Version: 2.1\\nName: authcli\\nVersion: 1\\nProvides-Extra: test\\n",
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return name
'''

SAYS_HOW_IT_RAN = """\
import os, sys
print(__name__ == "__main__" and sys.argv[1:], os.getcwd(), sys.prefix)
sys.exit(7 if "refuse" in sys.argv else 0)
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in a folder whose name has spaces, before anything was set up."""
    if (
        PYTHON is None
        or subprocess.run([PYTHON, "-m", "pip", "-V"], capture_output=True).returncode
    ):
        pytest.skip("the interpreter that this environment was made from has no pip")
    folder = tmp_path / "a check out"
    (folder / "authcli").mkdir(parents=True)
    shutil.copy(ROOT / "dev.py", folder)
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "backend.py").write_text(BACKEND)
    (folder / "authcli/__init__.py").touch()
    (folder / "authcli/__main__.py").write_text(SAYS_HOW_IT_RAN)
    (folder / "pytest.py").write_text(SAYS_HOW_IT_RAN)
    return folder


def dev(checkout: Path, *arguments: str, cwd: Path | None = None) -> subprocess.Popen[str]:
    """Start `python3 dev.py ARGUMENTS` in a bare environment, in a process group of its own."""
    return subprocess.Popen(
        [str(PYTHON), str(checkout / "dev.py"), *arguments],
        cwd=cwd or checkout.parent,
        env={"PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def outcome(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    stdout, stderr = process.communicate(timeout=120)
    return process.returncode, stdout, stderr


SETTING_UP = "dev.py: setting up .venv (once, 10 to 20 seconds)\n"


def test_the_first_run_sets_up_and_the_next_does_not(checkout: Path, tmp_path: Path) -> None:
    """stdout is authcli's alone, and so is the exit code; the user stays in his folder."""
    (tmp_path / "authcli.py").write_text("raise SystemExit('the folder of the user was imported')")
    said = f"['jwt', 'mint', 'a b'] {tmp_path} {checkout / '.venv'}\n"
    assert outcome(dev(checkout, "jwt", "mint", "a b", cwd=tmp_path)) == (0, said, SETTING_UP)
    assert outcome(dev(checkout, "jwt", "mint", "a b", cwd=tmp_path)) == (0, said, "")
    assert outcome(dev(checkout, "refuse"))[0] == 7


def test_the_tests_run_in_the_checkout(checkout: Path) -> None:
    """And what was set up for them serves authcli, too."""
    said = f"['-n', 'auto', '-k', 'a b'] {checkout} {checkout / '.venv'}\n"
    assert outcome(dev(checkout, "test", "-k", "a b")) == (0, said, SETTING_UP)
    assert outcome(dev(checkout, "refuse"))[::2] == (7, "")


def test_of_first_runs_at_once_one_sets_up_and_the_others_wait(checkout: Path) -> None:
    runs = [outcome(process) for process in [dev(checkout, "key") for _ in range(3)]]
    assert [code for code, _, _ in runs] == [0, 0, 0]
    assert sorted(stderr for _, _, stderr in runs) == ["", "", SETTING_UP]


def test_an_interrupted_set_up_is_done_again(checkout: Path) -> None:
    first = dev(checkout, "key")
    while not (checkout / ".venv/bin/python").exists():
        assert first.poll() is None
        time.sleep(0.005)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    assert outcome(dev(checkout, "key"))[::2] == (0, SETTING_UP)


def test_a_set_up_that_fails_says_so_and_is_done_again(checkout: Path) -> None:
    (checkout / "backend.py").write_text("raise OSError('no space left')")
    code, stdout, stderr = outcome(dev(checkout, "key"))
    assert (code, stdout) == (1, "")
    assert "no space left" in stderr
    assert stderr.endswith("dev.py: the set-up failed; the lines above say why\n")
    (checkout / "backend.py").write_text(BACKEND)
    assert outcome(dev(checkout, "key"))[::2] == (0, SETTING_UP)


def test_a_changed_pyproject_or_a_moved_checkout_is_set_up_again(checkout: Path) -> None:
    """An environment is made for one place and one list of dependencies."""
    assert outcome(dev(checkout, "key"))[::2] == (0, SETTING_UP)
    (checkout / "pyproject.toml").write_text(PYPROJECT + "# changed\n")
    assert outcome(dev(checkout, "key"))[::2] == (0, SETTING_UP)
    moved = checkout.rename(checkout.with_name("moved"))
    code, stdout, stderr = outcome(dev(moved, "key"))
    assert (code, stderr) == (0, SETTING_UP)
    assert stdout.endswith(f"{moved / '.venv'}\n")
