"""Lineage: a key with those before and after it, and how far its rotation is.

When a key was last used is written at most every five minutes, and by whoever verified it; what is
said here of safety is as good as that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from authcli.apikeys.names import LIVING, existing
from authcli.apikeys.text import display_id
from authcli.clock import format_duration, format_relative, now_ms
from authcli.errors import Conflict

if TYPE_CHECKING:
    from authcli.apikeys.model import ApiKey
    from authcli.apikeys.repository import ApiKeyRepository

__all__ = ["Lineage", "RotationStatus", "lineage_of", "living_of", "rotation_status"]

QUIET_MS = 86_400_000


class Lineage(NamedTuple):
    """All keys that a key was rotated from and to."""

    asked: ApiKey
    keys: tuple[ApiKey, ...]
    """The first first."""

    @property
    def successor(self) -> ApiKey | None:
        """What follows the key that was asked for."""
        return self.after(self.asked)

    def newest(self, *, at_ms: int) -> ApiKey:
        """Return the newest key that is not dead; the one that was asked for where all are."""
        living = [key for key in self.keys if key.state(at_ms=at_ms) in LIVING]
        return living[-1] if living else self.asked

    def after(self, key: ApiKey) -> ApiKey | None:
        """Return what a key was rotated to; of several attempts the last."""
        found = [other for other in self.keys if other.rotated_from == key.id]
        return found[-1] if found else None

    def in_grace(self, *, at_ms: int) -> ApiKey | None:
        """Return the key that lives beside its successor now."""
        for key in self.keys:
            over = key.expires_at is not None and key.expires_at <= at_ms
            if key.revoked_at is None and not over and (key.grace_until or 0) > at_ms:
                return key
        return None

    def pair(self) -> tuple[ApiKey, ApiKey] | None:
        """Return the old and the new key of the last rotation that the asked one had a part in."""
        before = (key for key in self.keys if key.id == self.asked.rotated_from)
        for old in (self.asked, *before):
            new = self.after(old)
            if new is not None and old.grace_until is not None:
                return old, new
        return None

    def rotation(self) -> tuple[ApiKey, ApiKey]:
        """Return what `pair` does.

        Raises:
            Conflict: there was no rotation (`code` "apikey.not-rotating").
        """
        pair = self.pair()
        if pair is None:
            shown = display_id(self.asked.id)
            raise Conflict(
                f"{shown} is not being rotated",
                hint=f"begin with: authcli apikey rotate {shown}",
                code="apikey.not-rotating",
            )
        return pair


class RotationStatus(NamedTuple):
    """How far a rotation is, and whether the old key can go."""

    old: ApiKey | None
    """None where the key was never rotated."""
    new: ApiKey
    """The successor; or the key itself where it has none."""
    rotating: bool
    """Whether both are valid now."""
    safe: bool
    """Whether nobody seems to need the old key any more."""
    reason: str
    """Why it is safe or not, one sentence."""


def lineage_of(keys: ApiKeyRepository, key_id: int) -> Lineage:
    """Return the lineage of a key.

    Raises:
        NotFound: there is no such key (`code` "apikey.not-found").
    """
    asked = existing(keys, key_id)
    return Lineage(asked, tuple(keys.lineage(asked.lineage_id)))


def living_of(keys: ApiKeyRepository, lineage_id: int, *, at_ms: int) -> list[ApiKey]:
    """Return the keys of a lineage that are not dead: who names it by its name means them all."""
    return [key for key in keys.lineage(lineage_id) if key.state(at_ms=at_ms) in LIVING]


def first_use(keys: ApiKeyRepository, key: ApiKey) -> int | None:
    """Return the hour in which a key was first let pass, or when it was last; None for never."""
    hour = keys.first_hour(key.id, outcome="ok")
    return key.last_used_at if hour is None else hour


def rotation_status(
    keys: ApiKeyRepository, key_id: int, *, quiet_ms: int = QUIET_MS, at_ms: int | None = None
) -> RotationStatus:
    """Say how far the rotation of a key is, and whether it is safe to finish.

    Args:
        keys: where they are kept.
        key_id: the old key or the new one.
        quiet_ms: an old key that was not used for so long is taken for no longer needed.
        at_ms: now; the clock's when None.

    Raises:
        NotFound: there is no such key (`code` "apikey.not-found").
    """
    at = now_ms() if at_ms is None else at_ms
    lineage = lineage_of(keys, key_id)
    pair = lineage.pair()
    if pair is None:
        reason = "it is not being rotated"
        return RotationStatus(None, lineage.asked, rotating=False, safe=False, reason=reason)
    old, new = pair
    rotating = lineage.in_grace(at_ms=at) == old
    if rotating:
        safe, reason = _judge(old, new, first_use(keys, new), quiet_ms, at)
    else:
        safe, reason = True, "the old key is not valid any more"
    return RotationStatus(old, new, rotating=rotating, safe=safe, reason=reason)


def _judge(
    old: ApiKey, new: ApiKey, new_since: int | None, quiet_ms: int, at_ms: int
) -> tuple[bool, str]:
    """Return whether the old key can go, and why."""
    if new.state(at_ms=at_ms) not in ("live", "grace"):
        return False, f"the new key is {new.state(at_ms=at_ms)}: nothing would be left"
    last = old.last_used_at
    ago = "" if last is None else format_relative(last / 1000, at=at_ms / 1000)
    ago = "just now" if ago == "now" else ago
    if new_since is None:
        if last is None:
            return False, "neither key has been used yet"
        return False, f"the new key has not been used yet, and the old one was used {ago}"
    if last is None:
        return True, "the old key was never used, and the new one is in use"
    if last < new_since:
        return True, f"the old key was last used {ago}, before the new one came into use"
    if at_ms - last >= quiet_ms:
        quiet = format_duration((at_ms - last) / 1000)
        return True, f"the old key has not been used for {quiet}, and the new one is in use"
    return False, f"the old key was last used {ago}, since the new one came into use"
