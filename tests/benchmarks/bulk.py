"""What a token costs among many, in one process, against the loops that a user would write.

A ratio is another side's time a token over ours: at 1 we are as fast, above it faster. Sides take
turns in an order that rotates, and the least time a token of each counts. Python's sides are
compared by processor time; with Node it is wall time on both sides, because beside its loop other
threads of it collect garbage, compile, and compute jose's signatures.

All use the same 256-bit secret, RSA key of 2048 bits, P-256 and Ed25519 keys, the same claims (iss,
sub and scope; then iat, exp and jti, which each adds in its own way) and a header of alg and typ.
Keys are made ready before the clock runs.

- authcli: `Minter.batch`, `Verifier.verify`. "authcli, each" calls `Minter.mint` for every token.
- raw: what the arithmetic alone costs, without JSON: `hmac.new(…).digest()` or `cryptography`'s
  `sign` over one fixed signing input, and base64url; to verify, the split at the last dot,
  base64url, and the arithmetic. ECDSA's conversion between DER and r||s (RFC 7518, section 3.4)
  counts, because without it there is no token.
- PyJWT, joserfc, Authlib: `encode` and `decode` with prepared key objects, a dict for every token,
  and `str(uuid4())` as jti; the claims are validated by a call of its own where `decode` does not.
- fast-jwt, jsonwebtoken, jose: the same loops inside Node, timed by `process.hrtime`. Each call
  of jose, which is asynchronous, is awaited before the next.

What is verified are PyJWT's tokens, each with its own jti. Nothing is timed whose outcome is not
compared too: after each turn tokens of each side are verified by another one (see `agreement`).
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any, NamedTuple

from tests.benchmarks.agreement import check_claims, check_refusal
from tests.benchmarks.figures import Figure, Table, faster_than
from tests.benchmarks.sides import Prepared, prepared_sides
from tests.benchmarks.sides.node import PACKAGES
from tests.benchmarks.sides.side import Lap, sample
from tests.benchmarks.turns import rotated, settled_heap

__all__ = ["ALGORITHMS", "TARGETS", "measure"]


class Work(NamedTuple):
    """How many tokens fill a good part of a second, for the slower of the sides."""

    mint: int
    verify: int
    distinct: int
    """How many different tokens are verified; RSA signs too slowly for more."""


ALGORITHMS: Mapping[str, Work] = {
    "HS256": Work(20_000, 20_000, 20_000),
    "RS256": Work(500, 10_000, 500),
    "ES256": Work(5_000, 5_000, 5_000),
    "EdDSA": Work(5_000, 5_000, 5_000),
}

#: What, and against whom -> the least ratio.
TARGETS: Mapping[tuple[str, str], float] = {
    ("mint HS256", "raw"): 0.5,
    ("mint HS256", "PyJWT"): 5.5,
    ("mint HS256", "fast-jwt"): 2.0,
    ("mint RS256", "raw"): 0.97,
    ("mint ES256", "raw"): 0.83,
    ("mint EdDSA", "raw"): 0.94,
    ("verify HS256", "raw"): 0.30,
    ("verify RS256", "raw"): 0.80,
    ("verify ES256", "raw"): 0.92,
    ("verify EdDSA", "raw"): 0.95,
}


def measure(*, rounds: int, scale: float = 1) -> Table:
    """Return the ratios of all sides to ours, for all algorithms.

    Args:
        rounds: how many turns each side gets.
        scale: the share of the work that is done in a turn.

    Raises:
        Differs: the sides disagree about a token.
    """
    figures: list[Figure] = []
    notes: dict[str, None] = {}
    for algorithm, full in ALGORITHMS.items():
        work = Work(*(max(1, int(count * scale)) for count in full))
        with ExitStack() as stack:
            prepared = prepared_sides(algorithm, stack)
            figures += _figures(algorithm, _laps(prepared, work, rounds))
        notes |= dict.fromkeys(prepared.left_out)
    title = f"Many tokens in one process: time of the other / ours, {rounds} rounds"
    return Table(title, tuple(figures), tuple(notes))


class Cost(NamedTuple):
    """The least seconds that a token took."""

    cpu: float
    wall: float


def _laps(prepared: Prepared, work: Work, rounds: int) -> dict[tuple[str, str], Cost]:
    """Return the costs by what was done and by whom."""
    sides, by_name = prepared.sides, {side.name: side for side in prepared.sides}
    distinct = by_name["PyJWT"].mint(work.distinct).output
    tokens = [distinct[i % len(distinct)] for i in range(work.verify)]
    check_refusal(sides, tokens[0])
    costs: dict[tuple[str, str], Cost] = {}
    with settled_heap():
        for turn in range(rounds):
            for side in rotated(sides, turn):
                gc.collect()  # what others left behind is not this side's to clear
                lap = side.mint(work.mint)
                _keep_least(costs, ("mint", side.name), lap, work.mint)
                judge = sides[(sides.index(side) + 1 + turn) % len(sides)]
                check_claims(side, sample(lap.output), judge=judge)
            for side in rotated(sides, turn):
                gc.collect()
                _keep_least(costs, ("verify", side.name), side.verify(tokens), work.verify)
    return costs


def _keep_least(
    costs: dict[tuple[str, str], Cost], key: tuple[str, str], lap: Lap[Any], count: int
) -> None:
    before = costs.get(key, Cost(float("inf"), float("inf")))
    costs[key] = Cost(
        min(before.cpu, lap.cpu_seconds / count), min(before.wall, lap.wall_seconds / count)
    )


def _figures(algorithm: str, costs: Mapping[tuple[str, str], Cost]) -> Iterator[Figure]:
    for (verb, name), theirs in sorted(costs.items(), key=lambda item: item[0][0]):
        ours = costs[verb, "authcli"]
        if name == "authcli" or (verb, name) == ("verify", "authcli, each"):
            continue
        wall, what = name in PACKAGES, f"{verb} {algorithm}"
        yield faster_than(
            name,
            what,
            ours=ours.wall if wall else ours.cpu,
            theirs=theirs.wall if wall else theirs.cpu,
            target=TARGETS.get((what, name)),
            remark=f"wall; {theirs.cpu / ours.cpu:.2f} by processor time" if wall else "",
        )
