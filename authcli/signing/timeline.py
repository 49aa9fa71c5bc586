"""The life of a ring: what is due now, and what comes when. Pure; `rotation` carries it out.

    next ──► active ──► retiring ──► retired

A next key always stands by, published: so that it may sign at once when the active one is
compromised. It is activated when the active one has signed for its time (or `rotate --start` asked
for it) and every verifier's cached JWKS holds it: cache age and skew after it was published. The
one before it stays published until its last token is dead: longest life and skew after it signed
last.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from authcli.signing.model import Ring, SigningKey

__all__ = ["Action", "Step", "asked_for", "due", "plan", "removal_of", "timeline"]

#: make: a next key · publish: it must be seen first · activate, retire: the key it names ·
#: remove: its tokens are dead, it leaves the JWKS.
Action: TypeAlias = Literal["make", "publish", "activate", "retire", "remove"]


class Step(NamedTuple):
    """One thing that happens to a ring."""

    at: int
    """Unix ms; what is overdue has the time at which it was due."""
    action: Action
    ring: Ring
    key: SigningKey | None
    """The key that it happens to; None where it is yet to be made."""
    estimated: bool = False
    """Whether its time hangs on a publication that has not happened."""


def timeline(ring: Ring, keys: Sequence[SigningKey], *, at_ms: int) -> list[Step]:
    """Return what is due for a ring and what follows within one rotation, in order.

    Args:
        ring: the ring.
        keys: its keys.
        at_ms: now.
    """
    active = next((key for key in keys if key.state == "active"), None)
    following = next((key for key in keys if key.state == "next"), None)
    steps = [
        Step(key.remove_at, "remove", ring, key)
        for key in keys
        if key.state == "retiring" and key.remove_at is not None
    ]
    if following is None:
        steps.append(Step(at_ms, "make", ring, None))
    unpublished = following is None or following.published_at is None
    if unpublished:
        steps.append(Step(at_ms, "publish", ring, following, estimated=following is None))
    activation = _activation(ring, active, following, at_ms)
    steps.append(Step(activation, "activate", ring, following, estimated=unpublished))
    if active is not None:
        steps.append(Step(activation, "retire", ring, active, estimated=unpublished))
        gone = removal_of(active, at_ms=activation)
        steps.append(Step(gone, "remove", ring, active, estimated=True))
    return sorted(steps, key=lambda step: (step.at, _ORDER.index(step.action)))


def due(ring: Ring, keys: Sequence[SigningKey], *, at_ms: int) -> list[Step]:
    """Return what is to be done now; a publication that is waited for is not ours to do."""
    return [
        step
        for step in timeline(ring, keys, at_ms=at_ms)
        if step.at <= at_ms and step.action != "publish" and not step.estimated
    ]


def plan(ring: Ring, keys: Sequence[SigningKey], *, at_ms: int) -> tuple[list[Step], list[Step]]:
    """Return what a rotation would do now, and what would come after it; nothing is changed."""
    first = due(ring, keys, at_ms=at_ms)
    supposed = _after(first, keys, at_ms=at_ms)
    done = first + [step for step in due(ring, supposed, at_ms=at_ms) if step not in first]
    made = next((step for step in done if step.action == "make"), None)
    ahead = [step for step in timeline(ring, supposed, at_ms=at_ms) if step != made]
    return done, ahead


def asked_for(keys: Sequence[SigningKey], *, at_ms: int) -> list[SigningKey]:
    """Return the keys as they are once a rotation was asked for."""
    return [
        key._replace(rotate_asked_at=at_ms)
        if key.state == "active" and key.rotate_asked_at is None
        else key
        for key in keys
    ]


def _after(steps: Sequence[Step], keys: Sequence[SigningKey], *, at_ms: int) -> list[SigningKey]:
    """Return the keys as they are once the steps are done; but for one that is to be made."""
    changed: dict[str, SigningKey] = {}
    for _, action, _, key, _ in steps:
        if key is None:
            continue
        if action == "remove":
            changed[key.kid] = key._replace(state="retired", retired_at=at_ms)
        elif action == "retire":
            gone = removal_of(key, at_ms=at_ms)
            changed[key.kid] = key._replace(state="retiring", retiring_at=at_ms, remove_at=gone)
        elif action == "activate":
            changed[key.kid] = key._replace(state="active", activated_at=at_ms)
    return [changed.get(key.kid, key) for key in keys]


def removal_of(key: SigningKey, *, at_ms: int) -> int:
    """Return when the last token is dead of a key that stops signing now."""
    return at_ms + key.max_token_ms + key.skew_ms


_ORDER: tuple[Action, ...] = ("remove", "make", "publish", "retire", "activate")


def _activation(
    ring: Ring, active: SigningKey | None, following: SigningKey | None, at_ms: int
) -> int:
    """Return when the next key takes over, supposing that what is not published is so now."""
    wanted = at_ms
    if active is not None:
        wanted = (active.activated_at or active.created_at) + ring.times.rotate_ms
        if active.rotate_asked_at is not None:
            wanted = min(wanted, active.rotate_asked_at)
    if following is not None and following.ready_at is not None:
        return max(wanted, following.ready_at)
    times = ring.times if following is None else following
    return max(wanted, at_ms + times.cache_ms + times.skew_ms)
