"""authcli itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from authcli.errors import TokenRefused
from authcli.tokens.minter import Minter
from authcli.tokens.verifier import Verifier
from tests.benchmarks.sides.side import CLAIMS, LIFETIME_SECONDS, Keys, Refused, Side, timed

__all__ = ["sides"]


def sides(keys: Keys) -> Iterator[Side]:
    """Yield tokens alike, minted together; and tokens that are minted one at a time."""
    minter = Minter(key=keys.key, lifetime_seconds=LIFETIME_SECONDS)
    verifier = Verifier(keys.key if keys.secret else keys.key.public())
    minter.ready()

    def batch(count: int) -> list[str]:
        return [*minter.batch(CLAIMS, count=count)]

    def each(count: int) -> list[str]:
        return [minter.mint(CLAIMS) for _ in range(count)]

    def verify(tokens: Sequence[str]) -> dict[str, Any]:
        try:
            for token in tokens:
                verified = verifier.verify(token)
        except TokenRefused as why:
            raise Refused(str(why)) from why
        return dict(verified.payload)

    yield Side("authcli", timed(batch), timed(verify))
    yield Side("authcli, each", timed(each), timed(verify))
