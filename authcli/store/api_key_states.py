"""What an API key's times make of it, as SQL says it: the one place that does.

`authcli.apikeys.model.state_of` and `authcli.apikeys.forgetting` say the same in Python, and a test
compares them over every order that the times can have. The table is called `k`, the instant `:at`.
"""

from __future__ import annotations

__all__ = ["DEAD", "LIVES_NOW", "MAY_LIVE", "STATE", "WHY_DEAD"]

#: As `model.state_of`.
STATE = """CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked'
  WHEN k.disabled_at IS NOT NULL THEN 'disabled' WHEN k.not_before > :at THEN 'pending'
  WHEN k.expires_at <= :at THEN 'expired' WHEN k.grace_until <= :at THEN 'superseded'
  WHEN k.grace_until IS NOT NULL THEN 'grace' ELSE 'live' END"""

#: Its state is "live" or "grace".
LIVES_NOW = """k.revoked_at IS NULL AND k.disabled_at IS NULL
  AND (k.not_before IS NULL OR k.not_before <= :at)
  AND (k.expires_at IS NULL OR k.expires_at > :at)
  AND (k.grace_until IS NULL OR k.grace_until > :at)"""

#: It verifies now, or could later: a disabled key may be enabled, the time of another begin.
MAY_LIVE = """k.revoked_at IS NULL
  AND (k.expires_at IS NULL OR k.expires_at > :at)
  AND (k.grace_until IS NULL OR k.grace_until > :at)"""

#: It ended before `:dead`, as `forgetting.dead_since`.
DEAD = "(k.revoked_at < :dead OR k.expires_at < :dead OR k.grace_until < :dead)"

#: How a dead key ended, as `forgetting.why_dead`.
WHY_DEAD = """CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked'
  WHEN k.expires_at < :dead THEN 'expired' ELSE 'superseded' END"""
