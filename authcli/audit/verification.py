"""Verifying: whether the chain is whole, ends where its head says, and holds what was known of it.

It finds every change that was made without the audit key. Whoever holds the key, which is to say
whoever can act as the user whose file it is, can write a chain that verifies; what he cannot do
is agree with a copy of the head that was taken away before (`audit verify --anchor FILE`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from authcli.audit.chain import GENESIS, Mac, event_text, is_genuine
from authcli.audit.model import Head
from authcli.errors import Rejected

__all__ = ["Check", "Copy", "Status", "Verification", "verify_chain"]

Status: TypeAlias = Literal["pass", "fail", "skipped"]


class Copy(NamedTuple):
    """The copy of the head that is kept outside the database."""

    name: str
    """What to call it."""
    head: Head | None = None
    """What it says; None where there is none."""
    problem: str | None = None
    """Why it cannot be read, as the end of a sentence."""


class Check(NamedTuple):
    """One check and how it ended."""

    name: str
    """"events", "head" or "copy"."""
    status: Status
    detail: str
    """One sentence."""
    code: str | None = None
    """The stable dotted name of a failure, such as "audit.truncated"."""


class Verification(NamedTuple):
    """What was found; `valid` says whether all is well."""

    checks: tuple[Check, ...]
    events: int
    """How many there are."""
    broken: int
    """How many of them are not what was written, or do not follow the one before."""
    first_broken: int | None
    """The first event that was changed or is missing."""
    head: Head | None
    """Where the chain ends, as the database says."""
    copy: Head | None
    """The same, as the copy outside says."""

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed, in order."""
        return tuple(check for check in self.checks if check.status == "fail")

    @property
    def valid(self) -> bool:
        """Whether no check failed."""
        return not self.failures

    @property
    def code(self) -> str | None:
        """The code of the first failure; None where there is none."""
        return next((check.code for check in self.failures), None)

    def require_valid(self) -> None:
        """Raise `Rejected` with the first failure, where there is one."""
        for check in self.failures:
            raise Rejected(check.detail, code=check.code, hint=f"authcli help {check.code}")


def verify_chain(
    rows: Iterable[Sequence[Any]],
    *,
    head: Head | None,
    copy: Copy,
    macs: Callable[[object], Mac | None],
    head_macs: Sequence[Mac],
) -> Verification:
    """Verify a chain, reading each row once.

    Args:
        rows: all rows by their number, with the columns of `Event`.
        head: the head row of the same moment.
        copy: its copy, read before that moment: it may be behind the head.
        macs: gives the function of the audit key with an id; None for an id that is none.
        head_macs: those of all audit keys.
    """
    walk = _Walk(copy.head.seq if copy.head else 0)
    walk.through(rows, macs)
    checks = (
        walk.check(),
        _head_check(walk, head, head_macs),
        _copy_check(walk, head, copy, head_macs),
    )
    return Verification(checks, walk.count, walk.broken, walk.first, head, copy.head)


class _Walk:
    """One pass over all rows: what is wrong first, and where it ended."""

    def __init__(self, watched: int) -> None:
        self.watched = watched
        self.watched_mac: object = None
        self.count = self.broken = self.last = 0
        self.last_mac: object = GENESIS
        self.first: int | None = None
        self.code = self.detail = ""

    def through(self, rows: Iterable[Sequence[Any]], macs: Callable[[object], Mac | None]) -> None:
        known: dict[object, Mac | None] = {}
        previous, expected, count = GENESIS, 1, 0
        for row in rows:
            count += 1
            seq, key_id, row_mac = row[0], row[11], row[12]
            try:
                mac = known[key_id]
            except KeyError:
                mac = known[key_id] = macs(key_id)
            try:
                sound = mac is not None and mac(event_text(row, previous)) == row_mac
            except (TypeError, ValueError):
                sound = False  # a column that is not even of its type
            if seq != expected or not sound:
                self._note(seq, expected)
            if seq == self.watched:
                self.watched_mac = row_mac
            expected = seq + 1 if type(seq) is int else expected
            previous = row_mac if type(row_mac) is str else GENESIS
        self.count, self.last, self.last_mac = count, expected - 1, previous

    def _note(self, seq: object, expected: int) -> None:
        """Count what is broken, and keep what is to be said of the first."""
        self.broken += 1
        if self.first is not None:
            return
        self.first, self.code = expected, "audit.row"
        if type(seq) is not int or seq < expected:
            self.detail = f"an event that was never written stands before event {expected}"
        elif seq > expected:
            self.code = "audit.missing"
            gone = f"{expected} is" if seq == expected + 1 else f"{expected} to {seq - 1} are"
            self.detail = f"event{'s' if seq > expected + 1 else ''} {gone} missing"
        else:
            self.detail = f"event {expected} is not what was written, or not where it was"

    def check(self) -> Check:
        if self.first is None:
            return Check("events", "pass", f"{self.count} events, each whole and in its place")
        more = f"; {self.broken - 1} more after it" if self.broken > 1 else ""
        return Check("events", "fail", self.detail + more, self.code)


def _head_check(walk: _Walk, head: Head | None, macs: Sequence[Mac]) -> Check:
    if head is None:
        if walk.count:
            return Check("head", "fail", "the row that says where the chain ends is gone", _HEAD)
        return Check("head", "pass", "no events and no head yet")
    if not is_genuine(head, macs):
        return Check("head", "fail", "the row that says where the chain ends is forged", _HEAD)
    if not walk.count:
        return Check("head", "fail", f"all {head.seq} events are gone", "audit.lost")
    if head.seq > walk.last:
        return Check("head", "fail", _gone(walk.last, head.seq), "audit.truncated")
    if head.seq < walk.last:
        return Check(
            "head", "fail", f"the head is of event {head.seq}, and events follow it", _HEAD
        )
    if head.row_mac != walk.last_mac:
        return Check("head", "fail", f"the head is of another event {head.seq}", _HEAD)
    return Check("head", "pass", f"the chain ends at event {head.seq}")


def _copy_check(walk: _Walk, head: Head | None, copy: Copy, macs: Sequence[Mac]) -> Check:
    if copy.problem:
        return Check("copy", "fail", f"{copy.name} {copy.problem}", _ANCHOR)
    if copy.head is None:
        if not walk.count and head is None:
            return Check("copy", "pass", "no events and no copy of a head yet")
        return Check("copy", "skipped", f"there is no {copy.name} to compare the head with")
    if not is_genuine(copy.head, macs):
        return Check("copy", "fail", f"{copy.name} is forged, or of another store", _ANCHOR)
    seq = copy.head.seq
    if not walk.count:
        return Check("copy", "fail", f"all events are gone; there were {seq}", "audit.lost")
    if seq > walk.last:
        return Check("copy", "fail", _gone(walk.last, seq), "audit.truncated")
    if walk.watched_mac != copy.head.row_mac:
        return Check("copy", "fail", f"{copy.name} knows another event {seq}", _ANCHOR)
    behind = walk.last - seq
    where = f"{behind} events behind the head" if behind else "at the head"
    return Check("copy", "pass", f"{copy.name} is {where}")


_HEAD, _ANCHOR = "audit.head", "audit.anchor"


def _gone(last: int, known: int) -> str:
    if known == last + 1:
        return f"the last event, {known}, is gone"
    return f"the last events, {last + 1} to {known}, are gone"
