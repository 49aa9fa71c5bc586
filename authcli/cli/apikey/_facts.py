"""An API key as JSON members: the same in every command that tells of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authcli.apikeys.text import display_id
from authcli.cli._moments import instant

if TYPE_CHECKING:
    from authcli.apikeys.model import ApiKey, Rate

__all__ = ["MEMBERS", "facts", "rate_text"]

#: What `facts` gives, in this order; `--field` may ask for these where there is no key at all.
MEMBERS = (
    *("id", "name", "prefix", "hint", "owner", "environment", "scopes", "cidrs", "metadata"),
    *("state", "rate", "quota", "quota_remaining", "created_at", "created_by", "not_before"),
    *("expires_at", "grace_until", "disabled_at", "revoked_at", "revoked_reason"),
    *("last_used_at", "last_used_ip", "lineage", "rotation", "rotated_from", "imported"),
)


def facts(key: ApiKey, *, at_ms: int) -> dict[str, Any]:
    """Return what is known of a key, ready for JSON; times are RFC 3339 text in UTC, or None.

    Args:
        key: as the store has it.
        at_ms: the instant that its state is told for, in Unix milliseconds.
    """
    lineage = display_id(key.lineage_id)
    own = key.id == key.lineage_id
    return {
        "id": lineage if own else display_id(key.id),
        "name": key.name,
        "prefix": key.prefix,
        "hint": key.hint,
        "owner": key.owner,
        "environment": key.environment,
        "scopes": list(key.scopes),
        "cidrs": list(key.cidrs),
        "metadata": dict(key.metadata),
        "state": key.state(at_ms=at_ms),
        "rate": rate_text(key.rate),
        "quota": key.quota,
        "quota_remaining": key.quota_remaining,
        "created_at": instant(key.created_at),
        "created_by": key.created_by,
        "not_before": instant(key.not_before),
        "expires_at": instant(key.expires_at),
        "grace_until": instant(key.grace_until),
        "disabled_at": instant(key.disabled_at),
        "revoked_at": instant(key.revoked_at),
        "revoked_reason": key.revoked_reason,
        "last_used_at": instant(key.last_used_at),
        "last_used_ip": key.last_used_ip,
        "lineage": lineage,
        "rotation": key.rotation_no,
        "rotated_from": None if key.rotated_from is None else display_id(key.rotated_from),
        "imported": key.imported,
    }


def rate_text(rate: Rate | None) -> str | None:
    """Return a rate as it is written, "100/1m"; None where there is none."""
    if rate is None:
        return None
    from authcli.apikeys.rates import format_rate

    return format_rate(rate)
