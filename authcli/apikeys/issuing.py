"""Issuing: new keys, each with its event, or none at all.

The id begins with the real time, so that rows are added at the end of the table; its 21 random
bits meet another key's now and then, and are then drawn again within the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from authcli.apikeys.digests import digest
from authcli.apikeys.drafts import Draft, check_draft
from authcli.apikeys.model import ApiKey
from authcli.apikeys.rates import format_rate
from authcli.apikeys.text import build, display_id, new_id, new_secret
from authcli.clock import format_instant, now_ms
from authcli.encoding import compact_json
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.apikeys.repository import ApiKeyRepository
    from authcli.audit.journal import Journal

__all__ = [
    "Draft",
    "Issued",
    "KeySecret",
    "check_draft",
    "columns_of",
    "instant",
    "issue",
    "issue_many",
    "issue_within",
    "new_ids",
    "target",
]

MAX_COUNT = 1_000_000
_AT_ONCE = 500


class KeySecret(str):
    """The text of a key, which exists once: a str whose repr, as logs write it, is masked."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "KeySecret('****')"


class Issued(NamedTuple):
    """A new key, and the only copy of its text."""

    key: ApiKey
    text: KeySecret


def issue(keys: ApiKeyRepository, draft: Draft, *, at_ms: int | None = None) -> Issued:
    """Issue one key; takes and raises what `issue_many` does."""
    return issue_many(keys, draft, count=1, at_ms=at_ms)[0]


def issue_many(
    keys: ApiKeyRepository, draft: Draft, *, count: int, at_ms: int | None = None
) -> list[Issued]:
    """Issue keys that are alike in all but id and secret, in one transaction.

    Args:
        keys: where they are kept.
        draft: what they are to be.
        count: how many.
        at_ms: when they are made; the clock's when None. Ids keep the real time.

    Raises:
        InvalidInput: a draft or a count that cannot be.
        Unavailable: the store cannot be written; then no key was issued.
    """
    if not 1 <= count <= MAX_COUNT:
        raise InvalidInput(f"{count} keys cannot be issued at once, 1 to {MAX_COUNT} can")
    at = now_ms() if at_ms is None else at_ms
    checked = check_draft(draft, at_ms=at)
    issued: list[Issued] = []
    with keys.change() as journal:
        while len(issued) < count:
            size = min(_AT_ONCE, count - len(issued))
            issued += issue_within(keys, journal, draft=checked, count=size, at_ms=at)
    return issued


def issue_within(
    keys: ApiKeyRepository,
    journal: Journal,
    *,
    draft: Draft,
    count: int,
    at_ms: int,
    after: ApiKey | None = None,
    rotation_no: int = 0,
) -> list[Issued]:
    """Issue keys inside a change that has begun.

    Args:
        keys: where they are kept.
        journal: the change's.
        draft: checked.
        count: how many; one where they come after another.
        at_ms: now.
        after: the key of whose lineage the new one is the next.
        rotation_no: how many came before it in its lineage.
    """
    pepper_id = keys.peppers.active_id
    pepper = keys.peppers.key(pepper_id)
    common = _common(draft, at_ms=at_ms, pepper_id=pepper_id, after=after, rotation_no=rotation_no)
    common = common._replace(created_by=keys.actor)
    columns = columns_of(common)
    issued, rows = [], []
    for key_id in new_ids(keys, count):
        text = build(prefix=draft.prefix, key_id=key_id, secret=new_secret())
        key = common._replace(
            id=key_id, hint=text[-4:], lineage_id=after.lineage_id if after else key_id
        )
        rows.append(
            columns
            | {
                "id": key_id,
                "hint": key.hint,
                "lineage_id": key.lineage_id,
                "secret_hash": digest(text, pepper),
            }
        )
        issued.append(Issued(key, KeySecret(text)))
    keys.add(rows)
    detail = _detail(common, after)
    for key, secret in issued:
        if draft.quota is not None and after is None:
            keys.set_quota(key.id, draft.quota)
        journal.record("apikey.issued", target=target(key.id), detail=detail, secret=secret)
    return issued


def columns_of(key: ApiKey) -> dict[str, object]:
    """Return what a key says in the columns of its row."""
    row = key._asdict()
    for name in ("quota_remaining", "imported", "rate"):
        del row[name]
    return row | {
        "scopes": " ".join(key.scopes),
        "cidrs": " ".join(key.cidrs),
        "metadata": compact_json(key.metadata).decode(),
        "rate_limit": None if key.rate is None else key.rate.limit,
        "rate_period_ms": None if key.rate is None else key.rate.period_ms,
    }


def target(key_id: int) -> tuple[str, str]:
    """Return how events name a key."""
    return "apikey", display_id(key_id)


def instant(at_ms: int | None) -> str | None:
    """Return how events write a time: RFC 3339, or nothing."""
    return None if at_ms is None else format_instant(at_ms / 1000)


def new_ids(keys: ApiKeyRepository, count: int) -> list[int]:
    """Return ids that no key has; nobody else adds one while the change holds the store."""
    found: set[int] = set()
    moment = now_ms()
    while len(found) < count:
        drawn = {new_id(now_ms=moment) for _ in range(count - len(found))} - found
        found |= drawn - keys.probe_many(list(drawn)).keys()
        moment += 1  # a clock that stands still is no trap
    return sorted(found)


def _common(
    draft: Draft, *, at_ms: int, pepper_id: int, after: ApiKey | None, rotation_no: int
) -> ApiKey:
    """Return what all keys of a draft have in common; id, hint and lineage are to come."""
    return ApiKey(
        id=0,
        prefix=draft.prefix,
        hint="",
        name=draft.name,
        owner=draft.owner,
        environment=draft.environment or "",
        scopes=draft.scopes,
        cidrs=draft.cidrs,
        metadata=draft.metadata,
        rate=draft.rate,
        quota=draft.quota,
        quota_remaining=draft.quota if after is None else after.quota_remaining,
        lineage_id=0,
        rotated_from=after.id if after else None,
        rotation_no=rotation_no,
        created_at=at_ms,
        created_by="",
        not_before=draft.not_before_ms,
        expires_at=draft.expires_at_ms,
        grace_until=None,
        disabled_at=None,
        revoked_at=None,
        revoked_reason=None,
        last_used_at=None,
        last_used_ip=None,
        hash_alg="hmac-sha256",
        pepper_id=pepper_id,
        imported=False,
    )


def _detail(key: ApiKey, after: ApiKey | None) -> Mapping[str, object]:
    """Return what an event says of a new key; what it has not is left out."""
    said = {
        "name": key.name,
        "owner": key.owner,
        "prefix": key.prefix,
        "environment": key.environment,
        "scopes": list(key.scopes),
        "cidrs": list(key.cidrs),
        "metadata": dict(key.metadata),
        "rate": None if key.rate is None else format_rate(key.rate),
        "quota": key.quota,
        "not_before": instant(key.not_before),
        "expires_at": instant(key.expires_at),
        "rotated_from": display_id(after.id) if after else None,
    }
    return {name: value for name, value in said.items() if value not in (None, [], {})}
