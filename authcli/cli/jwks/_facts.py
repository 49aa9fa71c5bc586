"""Managed keys, rings and what is due, as JSON members."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from authcli.cli._moments import instant
from authcli.clock import format_duration

if TYPE_CHECKING:
    from authcli.signing.model import Ring, SigningKey
    from authcli.signing.timeline import Step

__all__ = ["KEY_MEMBERS", "key_facts", "ring_facts", "step_facts"]

KEY_MEMBERS = (
    *("kid", "purpose", "alg", "state", "can_sign", "created_at", "created_by", "published_at"),
    *("ready_at", "activated_at", "retiring_at", "remove_at", "retired_at", "compromised_at"),
    *("reason", "rotate_asked_at", "last_signed_at", "max_token_seconds"),
)


def key_facts(key: SigningKey, *, public: bool = False) -> dict[str, Any]:
    """Return the members of a key, its public JWK where wanted."""
    facts = {
        "kid": key.kid,
        "purpose": key.purpose,
        "alg": key.alg,
        "state": key.state,
        "can_sign": key.can_sign,
        "created_at": instant(key.created_at),
        "created_by": key.created_by,
        "published_at": instant(key.published_at),
        "ready_at": instant(key.ready_at),
        "activated_at": instant(key.activated_at),
        "retiring_at": instant(key.retiring_at),
        "remove_at": instant(key.remove_at),
        "retired_at": instant(key.retired_at),
        "compromised_at": instant(key.compromised_at),
        "reason": key.reason,
        "rotate_asked_at": instant(key.rotate_asked_at),
        "last_signed_at": instant(key.last_signed_at),
        "max_token_seconds": key.max_token_ms // 1000,
    }
    return facts | ({"public_jwk": json.loads(key.public_jwk)} if public else {})


def ring_facts(ring: Ring) -> dict[str, Any]:
    """Return the members of a ring; its times as flags have them, and in seconds."""
    times = ring.times
    return {
        "purpose": ring.purpose,
        "alg": ring.alg,
        "issuer": ring.issuer,
        "rotate_every": format_duration(times.rotate_ms // 1000),
        "rotate_every_seconds": times.rotate_ms // 1000,
        "cache_seconds": times.cache_ms // 1000,
        "max_token_seconds": times.max_token_ms // 1000,
        "skew_seconds": times.skew_ms // 1000,
        "created_at": instant(ring.created_at),
    }


def step_facts(step: Step) -> dict[str, Any]:
    """Return the members of a step of the time-line."""
    return {
        "at": instant(step.at),
        "action": step.action,
        "alg": step.ring.alg,
        "kid": None if step.key is None else step.key.kid,
        "estimated": step.estimated,
    }
