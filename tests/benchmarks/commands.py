"""Many tokens through the command line: what a second process brings, and what memory it takes.

`--jobs`: wall time of the whole command with one process over that with two, start-up and writing
to a file included. The commands take turns in an order that rotates, and the least time of each
counts. Where other work wants the cores too the ratio is the machine's; what is ours then shows in
the processor time that two processes take together, beside that of one.

What comes out is compared: verifying prints the same bytes with one process and with two, and
minting as many tokens as were asked for, none twice, that PyJWT verifies.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from authcli import keys
from tests.benchmarks.agreement import Differs
from tests.benchmarks.figures import Figure, Table, faster_than
from tests.benchmarks.running import AUTHCLI, PYTHON, children_seconds, environment
from tests.benchmarks.sides.side import CLAIMS, Keys, make_keys, sample
from tests.benchmarks.turns import rotated

__all__ = ["ROWS", "Bench", "Row", "measure", "measure_memory", "usable_cores"]

MEMORY_LIMIT_MB = 300


class Row(NamedTuple):
    """A command, and how much faster two processes ought to be than one."""

    verb: str
    algorithm: str
    tokens: int
    """How many: two or three seconds of work, and 100,000 of those that cost little."""
    target: float

    @property
    def what(self) -> str:
        """What the table calls it."""
        return f"{self.verb} {self.algorithm}, {self.tokens:,} tokens"


ROWS = (
    Row("mint", "HS256", 100_000, 1.35),
    Row("mint", "RS256", 10_000, 1.75),
    Row("mint", "ES256", 100_000, 1.75),
    Row("verify", "HS256", 100_000, 1.75),
    Row("verify", "RS256", 75_000, 1.75),
    Row("verify", "ES256", 35_000, 1.75),
)
#: RSA signs slowly: so many tokens are minted for verifying, and then verified more than once.
_DISTINCT = {"RS256": 1_000}

#: Runs a command as its only child, and says how many kB its largest process held. Another parent
#: will not do: the kernel counts what it holds itself into a process that it starts.
_WEIGH = """\
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=sys.stderr).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


def measure(*, rounds: int, scale: float = 1) -> Table:
    """Return how much faster each command is with two processes.

    Args:
        rounds: how often each command runs.
        scale: the share of the tokens that are minted or verified.
    """
    cores = usable_cores()
    load = os.getloadavg()[0]
    title = f"--jobs 1 / --jobs 2, wall time, on {cores} cores that had a load of {load:.1f} before"
    if cores < 2:
        return Table(title, (), ("all of it: there is one core alone",))
    rows = [row._replace(tokens=max(2, int(row.tokens * scale))) for row in ROWS]
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name))
        for row in rows:
            bench.prepare(row)
        order = [(row, jobs) for row in rows for jobs in (1, 2)]
        least = dict.fromkeys(order, Cost(float("inf"), float("inf")))
        for turn in range(rounds):
            for row, jobs in rotated(order, turn):
                pair = zip(least[row, jobs], bench.cost(row, jobs), strict=True)
                least[row, jobs] = Cost(*map(min, pair))
            for row in rows:
                bench.compare(row)
    return Table(title, tuple(_figure(row, least[row, 1], least[row, 2]) for row in rows))


class Cost(NamedTuple):
    """What a command took, in seconds."""

    wall: float
    cpu: float
    """Of all its processes together."""


def _figure(row: Row, one: Cost, two: Cost) -> Figure:
    remark = f"{two.cpu / one.cpu:.2f} of its processor time"
    return faster_than(
        "one process", row.what, ours=two.wall, theirs=one.wall, target=row.target, remark=remark
    )


def measure_memory(*, tokens: int) -> Table:
    """Return the memory of minting and verifying so many tokens.

    The kernel tells the largest process alone, so what is shown is an upper bound: as much for each
    of the three, though two share most of it with the one that they were forked from.
    """
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name))
        row = Row("verify", "HS256", tokens, 0)
        bench.prepare(row)
        figures = [_weighed(bench, row._replace(verb=verb)) for verb in ("mint", "verify")]
    return Table("Peak memory (MB) of --jobs 2: at most", tuple(figures))


def _weighed(bench: Bench, row: Row) -> Figure:
    with bench.path("discarded").open("wb") as out:
        process = subprocess.run(
            [PYTHON, "-S", "-c", _WEIGH, *bench.command(row, 2)],
            cwd=bench.folder,
            env=bench.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=out,
        )
    if process.returncode:
        raise Differs(f"{row.what}: ended with {process.returncode}")
    lines = bench.path("discarded").read_bytes().count(b"\n")
    if lines != row.tokens:
        raise Differs(f"{row.what}: {lines} lines")
    largest = int(process.stdout) / (2**20 if sys.platform == "darwin" else 2**10)
    limit, remark = MEMORY_LIMIT_MB, f"largest process: {largest:.0f} MB"
    return Figure(row.what, largest * 3, "MB", limit, at_most=True, remark=remark)


class Bench:
    """A folder with keys and tokens, and commands that run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.variables = folder, environment(folder)
        self._keys: dict[str, Keys] = {}

    def path(self, name: str) -> Path:
        """Return the path of a file."""
        return self.folder / name

    def prepare(self, row: Row) -> None:
        """Write the keys, and the tokens to verify."""
        algorithm = row.algorithm
        if algorithm not in self._keys:
            made = self._keys[algorithm] = make_keys(algorithm)
            public = made.key if made.secret else made.key.public()
            for name, key in (("private", made.key), ("public", public)):
                path = self.path(f"{algorithm}-{name}.jwk")
                path.touch(mode=0o600)
                path.write_bytes(keys.write(key, format="jwk"))
        if row.verb == "verify":
            distinct = min(row.tokens, _DISTINCT.get(algorithm, row.tokens))
            made_by = Row("mint", algorithm, distinct, 0)
            self._run(self.command(made_by, 2), self.path("distinct"))
            tokens = self.path("distinct").read_bytes().splitlines(keepends=True)
            with self.path(f"{algorithm}-tokens").open("wb") as file:
                for start in range(0, row.tokens, distinct):
                    file.writelines(tokens[: row.tokens - start])

    def command(self, row: Row, jobs: int) -> list[str]:
        """Return the words of a command."""
        if row.verb == "verify":
            words = ["verify", "--lines", f"@{row.algorithm}-tokens"]
            words += ["--key", f"{row.algorithm}-public.jwk"]
        else:
            words = ["mint", *(f"{name}={value}" for name, value in CLAIMS.items()), "--exp", "1d"]
            words += ["--count", str(row.tokens), "--key", f"{row.algorithm}-private.jwk"]
        return [*AUTHCLI, "jwt", *words, "--jobs", str(jobs)]

    def cost(self, row: Row, jobs: int) -> Cost:
        """Run a command; return what it took."""
        wall, cpu = time.perf_counter(), children_seconds()
        self._run(self.command(row, jobs), self.output(row, jobs))
        return Cost(time.perf_counter() - wall, children_seconds() - cpu)

    def compare(self, row: Row) -> None:
        """See that both ways of running a command did the same, and all of it.

        Raises:
            Differs: they did not.
        """
        outputs = [self.output(row, jobs).read_bytes() for jobs in (1, 2)]
        for out in outputs:
            lines = out.decode().splitlines()
            if len(lines) != row.tokens:
                raise Differs(f"{row.what}: {len(lines)} lines")
            if row.verb == "mint":
                self._check_minted(row, lines)
        if row.verb == "verify" and outputs[0] != outputs[1]:
            raise Differs(f"{row.what}: two processes print something else than one")

    def _check_minted(self, row: Row, tokens: list[str]) -> None:
        made = self._keys[row.algorithm]
        public = made.public if made.secret else load_pem_public_key(made.public)
        if len(set(tokens)) != len(tokens):
            raise Differs(f"{row.what}: a token twice")
        for token in sample(tokens):
            claims = jwt.decode(token, public, algorithms=[row.algorithm])  # type: ignore[arg-type]
            if any(claims[name] != value for name, value in CLAIMS.items()):
                raise Differs(f"{row.what}: {claims}")

    def _run(self, command: list[str], output: Path) -> None:
        with output.open("wb") as out:
            code = subprocess.run(
                command, cwd=self.folder, env=self.variables, stdin=subprocess.DEVNULL, stdout=out
            ).returncode
        if code:
            raise Differs(f"{' '.join(command[4:])} ended with {code}")

    def output(self, row: Row, jobs: int) -> Path:
        """Return where a command's output goes."""
        return self.path(f"{row.verb}-{row.algorithm}-{jobs}")


def usable_cores() -> int:
    """Return how many cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
