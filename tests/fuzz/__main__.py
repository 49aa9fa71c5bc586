"""Coverage-guided fuzzing of every reader, a process for each target.

    python -m tests.fuzz [TARGET …] [--seconds 60] [--corpus FOLDER] [--list]

Needs atheris, for Linux: pip install atheris. With a folder the corpora are kept, and grow from run
to run; the folder lies outside of the repository. A finding is printed with the bytes that find it
again, and ends in exit code 1; `--try TARGET BASE64` (or @FILE) runs one input alone.
"""

from __future__ import annotations

import argparse
import base64
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.fuzz.child import FINDINGS, HANG_SECONDS
from tests.fuzz.judging import Finding, judged
from tests.fuzz.targets import TARGETS

_MAX_PRINTED = 3000
ROOT = Path(__file__).resolve().parents[2]
#: What begins a file that libFuzzer left: the input that ended the process.
_ARTEFACTS = ("crash-", "timeout-", "oom-", "leak-")
#: A run's start and its end beyond its time: imports, seeds, the last input.
_GRACE_SECONDS = 120 + HANG_SECONDS


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--corpus", type=Path, help="a folder, outside of the repository")
    parser.add_argument("--list", action="store_true", help="print the targets")
    parser.add_argument("--try", nargs=2, metavar=("TARGET", "BASE64|@FILE"), dest="tried")
    options = parser.parse_args(arguments)
    if options.list:
        print("\n".join(TARGETS))
        return 0
    if options.tried:
        found = judged(TARGETS[options.tried[0]], _input(options.tried[1]))
        print(found.detail if found else "nothing is wrong")
        return 1 if found else 0
    if unknown := set(options.targets) - TARGETS.keys():
        parser.error(f"no target is called {', '.join(sorted(unknown))}; --list shows them")
    if options.corpus and options.corpus.resolve().is_relative_to(ROOT):
        parser.error("corpora stay out of the repository: name another folder")
    if not _has_atheris():
        print("fuzzing needs atheris, which is for Linux: pip install atheris", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        base = options.corpus or Path(folder)
        wrong = [_fuzzed(name, base, options.seconds) for name in options.targets or TARGETS]
    return 1 if any(wrong) else 0


def _has_atheris() -> bool:
    try:
        return importlib.util.find_spec("atheris") is not None
    except ValueError:  # of a module that was put in place without one
        return False


def _fuzzed(name: str, base: Path, seconds: int) -> bool:
    """Fuzz one target in a process of its own; print what became of it, and say if it is bad."""
    folder = base / name
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():  # of the run before the corpus alone is kept
        if path.name == FINDINGS or path.name.startswith(_ARTEFACTS):
            path.unlink()
    command = [sys.executable, "-P", "-m", "tests.fuzz.child", name]
    command += ["--seconds", str(seconds), "--folder", str(folder)]
    with (folder / "log").open("wb") as log:
        try:
            code = subprocess.run(
                command,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                timeout=seconds + _GRACE_SECONDS,
                env=_environment(),
            ).returncode
        except subprocess.TimeoutExpired:
            code = -1
    text = (folder / "log").read_text("utf-8", "replace")
    print(f"{name:16} {_figures(text)}", flush=True)
    found = [*_findings(folder)]
    for finding in found:
        print(_shown(name, finding), flush=True)
    if code and not found:
        said = [line for line in text.splitlines() if not line.startswith(("INFO", "[INFO"))]
        print("\n  ".join([f"  ended with {code}:", *said[-12:]]), flush=True)
    return bool(found or code)


def _environment() -> dict[str, str]:
    """The environment, less what would change a target; the repository first on the path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AUTHCLI_")}
    return kept | {"PYTHONPATH": os.pathsep.join([str(ROOT), kept.get("PYTHONPATH", "")])}


def _findings(folder: Path) -> Iterator[Finding]:
    path = folder / FINDINGS
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        row = json.loads(line)
        yield Finding(row["kind"], row["detail"], base64.b64decode(row["data"]))
    for path in sorted(folder.iterdir()):
        if path.name.startswith(_ARTEFACTS):
            kind = path.name.partition("-")[0]
            yield Finding(kind, "the process ended: see libFuzzer's log", path.read_bytes())


def _figures(log: str) -> str:
    """Return executions, how many a second, coverage before and after; of libFuzzer's log."""
    cover = re.findall(r"cov: ([0-9]+) ft: ([0-9]+)", log)
    runs = re.search(r"number_of_executed_units: ([0-9]+)", log)
    rate = re.search(r"average_exec_per_sec: +([0-9]+)", log)
    peak = re.search(r"peak_rss_mb: +([0-9]+)", log)
    if not (cover and runs and rate and peak):
        return "no figures: it did not end by itself"
    first = re.search(r"INITED cov: ([0-9]+)", log)
    return (
        f"{int(runs[1]):>9,} runs {int(rate[1]):>6,}/s   edges {first[1] if first else '?'} -> "
        f"{cover[-1][0]}   features {cover[-1][1]}   {peak[1]} MB"
    )


def _shown(name: str, finding: Finding) -> str:
    data = finding.data
    lines = [f"FINDING in {name}: {finding.kind}", *finding.detail.strip().splitlines()[-6:]]
    lines += [f"input: {data[:120]!a}{'…' if len(data) > 120 else ''} ({len(data)} bytes)"]
    lines += [f"again: python -m tests.fuzz --try {name} {_given(data)}"]
    return "\n  ".join(lines)


def _given(data: bytes) -> str:
    """Return an input as `--try` takes it; one that fits in no line is kept in a file."""
    if len(data) <= _MAX_PRINTED:
        return base64.b64encode(data).decode()
    with tempfile.NamedTemporaryFile(prefix="finding-", delete=False) as file:
        file.write(data)
    return f"@{file.name}"


def _input(given: str) -> bytes:
    return Path(given[1:]).read_bytes() if given.startswith("@") else base64.b64decode(given)


if __name__ == "__main__":
    sys.exit(main())
