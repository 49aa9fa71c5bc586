"""What one-time codes ask of a store; `authcli.store.one_time` fills it, on both engines.

All that may happen once is one compare-and-swap: of any number of processes with the same code,
one is told yes.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from authcli.audit.journal import Journal
    from authcli.roots import RootKeys

__all__ = ["OneTimeRepository"]


class OneTimeRepository(Protocol):
    """Time steps, counters, failures and recovery codes in a store."""

    @property
    def peppers(self) -> RootKeys:
        """The peppers of this store, which key the digests of recovery codes."""

    # Codes. `state_id` is `authcli.otp.verifying.state_id(account)`.

    def spend_step(self, state_id: str, *, step: int, name: str, at_ms: int) -> bool:
        """Accept a time step; False where it, or a later one, was accepted before."""

    def counter(self, state_id: str) -> int | None:
        """Return the next counter, None where it never moved."""

    def move_counter(
        self, state_id: str, *, expected: int | None, to: int, name: str, at_ms: int
    ) -> bool:
        """Set the next counter where it still is the expected one; False where it is another."""

    def turn(self) -> AbstractContextManager[None]:
        """Let nobody else write while the block reads and writes; no event belongs to it."""

    # Failures: RFC 4226, section 7.3, wants them bounded.

    def blocked_until_ms(self, state_id: str) -> int | None:
        """Return until when further codes are refused, in real Unix ms; None where they are not."""

    def note_failure(self, state_id: str) -> None:
        """Count one wrong code, on the real clock."""

    # Recovery codes. Digests are hex; `name` is whose they are.

    def replace_recovery_codes(
        self, name: str, digests: Sequence[str], *, pepper_id: int, at_ms: int
    ) -> None:
        """Store new codes in the place of all that the name had; inside `change`."""

    def spend_recovery_code(self, name: str, digests: Sequence[str], *, at_ms: int) -> bool | None:
        """Spend a code, given its digest under each pepper; inside `change`.

        Returns:
            True: spent now. False: spent before. None: the name has no such code.
        """

    def recovery_codes_left(self, name: str) -> int | None:
        """Return how many codes of the name are unspent; None where it never had any."""

    def recovery_pepper_ids(self, name: str) -> list[int]:
        """Return the ids of the peppers that digests of the name's codes are keyed with."""

    def change(self) -> AbstractContextManager[Journal]:
        """One transaction: what is recorded in it is in the audit chain, or nothing was changed."""
