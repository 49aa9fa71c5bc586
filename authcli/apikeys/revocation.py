"""Revoking, disabling and enabling keys; every other process sees it at its next look-up.

Revoking is for good and done once: the second time changes nothing, and the first time and reason
stay. By filters it goes on in turns (`sweeps`).

A key whose row is damaged can be stopped too: of it no more is read than can be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from authcli.apikeys.drafts import check_reason
from authcli.apikeys.issuing import instant, target
from authcli.apikeys.lineages import living_of
from authcli.apikeys.names import existing
from authcli.apikeys.ownership import known
from authcli.apikeys.sweeps import AT_ONCE, Act, found_ids, in_turns
from authcli.apikeys.text import display_id
from authcli.clock import now_ms
from authcli.errors import Conflict

if TYPE_CHECKING:
    from authcli.apikeys.model import ApiKey, Filters
    from authcli.apikeys.repository import ApiKeyRepository
    from authcli.audit.journal import Journal

__all__ = [
    "Outcome",
    "Swept",
    "disable",
    "disable_found",
    "enable",
    "revoke",
    "revoke_found",
    "revoke_text",
    "revoke_within",
]


class Outcome(NamedTuple):
    """What became of one key."""

    key: ApiKey
    """As it is now."""
    changed: bool
    """False where it was so already."""


class Swept(NamedTuple):
    """What became of the keys that filters found."""

    changed: int
    unchanged: int
    """How many were so already."""


def revoke(
    keys: ApiKeyRepository,
    ids: Sequence[int],
    *,
    reason: str | None = None,
    whole_lineage: bool = False,
    at_ms: int | None = None,
) -> list[Outcome]:
    """Revoke keys for good, all of them or none.

    Args:
        keys: where they are kept.
        ids: which.
        reason: why, for people; it cannot be changed later.
        whole_lineage: also revoke what else of their lineages lives: the predecessor in its
            grace, the successor. Who revokes by name means that.
        at_ms: when; the clock's when None.

    Returns:
        One outcome a key, in the order given, those of their lineages after them.

    Raises:
        NotFound: an id that is not there; nothing was revoked.
        InvalidInput: a reason that cannot be kept.
        Unavailable: the store cannot be written.
    """
    at = now_ms() if at_ms is None else at_ms
    said = None if reason is None else check_reason(reason)
    keys = keys.salvaging()
    with keys.change() as journal:
        found = {key_id: existing(keys, key_id) for key_id in ids}
        if whole_lineage:
            for lineage_id in {key.lineage_id: None for key in found.values()}:
                for other in living_of(keys, lineage_id, at_ms=at):
                    found.setdefault(other.id, other)
        return [revoke_within(keys, journal, key, reason=said, at_ms=at) for key in found.values()]


def revoke_within(
    keys: ApiKeyRepository, journal: Journal, key: ApiKey, *, reason: str | None, at_ms: int
) -> Outcome:
    """Revoke a key inside a change that has begun; the reason is checked."""
    columns = {"revoked_at": at_ms, "revoked_reason": reason}
    if not keys.put(key.id, columns, where_null=("revoked_at",)):
        return Outcome(existing(keys.salvaging(), key.id), changed=False)
    detail = {"name": key.name, "state": key.state(at_ms=at_ms), "reason": reason}
    journal.record("apikey.revoked", target=target(key.id), detail=detail)
    return Outcome(key._replace(revoked_at=at_ms, revoked_reason=reason), changed=True)


def revoke_text(
    keys: ApiKeyRepository,
    text: str,
    *,
    reason: str | None = None,
    whole_lineage: bool = False,
    at_ms: int | None = None,
) -> Outcome:
    """Revoke the key whose text this is; ids and checksums can be forged, digests cannot.

    Args:
        keys: where they are kept.
        text: the whole key; also an imported one, whose shape is another.
        reason, whole_lineage, at_ms: as `revoke` takes them.

    Raises:
        ApiKeyRejected: no key of this store (`code` "apikey.malformed", "apikey.checksum",
            "apikey.unknown"); nothing was changed.
        Unavailable: the store cannot be written.
    """
    ids = [known(keys.salvaging(), text).id]
    return revoke(keys, ids, reason=reason, whole_lineage=whole_lineage, at_ms=at_ms)[0]


def revoke_found(
    keys: ApiKeyRepository,
    filters: Filters,
    *,
    reason: str | None = None,
    at_ms: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> Swept:
    """Revoke all keys that filters find, a thousand in a transaction.

    Args:
        keys: where they are kept.
        filters: which; a key that matches no longer when its turn comes is left alone.
        reason: why, for people.
        at_ms: when, and now for states; the clock's when None.
        progress: is told how many are done, after each transaction.

    Raises:
        InvalidInput: a reason that cannot be kept.
        Unavailable: the store cannot be written; what was revoked before stays revoked.
    """
    at = now_ms() if at_ms is None else at_ms
    said = None if reason is None else check_reason(reason)

    def act(ids: Sequence[int]) -> list[Outcome]:
        return revoke(keys, ids, reason=said, at_ms=at)

    return _sweep(keys, filters, act, at_ms=at, progress=progress)


def disable(
    keys: ApiKeyRepository, ids: Sequence[int], *, at_ms: int | None = None
) -> list[Outcome]:
    """Disable keys until `enable`, all of them or none.

    Args:
        keys: where they are kept.
        ids: which; a revoked one stays as it is.
        at_ms: when; the clock's when None.

    Raises:
        NotFound: an id that is not there; nothing was disabled.
        Unavailable: the store cannot be written.
    """
    at = now_ms() if at_ms is None else at_ms
    keys = keys.salvaging()
    with keys.change() as journal:
        found = [existing(keys, key_id) for key_id in dict.fromkeys(ids)]
        return [_disable(keys, journal, key, at) for key in found]


def disable_found(
    keys: ApiKeyRepository,
    filters: Filters,
    *,
    at_ms: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> Swept:
    """Disable all keys that filters find, as `revoke_found` revokes them."""
    at = now_ms() if at_ms is None else at_ms

    def act(ids: Sequence[int]) -> list[Outcome]:
        return disable(keys, ids, at_ms=at)

    return _sweep(keys, filters, act, at_ms=at, progress=progress)


def enable(keys: ApiKeyRepository, ids: Sequence[int]) -> list[Outcome]:
    """Take back `disable`, for all of them or none.

    Args:
        keys: where they are kept.
        ids: which.

    Raises:
        Conflict: one is revoked, which is for good (`code` "apikey.stays-revoked").
        NotFound: an id that is not there.
        Unavailable: the store cannot be written.
    """
    with keys.change() as journal:
        found = [existing(keys, key_id) for key_id in dict.fromkeys(ids)]
        return [_enable(keys, journal, key) for key in found]


def _disable(keys: ApiKeyRepository, journal: Journal, key: ApiKey, at_ms: int) -> Outcome:
    columns = {"disabled_at": at_ms}
    if not keys.put(key.id, columns, where_null=("disabled_at", "revoked_at")):
        return Outcome(existing(keys, key.id), changed=False)
    _record(journal, "apikey.disabled", key, before=None, after=at_ms)
    return Outcome(key._replace(disabled_at=at_ms), changed=True)


def _enable(keys: ApiKeyRepository, journal: Journal, key: ApiKey) -> Outcome:
    if key.revoked_at is not None:
        raise Conflict(
            f"{display_id(key.id)} is revoked, and stays so",
            hint="issue a new one: authcli apikey issue NAME",
            code="apikey.stays-revoked",
        )
    if key.disabled_at is None:
        return Outcome(key, changed=False)
    keys.put(key.id, {"disabled_at": None}, where_null=())
    _record(journal, "apikey.enabled", key, before=key.disabled_at, after=None)
    return Outcome(key._replace(disabled_at=None), changed=True)


def _record(
    journal: Journal, event: str, key: ApiKey, *, before: int | None, after: int | None
) -> None:
    detail: Mapping[str, object] = {
        "name": key.name,
        "before": {"disabled_at": instant(before)},
        "after": {"disabled_at": instant(after)},
    }
    journal.record(event, target=target(key.id), detail=detail)


def _sweep(
    keys: ApiKeyRepository,
    filters: Filters,
    act: Act,
    *,
    at_ms: int,
    progress: Callable[[int], object] | None,
) -> Swept:
    """Change what filters find."""
    ids = found_ids(keys, filters, at_ms=at_ms)
    changed = done = 0
    for outcomes in in_turns(keys, filters, ids, act, at_ms=at_ms):
        changed += sum(outcome.changed for outcome in outcomes)
        done = min(done + AT_ONCE, len(ids))
        if progress is not None:
            progress(done)
    return Swept(changed, len(ids) - changed)
