"""The command: chooses modules and tests, copies the tree, and prints the survivors.

python -m tests.mutants PACKAGE|FILE… [--lines FROM-TO] [--tests PATH…] [--jobs N]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]

#: A copy without these is enough for tests that run in process.
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*", "*.pyc", "node_modules")

#: Packages whose tests are in other folders, too.
TESTS = {
    "tokens": ("tests/tokens", "tests/advisories"),
    "keys": ("tests/keys", "tests/advisories"),
}

COPY = "AUTHCLI_MUTANTS_COPY"
AGAIN = ".again"


def main() -> int:
    """Parse, copy, and go on in the copy; or, there, do the work."""
    options = _parser().parse_args()
    if os.environ.get(COPY) == str(ROOT):
        return _work(options)
    with tempfile.TemporaryDirectory(prefix="mut-") as folder:
        copy = Path(folder).resolve() / "tree"
        copy.mkdir()
        for name in ("authcli", "tests"):
            shutil.copytree(ROOT / name, copy / name, ignore=LEFT_OUT)
        shutil.copy2(ROOT / "pyproject.toml", copy)
        if options.again:
            shutil.copy2(options.again, copy / AGAIN)
        outer = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        path = os.pathsep.join([str(copy), *filter(None, outer)])
        environment = {**os.environ, COPY: str(copy), "PYTHONPATH": path, "TMPDIR": folder}
        command = [sys.executable, "-m", "tests.mutants", *sys.argv[1:]]
        return subprocess.run(command, cwd=copy, env=environment, check=False).returncode


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("modules", nargs="+", metavar="PACKAGE|FILE", help="of authcli")
    parser.add_argument("--lines", metavar="FROM-TO", help="statements that begin there")
    parser.add_argument("--tests", nargs="+", metavar="PATH", help="not those of the package")
    parser.add_argument("--jobs", type=int, default=1, help="mutants at a time; 1")
    parser.add_argument("--budget", type=float, default=15, help="seconds of tests a mutant; 15")
    parser.add_argument(
        "--operators", nargs="+", metavar="NAME", help="only changes of these names"
    )
    parser.add_argument("--again", metavar="LOG", type=Path, help="only those that lived, by LOG")
    parser.add_argument("--list", action="store_true", help="list the mutants and run nothing")
    return parser


def _work(options: argparse.Namespace) -> int:
    from tests.mutants import survivors
    from tests.mutants.making import mutants_of
    from tests.mutants.running import Limits, Outcome, try_collected, try_fresh

    files = [file for name in options.modules for file in _files(name)]
    lines = None
    if options.lines:
        begin, _, end = options.lines.partition("-")
        lines = range(int(begin), int(end or begin) + 1)
    made = [mutant for file in files for mutant in mutants_of(file, root=ROOT, lines=lines)]
    if options.operators:
        made = [mutant for mutant in made if mutant.operator in options.operators]
    if options.again:
        made = survivors.named_in((ROOT / AGAIN).read_text("utf-8"), made)
    known = survivors.equivalents()
    mutants = [mutant for mutant in made if not survivors.is_equivalent(mutant, known)]
    if options.list:
        print("\n".join(survivors.text_of(mutant) for mutant in mutants))
        return 0
    tests = options.tests or sorted({test for file in files for test in _tests_of(file)})
    said = os.fdopen(os.dup(1), "w")
    begun = time.monotonic()
    print(f"{len(made)} mutants, {len(made) - len(mutants)} of them known as equivalent", file=said)
    print(f"of {len(files)} files, against {' '.join(tests)}", file=said, flush=True)

    def tell(place: int, outcome: Outcome) -> None:
        if outcome.status == "begun":
            print(f"{len(outcome.tests)} tests of {outcome.seconds:.0f} s", file=said, flush=True)
        elif place % 100 == 99:
            print(f"{place + 1} tried", file=said, flush=True)
        if place >= 0 and outcome.status != "killed":
            words = survivors.text_of(mutants[place])
            print(f"{outcome.status:9} {outcome.seconds:5.1f} s  {words}", file=said, flush=True)

    limits = Limits(options.jobs, options.budget)
    outcomes = try_collected(mutants, root=ROOT, tests=tests, limits=limits, tell=tell)
    unsure = sum(outcome.status == "unsure" for outcome in outcomes.values())
    print(f"\n{unsure} to be tried with the module imported changed", file=said, flush=True)
    outcomes |= try_fresh(mutants, outcomes, root=ROOT, limits=limits, tell=tell)
    seconds = time.monotonic() - begun
    survivors.report([(mutants[place], outcomes[place].status) for place in sorted(outcomes)])
    print(f"{seconds:.0f} s, {seconds / max(len(mutants), 1):.2f} s a mutant")
    return int(Counter(outcome.status for outcome in outcomes.values())["killed"] < len(mutants))


def _files(name: str) -> list[Path]:
    """The modules of a package, or one module, by a path from the root or from authcli."""
    for path in (ROOT / name, ROOT / "authcli" / name):
        if path.is_dir():
            return [file for file in sorted(path.rglob("*.py")) if "__pycache__" not in file.parts]
        if path.is_file():
            return [path]
    raise SystemExit(f"{name!r} is neither a package nor a module of authcli")


def _tests_of(file: Path) -> tuple[str, ...]:
    """The folder of tests that mirrors a file's package; a module's own file at the top."""
    inner = file.relative_to(ROOT / "authcli")
    if len(inner.parts) == 1:
        return (f"tests/test_{inner.stem}.py",)
    return TESTS.get(inner.parts[0], (f"tests/{inner.parts[0]}",))


if __name__ == "__main__":
    sys.exit(main())
