"""Costs as flags: each setting of a scheme has one, with its unit.

A flag that the scheme has no setting for is an error that names those it has: a cost that does
nothing would leave a hash weaker than its maker believes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, NamedTuple, cast

import typer

from authcli.cli._messages import warn
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.findings import Finding
    from authcli.passwords import CostOptions
    from authcli.passwords.hash_policy import HashPolicy
    from authcli.passwords.model import Hash, Scheme, Setting, Work

__all__ = [
    "FLAGS",
    "BlockSize",
    "Cost",
    "CostFlags",
    "Iterations",
    "Lanes",
    "LogN",
    "Memory",
    "Rounds",
    "SchemeName",
    "Settled",
    "as_flags",
    "as_options",
    "cost_of",
    "settled",
    "warn_findings",
]

SchemeName = Annotated[
    str | None,
    typer.Option("--scheme", metavar="SCHEME", help="How: argon2id (default), bcrypt, scrypt …"),
]
Memory = Annotated[
    str | None, typer.Option("--memory", metavar="SIZE", help="argon2id: memory, 64MiB.")
]
Iterations = Annotated[
    int | None, typer.Option("--iterations", metavar="N", help="argon2id: passes over it, 3.")
]
Lanes = Annotated[
    int | None, typer.Option("--lanes", metavar="N", help="argon2id: threads, 4; scrypt: 1.")
]
Cost = Annotated[
    int | None, typer.Option("--cost", "-C", metavar="N", help="bcrypt: log2 of rounds, 12.")
]
Rounds = Annotated[
    int | None, typer.Option("--rounds", metavar="N", help="pbkdf2, sha2-crypt: rounds.")
]
LogN = Annotated[
    int | None, typer.Option("--log-n", metavar="N", help="scrypt: log2 of its cost, 17.")
]
BlockSize = Annotated[
    int | None, typer.Option("--block-size", metavar="N", help="scrypt: size of a block, 8.")
]

#: Setting -> the flag that gives it.
FLAGS = {
    "memory_kib": "--memory",
    "iterations": "--iterations",
    "lanes": "--lanes",
    "cost": "--cost",
    "rounds": "--rounds",
    "log_n": "--log-n",
    "block_size": "--block-size",
}


class CostFlags(NamedTuple):
    """What was given of `FLAGS`; None for what was not."""

    memory: str | None = None
    iterations: int | None = None
    lanes: int | None = None
    cost: int | None = None
    rounds: int | None = None
    log_n: int | None = None
    block_size: int | None = None


def cost_of(scheme: str, flags: CostFlags) -> dict[str, int]:
    """Return the settings that flags give, by their names.

    Args:
        scheme: the name of a scheme.
        flags: what was given.

    Raises:
        InvalidInput: no such scheme, one that is not made, a flag that it has no setting for, or
            a number out of its bounds.
    """
    from authcli.passwords.schemes import scheme_named

    row = scheme_named(scheme)
    given = {
        name: _kib(value) if isinstance(value, str) else value
        for name, value in zip(FLAGS, flags, strict=True)
        if value is not None
    }
    settings = {setting.name: setting for setting in row.settings}
    for name, value in given.items() if row.makes else ():
        if name not in settings:
            raise _not_its(row, name)
        _check_bounds(row, settings[name], value)
    return given


def as_options(cost: Mapping[str, int]) -> CostOptions:
    """Return a cost as the keywords of `authcli.passwords.hash`."""
    return cast("CostOptions", dict(cost))


def as_flags(scheme: str, cost: Mapping[str, int]) -> list[str]:
    """Return the words of a command line that ask for a scheme at a cost."""
    words = ["--scheme", scheme]
    for name, value in cost.items():
        words += [FLAGS[name], size_text(value) if name == "memory_kib" else str(value)]
    return words


def size_text(kib: int) -> str:
    """Return a size without loss, as `--memory` takes it."""
    return f"{kib // 1024}MiB" if kib % 1024 == 0 else f"{kib}KiB"


class Settled(NamedTuple):
    """How new hashes are made, every cost of them."""

    scheme: str
    cost: dict[str, int]

    def findings(self, policy: HashPolicy | None = None) -> tuple[Finding, ...]:
        """Return what a policy finds wrong with such hashes; no hash need be taken apart."""
        from authcli.passwords.hash_policy import DEFAULT_HASH_POLICY, findings_of

        return findings_of(self._sample(), policy=policy or DEFAULT_HASH_POLICY)

    def work(self) -> Work:
        """Return what making one of a short password takes."""
        from authcli.passwords.schemes import SCHEMES

        return SCHEMES[self.scheme].family.work(self._sample(), password_bytes=16)

    def _sample(self) -> Hash:
        from authcli.passwords.model import Hash

        salt, digest = bytes(16), bytes(20)  # as short as PBKDF2's shortest
        return Hash(self.scheme, self.cost, salt, digest, salt_bits=128, digest_bits=256)


def settled(scheme: str, cost: Mapping[str, int]) -> Settled:
    """Return the scheme's own name, and the cost with its defaults where `cost` says nothing."""
    from authcli.passwords.hashing import full_cost
    from authcli.passwords.schemes import scheme_named

    row = scheme_named(scheme)
    return Settled(row.name, full_cost(row, cost))


def warn_findings(run: Run, findings: Iterable[Finding]) -> None:
    """Say of new hashes why they should not be made so."""
    for finding in findings:
        warn(run, f"below the policy: {finding.message}")


def _kib(text: str) -> int:
    from authcli.passwords.policy_files import parse_memory

    return parse_memory(text)


def _not_its(row: Scheme, name: str) -> InvalidInput:
    from authcli.passwords.schemes import SCHEMES

    has = ", ".join(FLAGS[setting.name] for setting in row.settings)
    others = [s.name for s in SCHEMES.values() if s.makes and name in {t.name for t in s.settings}]
    return InvalidInput(
        f"{row.name} has no {FLAGS[name]}; it has {has}",
        hint=f"{FLAGS[name]} is for --scheme {', '.join(others)}",
        code="password.cost",
    )


def _check_bounds(row: Scheme, setting: Setting, value: int) -> None:
    from authcli.passwords.limits import format_memory

    if setting.low <= value <= setting.high:
        return
    write = format_memory if setting.name == "memory_kib" else "{:,}".format
    shown = write(value) if abs(value) < 1 << 40 else "this"
    raise InvalidInput(
        f"{FLAGS[setting.name]} {shown} is out of the bounds of {row.name}",
        hint=f"{write(setting.low)} to {write(setting.high)}; by default {write(setting.default)}",
        code="password.cost",
    )
