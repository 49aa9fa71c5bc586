"""Updating: what a key says of itself and what it may do, changed and recorded with what it was.

An update is of one key. Its rate and its quota are its lineage's: they go for all of its keys that
live, because they are counted together. A life may be shortened and lengthened, and the event
shows both ends; a revoked key stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from authcli.apikeys.addresses import check_cidrs
from authcli.apikeys.drafts import (
    check_end,
    check_label,
    check_metadata,
    check_name,
    check_quota,
    check_rate,
)
from authcli.apikeys.issuing import columns_of, instant, target
from authcli.apikeys.model import ApiKey, Rate
from authcli.apikeys.names import LIVING, existing
from authcli.apikeys.rates import format_rate
from authcli.apikeys.scopes import check_scopes
from authcli.apikeys.text import display_id
from authcli.clock import now_ms
from authcli.errors import Conflict

if TYPE_CHECKING:
    from authcli.apikeys.repository import ApiKeyRepository

__all__ = ["KEEP", "Changes", "Updated", "update"]


class _Keep(Enum):
    KEEP = "keep"


#: What is not mentioned stays; None takes away.
KEEP: Final = _Keep.KEEP
Keep: TypeAlias = Literal[_Keep.KEEP]


class Changes(NamedTuple):
    """What is to be different; what replaces comes first, then what is added, then removed."""

    name: str | Keep = KEEP
    owner: str | Keep | None = KEEP
    scopes: tuple[str, ...] | Keep = KEEP
    add_scopes: tuple[str, ...] = ()
    remove_scopes: tuple[str, ...] = ()
    cidrs: tuple[str, ...] | Keep = KEEP
    add_cidrs: tuple[str, ...] = ()
    remove_cidrs: tuple[str, ...] = ()
    metadata: Mapping[str, object] | Keep = KEEP
    set_metadata: Mapping[str, object] = {}
    """Members that are added or replaced."""
    remove_metadata: tuple[str, ...] = ()
    rate: Rate | Keep | None = KEEP
    quota: int | Keep | None = KEEP
    """Uses from now on; None is without end."""
    refill: bool = False
    """Make the whole quota left again."""
    expires_at_ms: int | Keep | None = KEEP
    """None is never."""


class Updated(NamedTuple):
    """What an update made of a key."""

    key: ApiKey
    """As it is now."""
    changed: bool
    before: Mapping[str, object]
    """What was different, as events and people read it."""
    after: Mapping[str, object]


def update(
    keys: ApiKeyRepository, key_id: int, changes: Changes, *, at_ms: int | None = None
) -> Updated:
    """Change a key, with an event that says what was and what is.

    Args:
        keys: where they are kept.
        key_id: which.
        changes: what is to be different.
        at_ms: now, before which no life can end; the clock's when None.

    Raises:
        InvalidInput: a part that no key can have.
        InvalidTime: an expiry in the past, or before the key's life begins.
        Conflict: the key is revoked (`code` "apikey.stays-revoked").
        NotFound: there is no such key.
        Unavailable: the store cannot be written; then nothing was changed.
    """
    at = now_ms() if at_ms is None else at_ms
    with keys.change() as journal:
        old = existing(keys, key_id)
        if old.revoked_at is not None:
            raise Conflict(
                f"{display_id(key_id)} is revoked, and stays as it is",
                hint="issue a new one: authcli apikey issue NAME",
                code="apikey.stays-revoked",
            )
        new = _applied(old, changes, at)
        before, after = _differences(old, new)
        if not after:
            return Updated(old, changed=False, before=before, after=after)
        _write(keys, old, new, at)
        detail = {"name": new.name, "before": before, "after": after}
        journal.record("apikey.updated", target=target(key_id), detail=detail)
    return Updated(new, changed=True, before=before, after=after)


def _applied(old: ApiKey, changes: Changes, at_ms: int) -> ApiKey:
    """Return the key as it is to be, every part that changes checked."""
    new = old
    if changes.name is not KEEP:
        new = new._replace(name=check_name(changes.name))
    if changes.owner is not KEEP:
        owner = None if changes.owner is None else check_label(changes.owner, what="owner")
        new = new._replace(owner=owner)
    scopes = old.scopes if changes.scopes is KEEP else changes.scopes
    scopes = _edited(scopes, check_scopes(changes.add_scopes), check_scopes(changes.remove_scopes))
    cidrs = old.cidrs if changes.cidrs is KEEP else check_cidrs(changes.cidrs)
    cidrs = _edited(cidrs, check_cidrs(changes.add_cidrs), check_cidrs(changes.remove_cidrs))
    metadata = dict(old.metadata if changes.metadata is KEEP else changes.metadata)
    metadata |= changes.set_metadata
    for name in changes.remove_metadata:
        metadata.pop(name, None)
    new = new._replace(
        scopes=check_scopes(scopes), cidrs=check_cidrs(cidrs), metadata=check_metadata(metadata)
    )
    if changes.rate is not KEEP:
        new = new._replace(rate=None if changes.rate is None else check_rate(changes.rate))
    if changes.quota is not KEEP:
        quota = None if changes.quota is None else check_quota(changes.quota)
        new = new._replace(quota=quota, quota_remaining=quota)
    if changes.refill:
        new = new._replace(quota_remaining=new.quota)
    return new if changes.expires_at_ms is KEEP else _ending(new, changes.expires_at_ms, at_ms)


def _ending(key: ApiKey, expires_at_ms: int | None, at_ms: int) -> ApiKey:
    """Return a key with another end of life; its grace ends no later."""
    if expires_at_ms is None:
        return key._replace(expires_at=None)
    begins = max(at_ms, 0 if key.not_before is None else key.not_before + 1)
    end = check_end(expires_at_ms, after_ms=begins, what="expiry")
    grace = None if key.grace_until is None else min(key.grace_until, end)
    return key._replace(expires_at=end, grace_until=grace)


def _edited(
    held: tuple[str, ...], added: tuple[str, ...], removed: tuple[str, ...]
) -> tuple[str, ...]:
    return tuple(word for word in dict.fromkeys((*held, *added)) if word not in removed)


def _differences(old: ApiKey, new: ApiKey) -> tuple[dict[str, object], dict[str, object]]:
    before, after = _shown(old), _shown(new)
    names = [name for name in after if before[name] != after[name]]
    return {name: before[name] for name in names}, {name: after[name] for name in names}


def _shown(key: ApiKey) -> dict[str, object]:
    """Return what can change, as events and people read it."""
    return {
        "name": key.name,
        "owner": key.owner,
        "scopes": list(key.scopes),
        "cidrs": list(key.cidrs),
        "metadata": dict(key.metadata),
        "rate": None if key.rate is None else format_rate(key.rate),
        "quota": key.quota,
        "quota_remaining": key.quota_remaining,
        "expires_at": instant(key.expires_at),
        "grace_until": instant(key.grace_until),
    }


def _write(keys: ApiKeyRepository, old: ApiKey, new: ApiKey, at_ms: int) -> None:
    was, columns = columns_of(old), columns_of(new)
    changed = {name: value for name, value in columns.items() if was[name] != value}
    if changed:
        keys.put(new.id, changed, where_null=("revoked_at",))
    if new.quota_remaining != old.quota_remaining:
        keys.set_quota(new.lineage_id, new.quota_remaining)
    shared = {
        name: value
        for name, value in changed.items()
        if name in ("rate_limit", "rate_period_ms", "quota")
    }
    if shared:
        for other in keys.lineage(new.lineage_id):
            if other.id != new.id and other.state(at_ms=at_ms) in LIVING:
                keys.put(other.id, shared, where_null=())
