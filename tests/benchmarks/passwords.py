"""Hashes: what authcli adds to its libraries, what a second process brings, and other programs.

- "of argon2-cffi", "of bcrypt": processor time of `passwords.hash` and `passwords.verify` over that
  of the library called directly at the same cost, in this process, taking turns.
- `--jobs`: wall time of `password hash --lines` with one process over that with two, start-up
  included. At argon2's default of four lanes one process has both cores already. Where other work
  wants the cores too the ratio is the machine's: beside it stands the processor time of both.
- "of argon2", "of htpasswd": processor time of one `password hash` process over that of Debian's
  programs at the same cost: theirs are written in C, ours starts Python.

What comes out is compared: the library verifies our hashes and we the library's and the programs',
and every line of a table has a hash of its password.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from authcli import passwords
from authcli.errors import PasswordMismatch
from authcli.passwords import CostOptions
from tests.benchmarks.agreement import Differs
from tests.benchmarks.commands import usable_cores
from tests.benchmarks.figures import Figure, Table
from tests.benchmarks.running import AUTHCLI, environment

__all__ = ["measure"]

PASSWORD = b"correct horse battery staple"
_MOST_ADDED = 1.05
#: Hashes in a table for `--jobs`, of some 50 ms (p=1: 100) to 200 ms.
_LINES = 40
#: Our default cost; the program counts memory as a power of two, in KiB.
_ARGON2 = "argon2 somesaltsomesalt -id -t 3 -m 16 -p 4 -l 32 -e"


class Kind(NamedTuple):
    """A scheme at a cost, for a table of users."""

    what: str
    flags: str
    target: float


KINDS = (
    Kind("hash --lines, argon2id p=1", "--lanes 1", 1.85),
    Kind("hash --lines, bcrypt", "--scheme bcrypt", 1.85),
    Kind("hash --lines, argon2id p=4", "", 1.35),
)


def measure(*, rounds: int, scale: float = 1) -> Table:
    """Return the figures.

    Args:
        rounds: how many turns each side gets.
        scale: the share of the work that is done in a turn.
    """
    notes: list[str] = []
    figures = [*_of_libraries(rounds, scale)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if usable_cores() > 1:
            figures += _of_jobs(folder, max(1, rounds // 2), max(2, int(_LINES * scale)))
        else:
            notes.append("--jobs: there is one core alone")
        figures += _of_programs(folder, rounds, notes)
    title = f"Hashes, {rounds} rounds, load {os.getloadavg()[0]:.1f}"
    return Table(title, tuple(figures), tuple(notes))


def _of_libraries(rounds: int, scale: float) -> Iterator[Figure]:
    """Yield what `authcli.passwords` costs of what its libraries do."""
    import argon2.low_level
    import bcrypt

    small = scale < 0.1
    memory, cost = (64, 4) if small else (64 * 1024, 11)
    argon2id: CostOptions = {"memory_kib": memory, "iterations": 3, "lanes": 1}

    def argon2_raw() -> str:
        kind = argon2.low_level.Type.ID
        made = argon2.low_level.hash_secret(PASSWORD, os.urandom(16), 3, memory, 1, 32, kind)
        return made.decode()

    def bcrypt_raw() -> str:
        return bcrypt.hashpw(PASSWORD, bcrypt.gensalt(cost)).decode()

    stored = {"argon2id": argon2_raw(), "bcrypt": bcrypt_raw()}
    sides: dict[tuple[str, str], tuple[Callable[[], object], Callable[[], object]]] = {
        ("hash", "argon2-cffi"): (lambda: passwords.hash(PASSWORD, **argon2id), argon2_raw),
        ("hash", "bcrypt"): (
            lambda: passwords.hash(PASSWORD, scheme="bcrypt", cost=cost),
            bcrypt_raw,
        ),
        ("verify", "argon2-cffi"): (
            lambda: passwords.verify(PASSWORD, stored["argon2id"]),
            lambda: argon2.low_level.verify_secret(
                stored["argon2id"].encode(), PASSWORD, argon2.low_level.Type.ID
            ),
        ),
        ("verify", "bcrypt"): (
            lambda: passwords.verify(PASSWORD, stored["bcrypt"]),
            lambda: bcrypt.checkpw(PASSWORD, stored["bcrypt"].encode()),
        ),
    }
    _check_libraries(passwords.hash(PASSWORD, **argon2id), sides["hash", "bcrypt"][0]())
    for (verb, library), pair in sides.items():
        ours, theirs = _least(pair, turns=rounds * 4)
        remark = f"{ours * 1e3:.2f} / {theirs * 1e3:.2f} ms"
        yield Figure(
            f"passwords.{verb}",
            ours / theirs,
            f"of {library}",
            None if small else _MOST_ADDED,
            at_most=True,
            remark=remark,
        )


def _least(sides: Sequence[Callable[[], object]], *, turns: int) -> list[float]:
    """Return the least processor time of each, taking turns in an order that rotates."""
    least = [float("inf")] * len(sides)
    for turn in range(turns):
        for offset in range(len(sides)):
            number = (turn + offset) % len(sides)
            begun = time.process_time()
            sides[number]()
            least[number] = min(least[number], time.process_time() - begun)
    return least


def _check_libraries(argon2id: str, bcrypt_hash: object) -> None:
    import argon2.low_level
    import bcrypt

    argon2.low_level.verify_secret(argon2id.encode(), PASSWORD, argon2.low_level.Type.ID)
    if not bcrypt.checkpw(PASSWORD, str(bcrypt_hash).encode()):
        raise Differs("bcrypt does not verify our hash")


def _of_jobs(folder: Path, rounds: int, lines: int) -> Iterator[Figure]:
    """Yield how much faster two processes are than one."""
    table = folder / "table"
    table.write_text("".join(f"user{n}:password {n}\n" for n in range(lines)))
    order = [(kind, jobs) for kind in KINDS for jobs in (1, 2)]
    least = dict.fromkeys(order, float("inf"))
    used = least.copy()
    for turn in range(rounds):
        first = turn % len(order)
        for kind, jobs in order[first:] + order[:first]:
            words = ["password", "hash", "--lines", "@table", "-q", "--jobs", str(jobs)]
            begun = time.perf_counter()
            cpu, out = _timed([*AUTHCLI, *words, *kind.flags.split()], folder)
            least[kind, jobs] = min(least[kind, jobs], time.perf_counter() - begun)
            used[kind, jobs] = min(used[kind, jobs], cpu)
            _check_table(kind, out, lines)
    for kind in KINDS:
        one, two = least[kind, 1], least[kind, 2]
        remark = f"{lines} lines: {one:.2f} / {two:.2f} s"
        remark += f"; {used[kind, 2] / used[kind, 1]:.2f} of its processor time"
        yield Figure(kind.what, one / two, "one process", kind.target, remark=remark)


def _check_table(kind: Kind, out: str, lines: int) -> None:
    rows = [line.split(":") for line in out.splitlines()]
    if [user for user, _ in rows] != [f"user{n}" for n in range(lines)]:
        raise Differs(f"{kind.what}: other users, or in another order")
    passwords.verify(f"password {lines - 1}", rows[-1][1])


def _of_programs(folder: Path, rounds: int, notes: list[str]) -> Iterator[Figure]:
    """Yield what a process of ours costs of what other programs do at the same cost."""
    (folder / "password").write_bytes(PASSWORD)
    (folder / "password").chmod(0o600)
    ours = [*AUTHCLI, "password", "hash", "@password", "-q"]
    text = PASSWORD.decode()
    peers = {
        "argon2": (_ARGON2.split(), ours),
        "htpasswd": (
            ["htpasswd", "-nbBC", "12", "user", text],
            [*ours, "--scheme", "bcrypt", "--cost", "12"],
        ),
    }
    for name, (theirs, mine) in peers.items():
        if shutil.which(name) is None:
            notes.append(f"{name}: it is not installed")
            continue
        stdin = PASSWORD if name == "argon2" else b""
        least = [float("inf"), float("inf")]
        for turn in range(rounds):
            for number in ((0, 1), (1, 0))[turn % 2]:
                seconds, out = _timed((mine, theirs)[number], folder, stdin)
                least[number] = min(least[number], seconds)
                _check_hash(name, out.strip().removeprefix("user:"))
        remark = f"{least[0] * 1e3:.0f} / {least[1] * 1e3:.0f} ms a process"
        yield Figure("password hash, a process", least[0] / least[1], f"of {name}", remark=remark)


def _check_hash(name: str, hash: str) -> None:
    try:
        passwords.verify(PASSWORD, hash)
    except PasswordMismatch:
        raise Differs(f"{name} and we hash the same password differently") from None


def _timed(command: Sequence[str], folder: Path, stdin: bytes = b"") -> tuple[float, str]:
    """Run a command; return the processor time of all its processes, and what it printed."""
    before = os.times()
    out = _run(command, folder, stdin)
    after = os.times()
    used = after.children_user + after.children_system
    return used - before.children_user - before.children_system, out


def _run(command: Sequence[str], folder: Path, stdin: bytes) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment(folder), input=stdin, capture_output=True
    )
    if done.returncode:
        raise Differs(f"{command[-1]} ended with {done.returncode}: {done.stderr[-300:]!r}")
    return done.stdout.decode()
