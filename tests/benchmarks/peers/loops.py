"""Libraries in one process, where no table of its own has them: TOTP with pyotp alone."""

from __future__ import annotations

from collections.abc import Iterator

import pyotp

from authcli import otp
from tests.benchmarks.agreement import Differs
from tests.benchmarks.figures import Figure, faster_than
from tests.benchmarks.peers.codes import SECRET
from tests.benchmarks.turns import least

__all__ = ["figures"]

_CODES = 20_000


def figures(*, rounds: int, scale: float) -> Iterator[Figure]:
    """Yield what a code costs, each of another half minute.

    Raises:
        Differs: the codes are not the same.
    """
    instants = range(0, 30 * max(100, int(_CODES * scale)), 30)
    account = otp.Account(otp.read_secret(SECRET).secret)
    theirs = pyotp.TOTP(SECRET)
    sides = {
        "ours": lambda: [otp.code(account, at=instant).text for instant in instants],
        "theirs": lambda: [theirs.at(instant) for instant in instants],
    }
    expected = sides["theirs"]()

    def check(name: str, found: list[str]) -> None:
        if found != expected:
            raise Differs(f"{name}: other codes than pyotp's")

    costs = least(sides, rounds=rounds, check=check)
    each = {name: cost / len(instants) for name, cost in costs.items()}
    yield faster_than(
        "pyotp",
        "a TOTP code",
        ours=each["ours"],
        theirs=each["theirs"],
        remark="each of many, in one process",
    )
