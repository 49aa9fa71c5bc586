"""Journal: what a change says of itself, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

__all__ = ["Journal"]


class Journal(Protocol):
    """Where the events of one change are recorded; they are written, or the change is undone."""

    def record(
        self,
        event: str,
        *,
        target: tuple[str, str] | None = None,
        detail: Mapping[str, object] | None = None,
        secret: str | bytes | None = None,
        outcome: str = "ok",
    ) -> None:
        """Append an event to the chain.

        Args:
            event: the stable dotted name: "apikey.revoked".
            target: what it happened to: ("apikey", "ak_0Bq…").
            detail: JSON-ready members; never a secret.
            secret: the credential that it is about; kept as a keyed digest alone, by which
                `audit find --secret` knows it again.
            outcome: "ok", or why not.
        """
