"""ApiKey: what the store knows of one key; never the key itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

__all__ = [
    "ABORTED",
    "ApiKey",
    "Brief",
    "Filters",
    "Holder",
    "Probe",
    "Rate",
    "State",
    "Usage",
    "state_of",
]

#: Why a key was revoked that a rotation made and its abort took back.
ABORTED = "rotation aborted"

#: live: verifies · grace: verifies, and a successor was issued · pending: its time has not begun.
State: TypeAlias = Literal[
    "live", "grace", "pending", "expired", "superseded", "disabled", "revoked"
]


class Rate(NamedTuple):
    """How often a lineage of keys may be used: so many times in any such period."""

    limit: int
    period_ms: int


class Brief(NamedTuple):
    """The columns that a verdict on most keys needs; in this order in their SELECT."""

    id: int
    secret_hash: str
    hash_alg: str
    pepper_id: int | None
    name: str
    owner: str | None
    environment: str
    scopes: str
    """Separated by a blank."""
    expires_at: int | None
    more: int | None
    """Not null where anything else bears on a verdict, and the whole `Probe` has to be read."""


class Probe(NamedTuple):
    """The columns that any verdict needs, as one look-up brings them; in its SELECT's order."""

    id: int
    secret_hash: str
    hash_alg: str
    pepper_id: int | None
    name: str
    owner: str | None
    environment: str
    scopes: str
    """Separated by a blank."""
    cidrs: str
    rate_limit: int | None
    rate_period_ms: int | None
    quota: int | None
    lineage_id: int
    not_before: int | None
    expires_at: int | None
    grace_until: int | None
    disabled_at: int | None
    revoked_at: int | None
    last_used_at: int | None


class Holder(NamedTuple):
    """Whose key it is: what a verdict says of a key that is one of ours."""

    id: int
    name: str
    owner: str | None
    environment: str
    scopes: tuple[str, ...]
    expires_at_ms: int | None
    """The end of its life, or of its grace where that comes first."""


class ApiKey(NamedTuple):
    """One key, whole. Times are Unix milliseconds."""

    id: int
    prefix: str
    hint: str
    """The last four characters of its text."""
    name: str
    owner: str | None
    environment: str
    scopes: tuple[str, ...]
    """What it grants: "read:invoices", or patterns, "read:*", "*"."""
    cidrs: tuple[str, ...]
    """From where it may be used; empty is from anywhere."""
    metadata: Mapping[str, object]
    rate: Rate | None
    quota: int | None
    """Uses in all, over its lineage."""
    quota_remaining: int | None
    lineage_id: int
    rotated_from: int | None
    rotation_no: int
    created_at: int
    created_by: str
    not_before: int | None
    expires_at: int | None
    grace_until: int | None
    """How long it lives beside its successor; None where it has none."""
    disabled_at: int | None
    revoked_at: int | None
    revoked_reason: str | None
    last_used_at: int | None
    last_used_ip: str | None
    hash_alg: str
    pepper_id: int | None
    imported: bool

    def state(self, *, at_ms: int) -> State:
        """Return what a verdict would say, leaving address, scopes, rate and quota aside."""
        return state_of(self, at_ms=at_ms)


class Filters(NamedTuple):
    """Which keys; what is None or empty leaves all of them."""

    ids: tuple[int, ...] = ()
    owner: str | None = None
    scope: str | None = None
    """Keys that grant it."""
    states: tuple[State, ...] = ()
    name: str | None = None
    """A glob: "ci-*"."""
    prefix: str | None = None
    environment: str | None = None
    expiring_before: int | None = None
    """Keys whose life or grace ends before it, and that live now. Unix milliseconds."""
    unused_since: int | None = None
    """Keys not used since then, and made before it. Unix milliseconds."""
    created_before: int | None = None
    pepper_id: int | None = None


class Usage(NamedTuple):
    """How often one key was used in one hour, with one outcome."""

    hour_ms: int
    outcome: str
    """"ok", or the code of the refusal."""
    n: int


def state_of(key: ApiKey | Probe, *, at_ms: int) -> State:
    """Return a key's state, the first that applies in the order of a verdict."""
    if key.revoked_at is not None:
        return "revoked"
    if key.disabled_at is not None:
        return "disabled"
    if key.not_before is not None and at_ms < key.not_before:
        return "pending"
    if key.expires_at is not None and at_ms >= key.expires_at:
        return "expired"
    if key.grace_until is not None:
        return "superseded" if at_ms >= key.grace_until else "grace"
    return "live"
