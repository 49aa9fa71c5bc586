"""Finding what ends soon in the store, each kind the soonest first, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from authcli.cli._expiring.items import Ending
from authcli.cli._moments import instant

if TYPE_CHECKING:
    from authcli.apikeys.model import Filters
    from authcli.store import Store

__all__ = ["api_keys", "families", "issued_tokens", "signing_keys"]


def api_keys(
    store: Store, *, within_ms: int, at_ms: int, filters: Filters | None = None
) -> Iterator[Ending]:
    """Yield API keys that live now and end by then."""
    from authcli.apikeys.dues import dues
    from authcli.cli.apikey._facts import facts

    for due in dues(store.api_keys, within_ms=within_ms, filters=filters, at_ms=at_ms):
        told = facts(due.key, at_ms=at_ms)
        yield Ending(due.ends_at_ms, "apikey", told["id"], told["name"], told)


def signing_keys(store: Store, *, within_ms: int, at_ms: int) -> Iterator[Ending]:
    """Yield what managed signing keys want: a rotation, a publication."""
    from authcli.signing.dues import dues

    for due in dues(store.signing_keys, within_ms=within_ms, at_ms=at_ms):
        key = due.key
        more = {
            "action": due.wants,
            "state": None if key is None else key.state,
            "issuer": due.ring.issuer,
            "estimated": due.estimated,
            "last_signed_at": None if key is None else instant(key.last_signed_at),
        }
        yield Ending(due.at_ms, "signing-key", key.kid if key else None, due.ring.alg, more)


def families(store: Store, *, within_ms: int, at_ms: int) -> Iterator[Ending]:
    """Yield sign-ins whose refresh tokens end by then, however they are used."""
    from authcli.revocation.dues import families_due

    for family in families_due(store.tokens, within_ms=within_ms, at_ms=at_ms):
        more = {
            "issuer": family.issuer or None,
            "aud": list(family.aud),
            "created_at": instant(family.created_at),
            "last_refreshed_at": instant(family.last_refreshed_at),
        }
        yield Ending(family.expires_at, "family", family.id, family.sub, more)


def issued_tokens(store: Store, *, within_ms: int, at_ms: int) -> Iterator[Ending]:
    """Yield tokens that were recorded and live longer than a day."""
    from authcli.revocation.dues import tokens_due

    for token in tokens_due(store.tokens, within_ms=within_ms, at_ms=at_ms):
        more = {
            "issuer": token.issuer or None,
            "aud": list(token.aud),
            "kid": token.kid,
            "issued_at": instant(token.issued_at),
            "issued_by": token.issued_by,
        }
        yield Ending(token.expires_at, "issued-token", token.jti, token.sub, more)
