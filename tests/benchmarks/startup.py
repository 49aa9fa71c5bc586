"""What a single command costs, against `import typer` and an empty Python, in one interleaved run.

Commands take turns and each one's least processor time counts; what is compared is its ratio to I
(`python -c "import typer"`) or F (`python -c pass`).
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.figures import Figure, Table
from tests.benchmarks.running import AUTHCLI, PYTHON, environment

__all__ = ["measure"]


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
    # The least that there is of a KDF: what remains is the command's own.
    Row("password hash @password --memory 8KiB --iterations 1 --lanes 1", 0.95, "I"),
    Row("totp code @secret", 0.95, "I"),
    Row("jwt mint --sub alice --key key.pem", 1.8, "I"),
    Row("jwt verify {token} --key public.pem", 1.8, "I"),
)


def measure(*, rounds: int, scale: float = 1) -> Table:
    """Return each command's ratio to its unit.

    Args:
        rounds: how often each command runs.
        scale: the share of the rounds that are run.
    """
    with tempfile.TemporaryDirectory() as folder:
        seconds = _measured(Path(folder), max(1, int(rounds * scale)))
    figures = (
        Figure(row.words, seconds[row.words] / seconds[row.unit], row.unit, row.limit, at_most=True)
        for row in ROWS
    )
    units = {name: f"{name} = {seconds[name] * 1000:.1f} ms" for name in ("I", "F")}
    return Table(f"One command: {units['I']}, {units['F']} of processor time", tuple(figures))


def _measured(folder: Path, rounds: int) -> dict[str, float]:
    """Return the least processor time of each command, in seconds."""
    variables = environment(folder)

    def output(*words: str) -> str:
        command = [*AUTHCLI, *words]
        return subprocess.check_output(command, cwd=folder, env=variables, text=True)

    output("key", "generate", "ES256", "-q", "-o", "key.pem", "--public", "public.pem")
    for name in ("password", "secret"):
        (folder / name).write_text("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
        (folder / name).chmod(0o600)
    token = output("jwt", "mint", "--sub", "alice", "--key", "key.pem").strip()
    commands = {"I": [PYTHON, "-c", "import typer"], "F": [PYTHON, "-c", "pass"]}
    commands |= {row.words: [*AUTHCLI, *row.words.format(token=token).split()] for row in ROWS}
    least = dict.fromkeys(commands, float("inf"))
    for _ in range(rounds):
        for name, command in commands.items():
            least[name] = min(least[name], _processor_time(command, folder, variables))
    return least


def _processor_time(command: list[str], folder: Path, variables: dict[str, str]) -> float:
    """Run a command and return the seconds that the kernel accounts to it."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command[-4:])} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime
