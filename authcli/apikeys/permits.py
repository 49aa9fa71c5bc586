"""Permits: whether a genuine key may be used now, from here, for this, once more.

Each check refuses with its own code, in this order: revoked, disabled, not yet, expired or
superseded, address, scope, rate, quota. The last two spend something, so they come last.
"""

from __future__ import annotations

import time
from typing import NamedTuple, NoReturn

from authcli.apikeys.addresses import inside
from authcli.apikeys.model import Holder, Probe, Rate, state_of
from authcli.apikeys.rates import format_rate
from authcli.apikeys.repository import ApiKeyRepository
from authcli.apikeys.scopes import missing
from authcli.apikeys.text import display_id
from authcli.clock import format_duration, format_instant
from authcli.errors import ApiKeyDenied, ApiKeyExpired, ApiKeyRevoked, Unavailable

__all__ = ["Asked", "check_permit", "end_of"]


class Asked(NamedTuple):
    """What a key is shown for."""

    scopes: tuple[str, ...]
    """All of which it has to grant."""
    address: str | None
    """From where; in its canonical spelling."""
    at_ms: int
    """When, for its life and its grace."""
    peek: bool
    """Say what would happen, and spend nothing."""
    now_ms: int
    """The real time, for statistics."""


def check_permit(keys: ApiKeyRepository, probe: Probe, asked: Asked) -> int | None:
    """Return what is left of a key's quota, None where it has none.

    Raises:
        ApiKeyRevoked, ApiKeyExpired, ApiKeyDenied: it may not be used; `code` says why.
        Unavailable: it has a rate or a quota, and the store cannot be written; or its networks
            are damaged.
    """
    state = state_of(probe, at_ms=asked.at_ms)
    if state not in ("live", "grace"):
        _refuse_state(probe, state)
    if probe.cidrs:
        _check_address(probe, asked.address)
    if asked.scopes and (lacking := missing(probe.scopes.split(), asked.scopes)):
        plural = "s" if len(lacking) > 1 else ""
        raise ApiKeyDenied(
            f"API key {display_id(probe.id)} does not grant the scope{plural} {', '.join(lacking)}",
            key=holder_of(probe),
            code="apikey.scope",
        )
    if probe.rate_limit is None and probe.quota is None:
        return None
    if keys.read_only and not asked.peek:
        raise Unavailable(
            f"API key {display_id(probe.id)} has a rate limit or a quota, and the store cannot be "
            "written to count its uses",
            hint="verify against a store that can be written, or --peek, which counts nothing",
            code="store.read-only",
        )
    if probe.rate_limit is not None:
        _check_rate(keys, probe, Rate(probe.rate_limit, probe.rate_period_ms or 1), peek=asked.peek)
    return None if probe.quota is None else _spend(keys, probe, peek=asked.peek)


def holder_of(probe: Probe) -> Holder:
    """Return whose key it is."""
    return Holder(
        id=probe.id,
        name=probe.name,
        owner=probe.owner,
        environment=probe.environment,
        scopes=tuple(probe.scopes.split()),
        expires_at_ms=end_of(probe),
    )


def end_of(probe: Probe) -> int | None:
    """Return when its life ends, or its grace, where that comes first."""
    life, grace = probe.expires_at, probe.grace_until
    if life is None or grace is None:
        return life if grace is None else grace
    return min(life, grace)


def _refuse_state(probe: Probe, state: str) -> NoReturn:
    name, key = f"API key {display_id(probe.id)}", holder_of(probe)
    if state == "revoked":
        raise ApiKeyRevoked(
            f"{name} was revoked at {_time(probe.revoked_at)}", key=key, code="apikey.revoked"
        )
    if state == "disabled":
        raise ApiKeyRevoked(
            f"{name} is disabled since {_time(probe.disabled_at)}",
            key=key,
            hint=f"authcli apikey enable {display_id(probe.id)}",
            code="apikey.disabled",
        )
    if state == "pending":
        raise ApiKeyExpired(
            f"{name} is not valid before {_time(probe.not_before)}", key=key, code="apikey.not-yet"
        )
    if state == "superseded":
        raise ApiKeyExpired(
            f"{name} has a successor, and its grace ended at {_time(probe.grace_until)}",
            key=key,
            hint="use the key that was issued in its place",
            code="apikey.superseded",
        )
    raise ApiKeyExpired(
        f"{name} expired at {_time(probe.expires_at)}", key=key, code="apikey.expired"
    )


def _check_address(probe: Probe, address: str | None) -> None:
    try:
        if address is not None and inside(address, probe.cidrs.split()):
            return
    except ValueError:
        raise Unavailable(
            f"the networks of API key {display_id(probe.id)} are damaged in the store",
            hint=f"set them again: authcli apikey update {display_id(probe.id)} --cidr CIDR; or put"
            " back the last backup: authcli store restore",
            code="store.corrupt",
        ) from None
    raise ApiKeyDenied(
        f"API key {display_id(probe.id)} may not be used from {address}"
        if address is not None
        else f"API key {display_id(probe.id)} is bound to addresses, and none was given",
        key=holder_of(probe),
        hint=None if address is not None else "say from where it is used: --ip ADDRESS",
        code="apikey.address",
    )


def _check_rate(keys: ApiKeyRepository, probe: Probe, rate: Rate, *, peek: bool) -> None:
    now_ns = time.time_ns()
    count = keys.peek if peek else keys.hit
    wait = count(probe.lineage_id, rate, now_ns=now_ns)
    if wait is not None:
        seconds = -(-wait // 1_000_000_000)
        raise ApiKeyDenied(
            f"API key {display_id(probe.id)} is used more often than {format_rate(rate)}",
            key=holder_of(probe),
            hint=f"the next use may be in {format_duration(seconds)}",
            code="apikey.rate",
        )


def _spend(keys: ApiKeyRepository, probe: Probe, *, peek: bool) -> int:
    lineage_id = probe.lineage_id
    if peek:
        left = keys.remaining([lineage_id]).get(lineage_id, 0) or None
    else:
        left = keys.spend(lineage_id)
    if left is None:
        raise ApiKeyDenied(
            f"the quota of API key {display_id(probe.id)} is spent: {_uses(probe.quota)}",
            key=holder_of(probe),
            code="apikey.quota",
        )
    return left


def _uses(quota: int | None) -> str:
    return f"{quota} use{'' if quota == 1 else 's'}"


def _time(at_ms: int | None) -> str:
    return format_instant((at_ms or 0) // 1000)
