"""What of managed keys wants doing soon: a rotation, a publication that is waited for.

A retiring key is left out: its end is what its rotation was for, and `rotate` removes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from authcli.clock import now_ms
from authcli.signing.model import TOKENS
from authcli.signing.timeline import timeline

if TYPE_CHECKING:
    from authcli.signing.model import Ring, SigningKey
    from authcli.signing.repository import SigningRepository
    from authcli.signing.timeline import Step

__all__ = ["Due", "Wants", "dues"]

#: rotate: the active key has signed for its time · publish: the next key is in no publication ·
#: make: there is no next key · activate: no key signs.
Wants: TypeAlias = Literal["rotate", "publish", "make", "activate"]


class Due(NamedTuple):
    """Something that a ring wants."""

    at_ms: int
    """When; what waits already has the time that was asked about."""
    wants: Wants
    ring: Ring
    key: SigningKey | None
    """The key that it is about; None where it is yet to be made."""
    estimated: bool = False
    """Whether its time hangs on a publication that has not happened."""


def dues(repository: SigningRepository, *, within_ms: int, at_ms: int | None = None) -> list[Due]:
    """Return what the rings of tokens want within a time from now, the soonest first.

    Args:
        repository: where the keys are kept.
        within_ms: how far to look ahead.
        at_ms: now; the clock's when None.
    """
    at = now_ms() if at_ms is None else at_ms
    keys = repository.find(purpose=TOKENS)
    found = []
    for ring in repository.rings():
        if ring.purpose != TOKENS:
            continue
        own = [key for key in keys if key.alg == ring.alg]
        signs = any(key.state == "active" for key in own)
        for step in timeline(ring, own, at_ms=at):
            wants = _wants(step, signs=signs)
            if wants is not None and step.at <= at + within_ms:
                found.append(Due(step.at, wants, ring, step.key, step.estimated))
    return sorted(found, key=lambda due: due.at_ms)


def _wants(step: Step, *, signs: bool) -> Wants | None:
    if step.action == "retire":
        return "rotate"
    if step.action == "activate":
        return None if signs else "activate"
    if step.action == "publish" and step.key is not None:
        return "publish"
    return "make" if step.action == "make" else None
