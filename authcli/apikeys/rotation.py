"""Rotation: a new key of the same lineage, and the old one for a grace, so that nothing stops.

    rotate   live ──► grace, and a new live one      one rotation of a lineage at a time
    finish   grace ──► superseded, now
    abort    grace ──► live again, and the new one is revoked

What the old key was goes over to the new one: name, owner, scopes, networks, metadata, rate; and
the quota, which belongs to the lineage and is shared. The grace never outlives the old key.

Of two rotations at once one wins: whoever holds the store sees whether the old key's grace is
still null, and (lineage, number) is unique should he see wrongly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from authcli.apikeys.drafts import Draft, check_draft
from authcli.apikeys.issuing import KeySecret, instant, issue_within, target
from authcli.apikeys.lineages import (
    Lineage,
    RotationStatus,
    first_use,
    lineage_of,
    rotation_status,
)
from authcli.apikeys.model import ABORTED
from authcli.apikeys.revocation import revoke_within
from authcli.apikeys.text import display_id
from authcli.clock import LATEST_INSTANT, format_instant, now_ms
from authcli.errors import Conflict, InvalidTime

if TYPE_CHECKING:
    from authcli.apikeys.model import ApiKey
    from authcli.apikeys.repository import ApiKeyRepository

__all__ = [
    "Finished",
    "Rotated",
    "RotationStatus",
    "abort",
    "finish",
    "rotate",
    "rotation_status",
]

MAX_GRACE_MS = 366 * 86_400_000


class Rotated(NamedTuple):
    """A rotation, or why none was due."""

    old: ApiKey
    """As it is now: in its grace, or over where that is zero."""
    new: ApiKey | None
    """Its successor; None where nothing was due."""
    text: KeySecret | None
    """The only copy of the new key's text."""
    changed: bool
    due_at_ms: int | None = None
    """Where nothing was due: when it will be."""


class Finished(NamedTuple):
    """What `finish` and `abort` made of the two keys."""

    old: ApiKey
    new: ApiKey
    changed: bool
    """False where it was so already."""


def rotate(
    keys: ApiKeyRepository,
    key_id: int,
    *,
    grace_ms: int,
    expires_at_ms: int | Literal["same"] | None = "same",
    if_older_than_ms: int | None = None,
    at_ms: int | None = None,
) -> Rotated:
    """Issue a successor, and let the old key live for the grace.

    Args:
        keys: where they are kept.
        key_id: the key that is to be replaced.
        grace_ms: how long both are valid, but never beyond the old one's own expiry; 0 ends the
            old one at once.
        expires_at_ms: the end of the new key's life, None for never; "same" gives it as long a
            life as the old one had, from now.
        if_older_than_ms: do nothing while the key is younger; for jobs that run daily.
        at_ms: when; the clock's when None.

    Raises:
        Conflict: the lineage is being rotated already ("apikey.rotating"), the key has a
            successor ("apikey.rotated"), or is not alive ("apikey.rotate-revoked",
            "apikey.rotate-disabled", "apikey.rotate-expired").
        InvalidTime: a grace or an expiry that cannot be.
        NotFound: there is no such key.
        Unavailable: the store cannot be written; then nothing was changed.
    """
    at = now_ms() if at_ms is None else at_ms
    if not 0 <= grace_ms <= MAX_GRACE_MS:
        raise InvalidTime("a grace lasts from 0 to 366 days")
    with keys.change() as journal:
        lineage = lineage_of(keys, key_id)
        old = lineage.asked
        if if_older_than_ms is not None:
            newest = lineage.newest(at_ms=at)
            if (due := newest.created_at + if_older_than_ms) > at:
                return Rotated(newest, None, None, changed=False, due_at_ms=due)
        _refuse(lineage, at)
        end = _same_life(old, at) if expires_at_ms == "same" else expires_at_ms
        draft = check_draft(_draft(old, end, at), at_ms=at)
        number = lineage.keys[-1].rotation_no + 1
        grace_until = min(at + grace_ms, old.expires_at or at + grace_ms)
        if not keys.put(
            old.id, {"grace_until": grace_until}, where_null=("grace_until", "revoked_at")
        ):
            raise _rotating(old, None)
        try:
            [issued] = issue_within(
                keys, journal, draft=draft, count=1, at_ms=at, after=old, rotation_no=number
            )
        except Conflict:
            raise _rotating(old, None) from None
        successor = issued.key
        detail = {
            "name": old.name,
            "successor": display_id(successor.id),
            "before": {"grace_until": None},
            "after": {"grace_until": instant(grace_until)},
        }
        journal.record("apikey.rotated", target=target(old.id), detail=detail)
    return Rotated(old._replace(grace_until=grace_until), successor, issued.text, changed=True)


def finish(keys: ApiKeyRepository, key_id: int, *, at_ms: int | None = None) -> Finished:
    """End the old key's grace now.

    Args:
        keys: where they are kept.
        key_id: the old key or the new one.
        at_ms: when; the clock's when None.

    Returns:
        Both keys; `changed` is False where the grace was over already.

    Raises:
        Conflict: the key was never rotated (`code` "apikey.not-rotating").
        NotFound: there is no such key.
        Unavailable: the store cannot be written.
    """
    at = now_ms() if at_ms is None else at_ms
    with keys.change() as journal:
        old, new = lineage_of(keys, key_id).rotation()
        if old.grace_until is None or old.grace_until <= at or old.revoked_at is not None:
            return Finished(old, new, changed=False)
        keys.put(old.id, {"grace_until": at}, where_null=())
        detail = {
            "name": old.name,
            "successor": display_id(new.id),
            "before": {"grace_until": instant(old.grace_until)},
            "after": {"grace_until": instant(at)},
        }
        journal.record("apikey.rotation-finished", target=target(old.id), detail=detail)
    return Finished(old._replace(grace_until=at), new, changed=True)


def abort(
    keys: ApiKeyRepository, key_id: int, *, force: bool = False, at_ms: int | None = None
) -> Finished:
    """Revoke the new key, and let the old one live on as before the rotation.

    Args:
        keys: where they are kept.
        key_id: the old key or the new one.
        force: also if the new key was used already, which whoever uses it will notice.
        at_ms: when; the clock's when None.

    Raises:
        Conflict: the key was never rotated ("apikey.not-rotating"), the old one is dead already
            ("apikey.grace-over"), or the new one was used ("apikey.successor-used").
        NotFound: there is no such key.
        Unavailable: the store cannot be written.
    """
    at = now_ms() if at_ms is None else at_ms
    with keys.change() as journal:
        lineage = lineage_of(keys, key_id)
        old, new = lineage.rotation()
        if old.grace_until is None or old.grace_until <= at or old.revoked_at is not None:
            raise Conflict(
                f"{display_id(old.id)} is dead already, so that no key would be left",
                hint=f"rotate its successor instead: authcli apikey rotate {display_id(new.id)}",
                code="apikey.grace-over",
            )
        if new.revoked_at is None and not force and first_use(keys, new) is not None:
            raise _successor_used(new)
        keys.put(old.id, {"grace_until": None}, where_null=())
        detail = {
            "name": old.name,
            "successor": display_id(new.id),
            "before": {"grace_until": instant(old.grace_until)},
            "after": {"grace_until": None},
        }
        journal.record("apikey.rotation-aborted", target=target(old.id), detail=detail)
        revoked = revoke_within(keys, journal, new, reason=ABORTED, at_ms=at).key
    return Finished(old._replace(grace_until=None), revoked, changed=True)


def _refuse(lineage: Lineage, at_ms: int) -> None:
    """Refuse to rotate a key that is not alive, or a lineage that is being rotated."""
    key, successor = lineage.asked, lineage.successor
    shown = display_id(key.id)
    if key.revoked_at is None and key.grace_until is not None and successor is not None:
        if at_ms < key.grace_until:
            raise _rotating(key, successor)
        raise Conflict(
            f"{shown} was rotated already: {display_id(successor.id)} is its successor",
            hint=f"to rotate that one: authcli apikey rotate {display_id(successor.id)}",
            code="apikey.rotated",
        )
    state = key.state(at_ms=at_ms)
    if state == "revoked":
        raise Conflict(
            f"{shown} is revoked, so nothing can follow it",
            hint="issue a new one: authcli apikey issue NAME",
            code="apikey.rotate-revoked",
        )
    if state == "disabled":
        raise Conflict(
            f"{shown} is disabled, and its successor would not be",
            hint=f"enable it first: authcli apikey enable {shown}",
            code="apikey.rotate-disabled",
        )
    if state in ("expired", "superseded"):
        raise Conflict(
            f"{shown} has expired, so nothing can follow it without a gap",
            hint="issue a new one: authcli apikey issue NAME; or give this one a new expiry first: "
            f"authcli apikey update {shown} --expires INSTANT",
            code="apikey.rotate-expired",
        )
    if (old := lineage.in_grace(at_ms=at_ms)) is not None:
        raise _rotating(old, key)


def _rotating(old: ApiKey, new: ApiKey | None) -> Conflict:
    successor = "another one" if new is None else display_id(new.id)
    until = "" if old.grace_until is None else f" until {format_instant(old.grace_until / 1000)}"
    shown = display_id(old.id)
    return Conflict(
        f"{shown} is being rotated: {successor} follows it, and both are valid{until}",
        hint=f"end that first: authcli apikey rotate {shown} --finish, or --abort",
        code="apikey.rotating",
    )


def _successor_used(new: ApiKey) -> Conflict:
    shown = display_id(new.id)
    when = "" if new.last_used_at is None else f", last {format_instant(new.last_used_at / 1000)}"
    where = "" if new.last_used_ip is None else f" from {new.last_used_ip}"
    return Conflict(
        f"the new key {shown} was used already{when}{where}, and would stop working",
        hint="whoever has it must go back to the old one first; --force aborts all the same",
        code="apikey.successor-used",
    )


def _same_life(old: ApiKey, at_ms: int) -> int | None:
    """Return the end of a life as long as the old key's was to be, from now; time ends in 9999."""
    if old.expires_at is None:
        return None
    begun = old.created_at if old.not_before is None else max(old.created_at, old.not_before)
    if old.expires_at <= begun:
        raise InvalidTime(
            f"how long {display_id(old.id)} was to live is not known", hint="say it with --expires"
        )
    begins = at_ms if old.not_before is None else max(at_ms, old.not_before)
    return min(begins + old.expires_at - begun, LATEST_INSTANT * 1000)


def _draft(old: ApiKey, expires_at_ms: int | None, at_ms: int) -> Draft:
    pending = old.not_before is not None and old.not_before > at_ms
    return Draft(
        name=old.name,
        prefix=old.prefix,
        scopes=old.scopes,
        owner=old.owner,
        environment=old.environment,
        metadata=old.metadata,
        cidrs=old.cidrs,
        rate=old.rate,
        quota=old.quota,
        not_before_ms=old.not_before if pending else None,
        expires_at_ms=expires_at_ms,
    )
