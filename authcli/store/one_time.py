"""OneTime: what must happen once, in a store, as `authcli.otp.repository` asks for it.

Each write is one statement that says what it expects to find: of any number of processes, one finds
it. What reads first and writes then does so in a `turn`, while which nobody else writes.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from authcli.apikeys.model import Rate
from authcli.store import rate_buckets

if TYPE_CHECKING:
    from authcli.audit.journal import Journal
    from authcli.roots import RootKeys
    from authcli.store.store import Store

__all__ = ["FAILURES", "OneTime"]

#: How many wrong codes are taken at once, and in five minutes (RFC 4226, section 7.3: throttle).
FAILURES = Rate(10, 300_000)

_SPEND_STEP = """
INSERT INTO otp_states (id, name, last_step, updated_at) VALUES (:id, :name, :step, :at)
ON CONFLICT (id) DO UPDATE SET name = :name, last_step = :step, updated_at = :at
WHERE otp_states.last_step IS NULL OR otp_states.last_step < :step
RETURNING id"""
_COUNTER = "SELECT counter FROM otp_states WHERE id = :id"
_FIRST_COUNTER = """
INSERT INTO otp_states (id, name, counter, updated_at) VALUES (:id, :name, :to, :at)
ON CONFLICT (id) DO UPDATE SET name = :name, counter = :to, updated_at = :at
WHERE otp_states.counter IS NULL
RETURNING id"""
_MOVE_COUNTER = """
UPDATE otp_states SET name = :name, counter = :to, updated_at = :at
WHERE id = :id AND counter = :expected RETURNING id"""
_ADD_CODE = """
INSERT INTO recovery_codes (name, digest, pepper_id, created_at)
VALUES (:name, :digest, :pepper_id, :at)"""
_SPEND_CODE = """
UPDATE recovery_codes SET used_at = :at
WHERE name = :name AND digest = :digest AND used_at IS NULL RETURNING digest"""
_HAS_CODE = "SELECT 1 FROM recovery_codes WHERE name = :name AND digest = :digest"
_LEFT = "SELECT count(*), count(used_at) FROM recovery_codes WHERE name = :name"
_PEPPERS = "SELECT DISTINCT pepper_id FROM recovery_codes WHERE name = :name ORDER BY pepper_id"


class OneTime:
    """Fills `OneTimeRepository` over a store's database, on both engines.

    Args:
        store: the open store that it belongs to.

    Attributes:
        peppers: the peppers of this store, which key the digests of recovery codes.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._database = store.database
        self.peppers: RootKeys = store.peppers

    # Codes.

    def spend_step(self, state_id: str, *, step: int, name: str, at_ms: int) -> bool:
        """Accept a time step; False where it, or a later one, was accepted before."""
        return self._writes(_SPEND_STEP, id=state_id, step=step, name=name, at=at_ms)

    def counter(self, state_id: str) -> int | None:
        """Return the next counter, None where it never moved."""
        row = self._database.row(_COUNTER, id=state_id)
        if row is None or row[0] is None:
            return None
        if not (isinstance(row[0], str) and re.fullmatch("[0-9]{20}", row[0])):
            raise self._database.damaged("the counter of a one-time code is no number")
        return int(row[0])

    def move_counter(
        self, state_id: str, *, expected: int | None, to: int, name: str, at_ms: int
    ) -> bool:
        """Set the next counter where it still is the expected one; False where it is another."""
        values: dict[str, object] = {"id": state_id, "to": _digits(to), "name": name, "at": at_ms}
        if expected is None:
            return self._writes(_FIRST_COUNTER, **values)
        return self._writes(_MOVE_COUNTER, **values, expected=_digits(expected))

    def turn(self) -> AbstractContextManager[None]:
        """Let nobody else write while the block reads and writes; no event belongs to it."""
        return self._database.writing()

    # Failures.

    def blocked_until_ms(self, state_id: str) -> int | None:
        """Return until when further codes are refused, in real Unix ms; None where they are not."""
        now = time.time_ns()
        wait = rate_buckets.peek(self._database, _bucket(state_id), FAILURES, now_ns=now)
        return None if wait is None else -(-(now + wait) // 1_000_000)

    def note_failure(self, state_id: str) -> None:
        """Count one wrong code, on the real clock."""
        now = time.time_ns()
        rate_buckets.hit(self._database, _bucket(state_id), FAILURES, now_ns=now)

    # Recovery codes.

    def replace_recovery_codes(
        self, name: str, digests: Sequence[str], *, pepper_id: int, at_ms: int
    ) -> None:
        """Store new codes in the place of all that the name had; inside `change`."""
        self._database.run("DELETE FROM recovery_codes WHERE name = :name", name=name)
        self._database.run_many(
            _ADD_CODE,
            [
                {"name": name, "digest": digest, "pepper_id": pepper_id, "at": at_ms}
                for digest in digests
            ],
        )

    def spend_recovery_code(self, name: str, digests: Sequence[str], *, at_ms: int) -> bool | None:
        """Spend a code, given its digest under each pepper; inside `change`.

        Returns:
            True: spent now. False: spent before. None: the name has no such code.
        """
        for digest in digests:
            if self._writes(_SPEND_CODE, name=name, digest=digest, at=at_ms):
                return True
            if self._database.row(_HAS_CODE, name=name, digest=digest):
                return False
        return None

    def recovery_codes_left(self, name: str) -> int | None:
        """Return how many codes of the name are unspent; None where it never had any."""
        row = self._database.row(_LEFT, name=name)
        return int(row[0]) - int(row[1]) if row and row[0] else None

    def recovery_pepper_ids(self, name: str) -> list[int]:
        """Return the ids of the peppers that digests of the name's codes are keyed with."""
        return [pepper_id for (pepper_id,) in self._database.rows(_PEPPERS, name=name)]

    def change(self) -> AbstractContextManager[Journal]:
        """One transaction: what is recorded in it is in the audit chain, or nothing was changed."""
        return self._store.change()

    def _writes(self, sql: str, /, **values: object) -> bool:
        """Run one durable statement, atomic by itself; say whether it wrote a row."""
        run = self._database.row if self._database.in_writing else self._database.one_statement
        return run(sql, **values) is not None


def _digits(counter: int) -> str:
    """Return a counter as it is stored: 8 bytes without a sign are more than a BIGINT holds."""
    return f"{counter:020d}"


def _bucket(state_id: str) -> str:
    return f"otp:{state_id}"
