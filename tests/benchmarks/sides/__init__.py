"""Who is compared: authcli, the arithmetic alone, and the libraries that people use instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import partial
from typing import NamedTuple

from tests.benchmarks.sides import authlib, joserfc, node, ours, pyjwt, raw
from tests.benchmarks.sides.side import Absent, Side, make_keys

__all__ = ["Prepared", "prepared_sides"]


class Prepared(NamedTuple):
    """The sides that are there."""

    sides: tuple[Side, ...]
    left_out: tuple[str, ...]
    """Why another is not."""


def prepared_sides(
    algorithm: str, stack: ExitStack, *, packages: Iterable[str] = node.PACKAGES
) -> Prepared:
    """Return all sides, ready for one algorithm and with one key.

    Args:
        algorithm: the name of RFC 7518, section 3.1, or EdDSA.
        stack: ends the processes that they run.
        packages: which of Node's.
    """
    keys = make_keys(algorithm)
    sides = [*ours.sides(keys), raw.side(keys), pyjwt.side(keys), joserfc.side(keys)]
    others: list[Callable[[], Side]] = [partial(authlib.side, keys)]
    others += [partial(node.side, package, keys, stack) for package in packages]
    left_out = []
    for other in others:
        try:
            sides.append(other())
        except Absent as why:
            left_out.append(str(why))
    return Prepared(tuple(sides), tuple(left_out))
