"""Random secrets: 32 bytes as hexadecimal digits."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.agreement import Differs
from tests.benchmarks.peers.jobs import Job, Side

__all__ = ["jobs"]


def jobs() -> Iterator[Job]:
    """Yield the job."""
    seen: set[bytes] = set()

    def check(name: str, output: bytes) -> None:
        data = bytes.fromhex(output.decode())
        if len(data) != 32 or data in seen:
            raise Differs(f"{name} prints no 32 random bytes, but {output!r}")
        seen.add(data)

    sides = (
        Side("authcli", ["key", "secret", "--bytes", "32", "--encoding", "hex"]),
        Side("openssl", ["rand", "-hex", "32"]),
    )
    yield Job("a random secret", sides, check)
