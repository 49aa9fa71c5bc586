#!/usr/bin/env python3
"""Run authcli, or its tests, from this checkout.

    python3 dev.py ARGUMENTS...    authcli with these arguments
    python3 dev.py test [...]      the tests; lint, format, types and docs are tasks, too

The first run sets up `.venv`: ten seconds, or twenty with the tools of the tasks. So does the
first run after a change of pyproject.toml, of Python or of the folder's place. Needs Python 3.11
or newer, and pip or uv.
"""

import os
import sys
from pathlib import Path

TASKS = {
    "test": ["pytest", "-n", "auto"],
    "lint": ["ruff", "check"],
    "format": ["ruff", "format"],
    "types": ["mypy"],
    "docs": ["pytest", "-q", "tests/docs", "--write"],
}
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = str(VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def main(task: str = "", *options: str) -> int:
    """Run a task of ours; what is none is authcli's."""
    if task not in TASKS:
        set_up(".")
        return run("authcli", *sys.argv[1:])
    set_up(".[test]")
    os.chdir(ROOT)
    return run(*TASKS[task], *options)


def set_up(project: str) -> None:
    """Install `project`, editable, into a new `.venv`, unless that was done."""
    with (ROOT / "dev.py").open() as lock:
        if os.name != "nt":
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)  # of two first runs one waits, and finds it done
        stamp = VENV / "dev-stamp"
        facts = os.fsencode(f"{sys.version}\n{ROOT}\n") + (ROOT / "pyproject.toml").read_bytes()
        done = stamp.read_bytes() if stamp.exists() and Path(PYTHON).exists() else b""
        if done in (facts + project.encode(), facts + b".[test]"):
            return
        print("dev.py: setting up .venv (once, 10 to 20 seconds)", file=sys.stderr)
        stamp.unlink(missing_ok=True)
        install(project)
        stamp.write_bytes(facts + project.encode())  # last: an interrupted set-up has none


def install(project: str) -> None:
    """Make `.venv` anew, with `project` in it, by uv or else by pip."""
    import shutil
    import subprocess
    import venv

    # No pip inside: Debian's Python cannot put it there. One from outside reaches in.
    venv.create(VENV, clear=True, symlinks=os.name != "nt")
    installers = [[sys.executable, "-m", "pip", "--python", PYTHON, "install"]]
    if uv := shutil.which("uv"):
        installers.insert(0, [uv, "pip", "install", "--python", PYTHON, "--compile-bytecode"])
    for install in installers:
        command = [*install, "--quiet", "--editable", project]
        if subprocess.call(command, cwd=ROOT, stdout=sys.stderr) == 0:
            return
    sys.exit("dev.py: the set-up failed; the lines above say why")


def run(*command: str) -> int:
    """Become `command`: its exit code and its signals are its own."""
    # -P: a jwt.py in the folder where the user stands is not ours to import.
    arguments = [PYTHON, "-P", "-m", *command]
    if os.name != "nt":
        os.execv(PYTHON, arguments)
    return os.spawnv(os.P_WAIT, PYTHON, arguments)  # Windows' exec does not wait


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 - an older Python reads this file, too
        sys.exit("dev.py: authcli needs Python 3.11 or newer")
    try:
        sys.exit(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
