"""What a hash may cost before it is computed, because a hash from outside names its own cost.

argon2 with 4 GiB, bcrypt at cost 31 or 10^9 rounds of SHA-512-crypt run for minutes: whoever can
place such a hash stops the service that verifies it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from authcli.errors import HashUnusable
from authcli.passwords.model import Work

__all__ = ["DEFAULT_LIMITS", "Limits", "check_work", "excess", "format_cost", "format_memory"]

_WORDS = {"memory_kib": "memory", "log_n": "log N", "block_size": "block size"}


class Limits(NamedTuple):
    """The most that one verification may take."""

    max_memory_kib: int = 512 * 1024
    max_seconds: float = 2.0
    """By an estimate for a slow server, which other machines stay under."""
    max_lanes: int = 64
    """Threads of argon2."""


DEFAULT_LIMITS = Limits()


def check_work(work: Work, *, limits: Limits, scheme: str) -> None:
    """Refuse what costs more than the limits.

    Raises:
        HashUnusable: "password.hash-cost", with the numbers.
    """
    if over := excess(work, limits=limits):
        raise HashUnusable(
            f"verifying this {scheme} hash would take {over}",
            hint="for a hash that you trust, raise the limit: --max-memory, --max-seconds",
            code="password.hash-cost",
        )


def excess(work: Work, *, limits: Limits) -> str:
    """Return what is beyond the limits: "4 GiB of memory (the limit is 512 MiB)"; or nothing."""
    over = []
    if work.memory_kib > limits.max_memory_kib:
        over.append(
            f"{format_memory(work.memory_kib)} of memory (the limit is"
            f" {format_memory(limits.max_memory_kib)})"
        )
    if work.seconds > limits.max_seconds:
        over.append(
            f"about {_format_seconds(work.seconds)} (the limit is {limits.max_seconds:g} s)"
        )
    if work.lanes > limits.max_lanes:
        over.append(f"{work.lanes} threads (the limit is {limits.max_lanes})")
    return " and ".join(over)


def format_memory(kib: int) -> str:
    """Return a size as people write it: "64 MiB", "19.5 MiB", "8 KiB"."""
    for unit, size in (("GiB", 1 << 20), ("MiB", 1 << 10)):
        if kib >= size:
            return f"{round(kib / size, 1):g} {unit}"
    return f"{kib} KiB"


def format_cost(cost: Mapping[str, int]) -> str:
    """Return a cost for people: "memory 64 MiB, iterations 3, lanes 4"."""
    return ", ".join(
        f"{_WORDS.get(name, name)} {format_memory(n) if name == 'memory_kib' else format(n, ',')}"
        for name, n in cost.items()
    )


def _format_seconds(seconds: float) -> str:
    for unit, size in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.1f} s"
