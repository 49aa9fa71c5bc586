"""What a single command costs, against `import typer` and an empty Python, in one interleaved run.

    python -m tests.benchmarks [--rounds N] [--json]

Machines are noisy, so commands take turns and each one's least processor time counts; what is
compared is its ratio to I (`python -c "import typer"`) or F (`python -c pass`).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

PYTHON = sys.executable
AUTHCLI = [PYTHON, "-P", "-c", "from authcli.__main__ import main; main()"]


class Row(NamedTuple):
    """One command, and the most it may cost."""

    words: str
    limit: float
    unit: str
    """I or F."""


ROWS = (
    Row("--version", 1.1, "F"),
    Row("--help", 0.85, "I"),
    Row("jwt --help", 0.85, "I"),
    Row("jwt decode {token}", 0.95, "I"),
    Row("jwt inspect {token}", 0.95, "I"),
    Row("key thumbprint public.pem", 1.15, "I"),
    Row("key inspect key.pem", 1.15, "I"),
    Row("jwt mint --sub alice --key key.pem", 1.8, "I"),
    Row("jwt verify {token} --key public.pem", 1.8, "I"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seconds = measured(Path(folder), options.rounds)
    units = {"I": seconds["I"], "F": seconds["F"]}
    rows = [(row, seconds[row.words] / units[row.unit]) for row in ROWS]
    if options.json:
        figures = [{**row._asdict(), "ratio": round(ratio, 3)} for row, ratio in rows]
        print(json.dumps({"seconds": seconds, "rows": figures}))
        return
    print(f"I = {units['I'] * 1000:.1f} ms, F = {units['F'] * 1000:.1f} ms of processor time")
    for row, ratio in rows:
        verdict = "ok" if ratio <= row.limit else "over"
        print(f"{row.words:<38} {ratio:5.2f} {row.unit}   target {row.limit:4.2f}   {verdict}")


def measured(folder: Path, rounds: int) -> dict[str, float]:
    """Return the least processor time of each command, in seconds."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])

    def output(*words: str) -> str:
        command = [*AUTHCLI, *words]
        return subprocess.check_output(command, cwd=folder, env=environment, text=True)

    output("key", "generate", "ES256", "-q", "-o", "key.pem", "--public", "public.pem")
    token = output("jwt", "mint", "--sub", "alice", "--key", "key.pem").strip()
    commands = {"I": [PYTHON, "-c", "import typer"], "F": [PYTHON, "-c", "pass"]}
    commands |= {row.words: [*AUTHCLI, *row.words.format(token=token).split()] for row in ROWS}
    least = dict.fromkeys(commands, float("inf"))
    for _ in range(rounds):
        for name, command in commands.items():
            least[name] = min(least[name], processor_time(command, folder, environment))
    return least


def processor_time(command: list[str], folder: Path, environment: dict[str, str]) -> float:
    """Run a command and return the seconds that the kernel accounts to it."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command[-4:])} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
