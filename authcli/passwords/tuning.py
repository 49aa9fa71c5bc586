"""Costs at which this machine takes so long for one hash, found by measuring it.

Source: RFC 9106, section 4: first as much memory as can be afforded, then time.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import NamedTuple

from authcli.errors import InvalidInput
from authcli.passwords.model import Scheme, Setting
from authcli.passwords.schemes import scheme_named

__all__ = ["Tuned", "tune"]

_LEAST_MS, _MOST_MS = 1.0, 10_000.0
_PASSWORD = b"correct horse battery staple"
#: OWASP's memory for three iterations; less is no argon2id worth its name.
_LEAST_MEMORY_KIB = 12 * 1024
_ITERATIONS = 3
#: A logarithmic setting is first tried at this much below its default, a linear one at this part.
_STEPS_BELOW, _PART = 4, 20


class Tuned(NamedTuple):
    """What to hash with from now on."""

    scheme: str
    cost: Mapping[str, int]
    took_ms: float
    """What one hash at this cost took, measured."""
    target_ms: float


def tune(target_ms: float, *, scheme: str, max_memory_kib: int) -> Tuned:
    """Return the costs; see `authcli.passwords.tune`."""
    row = scheme_named(scheme)
    if not _LEAST_MS <= target_ms <= _MOST_MS:
        raise InvalidInput(f"a target of {target_ms:g} ms is not within 1 ms and 10 s")
    if not row.makes:
        raise InvalidInput(f"{row.name} hashes are read, and not made", code="password.scheme")
    if "memory_kib" in {setting.name for setting in row.settings}:
        cost = _by_memory(row, target_ms, max_memory_kib)
    else:
        cost = _by_time(row, target_ms, max_memory_kib)
    return Tuned(row.name, cost, round(_took_ms(row, cost), 1), target_ms)


def _by_memory(row: Scheme, target_ms: float, max_memory_kib: int) -> dict[str, int]:
    """Spend the target on memory at three iterations, and what is left on iterations."""
    memory, iterations, lanes = row.settings
    least = memory.low * lanes.default
    if max_memory_kib < least:
        raise InvalidInput(
            f"{row.name} with {lanes.default} lanes takes {least} KiB of memory at the least",
            code="password.cost",
        )
    tried = min(memory.default, max_memory_kib)
    cost = {"memory_kib": tried, "iterations": _ITERATIONS, "lanes": lanes.default}
    factor = target_ms / _took_ms(row, cost)
    wanted = int(tried * factor) // 1024 * 1024
    most = min(max_memory_kib, memory.high)
    cost["memory_kib"] = max(min(_LEAST_MEMORY_KIB, most), min(wanted, most))
    passes = int(_ITERATIONS * factor * tried / cost["memory_kib"])
    cost["iterations"] = max(_ITERATIONS, min(passes, iterations.high))
    return cost


def _by_time(row: Scheme, target_ms: float, max_memory_kib: int) -> dict[str, int]:
    """Measure at a low cost, and reckon from there; the first setting is the one that grows."""
    first, *others = row.settings
    cost = {setting.name: setting.default for setting in others}
    most = _most(first, cost, max_memory_kib)
    tried = first.default - _STEPS_BELOW if first.logarithmic else first.default // _PART
    tried = max(first.low, min(tried, most))
    factor = target_ms / _took_ms(row, {first.name: tried, **cost})
    if first.logarithmic:
        value = tried + (int(factor).bit_length() - 1 if factor >= 1 else -1)
    else:
        value = int(tried * factor) // 1000 * 1000
    return {first.name: max(first.low, min(value, most)), **cost}


def _most(first: Setting, cost: Mapping[str, int], max_memory_kib: int) -> int:
    if first.name != "log_n":
        return first.high
    # scrypt takes N * r * 128 bytes.
    return min(first.high, (max_memory_kib * 8 // cost["block_size"]).bit_length() - 1)


def _took_ms(row: Scheme, cost: Mapping[str, int]) -> float:
    """Return the shorter of two runs: the first one also loads the library."""
    runs = []
    for _ in range(2):
        begun = time.perf_counter()
        row.family.make(_PASSWORD, scheme=row.name, cost=cost)
        runs.append((time.perf_counter() - begun) * 1000)
    return max(min(runs), 0.001)
