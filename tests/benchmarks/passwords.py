"""Hashes: what authcli adds to its libraries, and what a second process brings.

- "of argon2-cffi", "of bcrypt", "of libpass": processor time of `passwords.hash` and
  `passwords.verify` over that of the library called directly at the same cost, in this process,
  taking turns.
- `--jobs`: wall time of `password hash --lines` with one process over that with two, start-up
  included. At argon2's default of four lanes one process has both cores already. Where other work
  wants the cores too the ratio is the machine's: beside it stands the processor time of both.

What comes out is compared: each library verifies the hashes of all, and every line of a table has
a hash of its password. Other programs' hashes: see `peers`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from authcli import passwords
from authcli.passwords import CostOptions
from tests.benchmarks import running, turns
from tests.benchmarks.agreement import Differs
from tests.benchmarks.commands import usable_cores
from tests.benchmarks.figures import Figure, Table, cost_of, faster_than
from tests.benchmarks.running import AUTHCLI, Command

__all__ = ["measure"]

PASSWORD = b"correct horse battery staple"
_MOST_ADDED = 1.05
#: Hashes in a table for `--jobs`, of some 50 ms (p=1: 100) to 200 ms.
_LINES = 40


class Kind(NamedTuple):
    """A scheme at a cost, for a table of users."""

    what: str
    flags: str
    target: float
    least: str
    """The flags of the least cost."""


KINDS = (
    Kind("hash --lines, argon2id p=1", "--lanes 1", 1.85, "--memory 64KiB"),
    Kind("hash --lines, bcrypt", "--scheme bcrypt", 1.85, "--cost 4"),
    Kind("hash --lines, argon2id p=4", "", 1.35, "--memory 64KiB"),
)


def measure(*, rounds: int, scale: float = 1) -> Table:
    """Return the figures.

    Args:
        rounds: how many turns each side gets.
        scale: the share of the work that is done in a turn; below 0.1 at the least of costs.

    Raises:
        Differs: a hash of one side is none of another's.
    """
    small, notes = scale < 0.1, []
    figures = [*_of_libraries(rounds * 4, small=small)]
    with tempfile.TemporaryDirectory() as name:
        if usable_cores() > 1:
            lines = max(2, int(_LINES * scale))
            figures += _of_jobs(Path(name), max(1, rounds // 2), lines, small=small)
        else:
            notes.append("--jobs: there is one core alone")
    title = f"Hashes, {rounds} rounds, load {os.getloadavg()[0]:.1f}"
    return Table(title, tuple(figures), tuple(notes))


def _of_libraries(rounds: int, *, small: bool) -> Iterator[Figure]:
    """Yield what `authcli.passwords` costs of what its libraries do."""
    memory, cost = (64, 4) if small else (64 * 1024, 11)
    argon2id: CostOptions = {"memory_kib": memory, "iterations": 3, "lanes": 1}
    argon2 = _Library(
        hash=lambda: passwords.hash(PASSWORD, **argon2id),
        others={
            "argon2-cffi": (lambda: _argon2(memory), _argon2_verify),
            "libpass": _libpass("argon2", memory_cost=memory, rounds=3, parallelism=1),
        },
    )
    bcrypt = _Library(
        hash=lambda: passwords.hash(PASSWORD, scheme="bcrypt", cost=cost),
        others={
            "bcrypt": (lambda: _bcrypt(cost), _bcrypt_verify),
            "libpass": _libpass("bcrypt", rounds=cost),
        },
    )
    for scheme, library in (("argon2id", argon2), ("bcrypt", bcrypt)):
        yield from _compared(scheme, library, rounds, target=None if small else _MOST_ADDED)


class _Library(NamedTuple):
    """Ours beside those that do the same, at the same cost."""

    hash: Callable[[], str]
    others: Mapping[str, tuple[Callable[[], str], Callable[[str], object]]]
    """Name -> what makes a hash, and what verifies one or raises."""


def _compared(scheme: str, ours: _Library, rounds: int, target: float | None) -> Iterator[Figure]:
    """Yield what hashing and verifying cost; everybody verifies everybody's hashes first."""
    makers = {"ours": ours.hash} | {name: make for name, (make, _) in ours.others.items()}
    judges: dict[str, Callable[[str], object]] = {"ours": lambda it: passwords.verify(PASSWORD, it)}
    judges |= {name: verify for name, (_, verify) in ours.others.items()}
    for maker, make in makers.items():
        made = make()
        for judge, verify in judges.items():
            try:
                verify(made)
            except Exception as why:
                raise Differs(f"{judge} refuses the {scheme} hash of {maker}: {why!r}") from why
    stored = ours.hash()
    verifiers = {name: partial(verify, stored) for name, verify in judges.items()}
    for verb, sides in (("hash", makers), ("verify", verifiers)):
        costs = turns.least(sides, rounds=rounds)
        mine = costs.pop("ours")
        for name, theirs in costs.items():
            what = f"passwords.{verb}, {scheme}"
            bound = None if name == "libpass" else target
            yield cost_of(name, what, ours=mine, theirs=theirs, target=bound)


def _argon2(memory: int) -> str:
    import argon2.low_level

    kind, salt = argon2.low_level.Type.ID, os.urandom(16)
    return argon2.low_level.hash_secret(PASSWORD, salt, 3, memory, 1, 32, kind).decode()


def _argon2_verify(hash: str) -> None:
    import argon2.low_level

    argon2.low_level.verify_secret(hash.encode(), PASSWORD, argon2.low_level.Type.ID)


def _bcrypt(cost: int) -> str:
    import bcrypt

    return bcrypt.hashpw(PASSWORD, bcrypt.gensalt(cost)).decode()


def _bcrypt_verify(hash: str) -> None:
    import bcrypt

    if not bcrypt.checkpw(PASSWORD, hash.encode()):
        raise Differs("it does not match")


def _libpass(scheme: str, **costs: int) -> tuple[Callable[[], str], Callable[[str], object]]:
    """Return what makes and what verifies a hash, of libpass alone, as its documentation has it."""
    import passlib.hash

    handler: Any = getattr(passlib.hash, scheme).using(**costs)

    def verify(hash: str) -> None:
        if not handler.verify(PASSWORD, hash):
            raise Differs("it does not match")

    return lambda: str(handler.hash(PASSWORD)), verify


def _of_jobs(folder: Path, rounds: int, lines: int, *, small: bool) -> Iterator[Figure]:
    """Yield how much faster two processes are than one."""
    (folder / "table").write_text("".join(f"user{n}:password {n}\n" for n in range(lines)))
    words = [*AUTHCLI, "password", "hash", "--lines", "@table", "-q", "--jobs"]
    commands = {
        f"{kind.what} {jobs}": Command(
            [*words, str(jobs), *kind.flags.split(), *(kind.least.split() if small else ())]
        )
        for kind in KINDS
        for jobs in (1, 2)
    }
    check = partial(_check_table, lines)
    ran = running.least(commands, folder, rounds=rounds, check=check)
    for kind in KINDS:
        one, two = ran[f"{kind.what} 1"], ran[f"{kind.what} 2"]
        remark = f"{lines} lines; {two.cpu / one.cpu:.2f} of its processor time"
        yield faster_than(
            "one process",
            kind.what,
            ours=two.wall,
            theirs=one.wall,
            target=kind.target,
            remark=remark,
        )


def _check_table(lines: int, what: str, out: bytes) -> None:
    rows = [line.split(":") for line in out.decode().splitlines()]
    if [user for user, _ in rows] != [f"user{n}" for n in range(lines)]:
        raise Differs(f"{what}: other users, or in another order")
    passwords.verify(f"password {lines - 1}", rows[-1][1])
