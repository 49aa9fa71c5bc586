"""Forgetting signing keys that retired long ago: their rows; what the audit says of them stays.

A compromised key is never forgotten: who has its private half could have it taken in again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from authcli.clock import now_ms

if TYPE_CHECKING:
    from authcli.signing.model import SigningKey
    from authcli.signing.repository import SigningRepository

__all__ = ["dead", "forget"]


def dead(repository: SigningRepository, *, retention_ms: int, at_ms: int) -> list[SigningKey]:
    """Return the keys that retired longer ago than that: their tokens have been dead since."""
    return [
        key
        for key in repository.find()
        if key.state == "retired"
        and key.retired_at is not None
        and key.retired_at < at_ms - retention_ms
    ]


def forget(repository: SigningRepository, *, retention_ms: int, at_ms: int | None = None) -> int:
    """Delete what `dead` returns, each with its event; return how many there were.

    Args:
        repository: the store's keys.
        retention_ms: how long retired keys are kept.
        at_ms: now; the clock's when None.

    Raises:
        Unavailable: the store cannot be written; then nothing was deleted.
    """
    at = now_ms() if at_ms is None else at_ms
    if not dead(repository, retention_ms=retention_ms, at_ms=at):
        return 0
    with repository.change() as journal:
        gone = dead(repository, retention_ms=retention_ms, at_ms=at)
        repository.forget([key.kid for key in gone])
        for key in gone:
            journal.record(
                "signing-key.deleted",
                target=("signing-key", key.kid),
                detail={"alg": key.alg, "retired_at": key.retired_at},
            )
    return len(gone)
