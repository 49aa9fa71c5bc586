"""TOTP codes (RFC 6238): of one instant, since two commands run at two."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.peers.jobs import Job, Side, equal_to, write_secret

__all__ = ["SECRET", "jobs"]

#: Of RFC 6238's test vectors, as base32; and the fifth of them, whose eight digits end in these.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
_INSTANT, _CODE = 2_000_000_000, "279037"


def jobs(folder: Path) -> Iterator[Job]:
    """Yield the job; its secret goes into the folder."""
    write_secret(folder / "otp", SECRET.encode())
    sides = (
        Side("authcli", ["totp", "code", "@otp", "--now", str(_INSTANT), "-q"]),
        Side("oathtool", ["--totp", "--base32", "--now", f"@{_INSTANT}", "@otp"]),
    )
    yield Job("a TOTP code", sides, equal_to(_CODE))
