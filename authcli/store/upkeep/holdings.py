"""What a store holds of signing keys and of tokens, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, get_args

from authcli.signing.model import State

if TYPE_CHECKING:
    from authcli.store.database import Database

__all__ = ["Holdings", "holdings"]

_SIGNING = "SELECT state, count(*) FROM signing_keys GROUP BY state"
_SEALED = "SELECT count(*) FROM signing_keys WHERE private_sealed IS NOT NULL"
_DENIED = "SELECT count(*) FROM revocations WHERE expires_at > :at"
_ISSUED = "SELECT count(*) FROM issued_tokens WHERE expires_at > :at"
_FAMILIES = """
    SELECT count(*) FROM token_families WHERE revoked_at IS NULL AND expires_at > :at
    AND COALESCE(last_refreshed_at, created_at) + idle_ms > :at"""


class Holdings(NamedTuple):
    """Signing keys by state, and what is known of tokens that may live."""

    signing_keys: Mapping[str, int]
    sealed: int
    """Private halves, which the KEK opens."""
    denied: int
    """Deny marks that can still hit a token."""
    issued: int
    """Tokens that were recorded and have not ended."""
    families: int
    """Families that can be refreshed."""

    @property
    def some(self) -> bool:
        """Whether anything of it would be missed."""
        return bool(any(self.signing_keys.values()) or self.denied or self.issued or self.families)


def holdings(database: Database, *, at_ms: int) -> Holdings:
    """Count them; inside `reading`, of one state.

    Args:
        database: an open store's.
        at_ms: the instant that tokens live at.
    """
    states = {str(state): int(number) for state, number in database.rows(_SIGNING)}
    sealed = database.row(_SEALED)
    living = [database.row(sql, at=at_ms) for sql in (_DENIED, _ISSUED, _FAMILIES)]
    return Holdings(
        {state: states.get(state, 0) for state in get_args(State)},
        *(int(row[0]) if row else 0 for row in (sealed, *living)),
    )
