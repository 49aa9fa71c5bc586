"""What a worker can do: name, how often, and the function that does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.soak.operations import api_keys, codes, secrets, signing_keys, tokens, upkeep
from tests.soak.worker import Worker

__all__ = ["OPERATIONS", "Operation"]


class Operation(NamedTuple):
    """A row of the table."""

    weight: float
    """How often it is picked, beside the others."""
    act: Callable[[Worker], None]


OPERATIONS = {
    "apikey issue": Operation(10, api_keys.issue),
    "apikey issue --count": Operation(2, api_keys.issue_many),
    "apikey issue --exp 4s": Operation(2, api_keys.issue_short),
    "apikey verify": Operation(9, api_keys.verify),
    "apikey verify --lines": Operation(4, api_keys.verify_lines),
    "apikey verify, quota": Operation(4, api_keys.spend_quota),
    "apikey rotate": Operation(4, api_keys.rotate),
    "apikey revoke": Operation(4, api_keys.revoke),
    "apikey disable": Operation(3, api_keys.disable),
    "apikey enable": Operation(3, api_keys.enable),
    "apikey update": Operation(3, api_keys.update),
    "jwt mint": Operation(6, tokens.mint),
    "jwt mint --record": Operation(4, tokens.mint_recorded),
    "jwt mint, short": Operation(3, tokens.mint_short),
    "jwt mint --refresh": Operation(4, tokens.begin_family),
    "jwt refresh": Operation(6, tokens.refresh),
    "jwt refresh, again": Operation(2, tokens.reuse),
    "jwt refresh, raced": Operation(4, tokens.refresh_raced),
    "jwt verify": Operation(6, tokens.verify),
    "jwt verify --lines": Operation(3, tokens.verify_lines),
    "jwt revoke": Operation(3, tokens.revoke),
    "jwt revoke --family": Operation(1, tokens.revoke_family),
    "jwt revoke --sub": Operation(0.7, tokens.revoke_subject),
    "jwks rotate --publish": Operation(3, signing_keys.rotate),
    "jwks rotate --start": Operation(1.2, signing_keys.start),
    "jwks publish": Operation(2, signing_keys.publish),
    "jwks list": Operation(1, signing_keys.show),
    "jwks compromise": Operation(1, signing_keys.compromise),
    "jwks.json": Operation(3, signing_keys.look),
    "totp new": Operation(1, codes.new),
    "totp code": Operation(1, codes.code),
    "totp verify, raced": Operation(5, codes.verify_raced),
    "totp recovery new": Operation(1, codes.recovery_new),
    "totp recovery verify": Operation(2, codes.recovery_verify),
    "totp recovery verify, raced": Operation(4, codes.recovery_raced),
    "password hash": Operation(1.5, secrets.hash_password),
    "keychain set": Operation(1.5, secrets.put),
    "keychain get": Operation(1, secrets.get),
    "keychain remove": Operation(0.5, secrets.remove),
    "audit list": Operation(1, upkeep.audit_list),
    "audit export": Operation(1, upkeep.audit_export),
    "audit verify": Operation(2, upkeep.audit_verify),
    "store status": Operation(1, upkeep.status),
    "store backup": Operation(1.5, upkeep.backup),
    "store gc": Operation(0.7, upkeep.collect),
}
