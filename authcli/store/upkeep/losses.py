"""What a restore would mean: what of the present store is not in the backup, and what is not here.

Two audits that agree on one event agree on all before it, since each event's MAC is over the one
before; so the last one in common is found by halving.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from authcli.clock import now_ms
from authcli.errors import AuthError, InvalidInput
from authcli.store.upkeep.rows import counted
from authcli.store.upkeep.sealed_roots import missing_roots, with_roots

if TYPE_CHECKING:
    from authcli.audit.model import Head
    from authcli.roots import RootSource
    from authcli.store.store import Store
    from authcli.store.upkeep.backup_check import Checked

__all__ = ["Losses", "losses_of"]

_MAC = "SELECT row_mac FROM audit_events WHERE seq = :seq"
_REVOKED = "SELECT count(*) FROM api_keys WHERE revoked_at > :at OR disabled_at > :at"
_SPENT = "SELECT count(*) FROM recovery_codes WHERE used_at > :at"
_MOVED = "SELECT count(*) FROM otp_states WHERE counter IS NOT NULL AND updated_at > :at"
_ISSUED = "SELECT count(*) FROM api_keys WHERE created_at > :at"
_COMPROMISED = "SELECT count(*) FROM signing_keys WHERE compromised_at > :at"
_MADE = "SELECT count(*) FROM signing_keys WHERE created_at > :at AND state <> 'compromised'"
#: Those that can still hit a token.
_DENIED = "SELECT count(*) FROM revocations WHERE revoked_at > :at AND expires_at > :now"
_REFRESHED = "SELECT count(*) FROM token_families WHERE last_refreshed_at > :at"
_ENDED = "SELECT count(*) FROM token_families WHERE revoked_at > :at"


class Losses(NamedTuple):
    """What a restore would mean."""

    counts: Mapping[str, int]
    """Table -> rows of the backup."""
    head: int
    """The backup's last event."""
    at: int | None
    """When that was, in Unix milliseconds."""
    present: Head | None
    """The head of the store that would be replaced; None where there is none."""
    lost: int
    """Events of the present store that the backup does not have."""
    revoked: int
    """API keys revoked or disabled since, which would live again."""
    issued: int
    """API keys issued since, which would be unknown."""
    spent: int
    """Recovery codes spent since, which would be good again."""
    moved: int
    """HOTP counters moved since, which would go back: codes before would be good again."""
    compromised: int
    """Signing keys known to others, which would be trusted again."""
    made: int
    """Signing keys made since, which would be unknown, and tokens that they signed refused."""
    denied: int
    """Deny marks set since, whose tokens would be taken again."""
    refreshed: int
    """Families refreshed since: the token before would be good again, the present one unknown."""
    ended: int
    """Families revoked since, which would live again."""
    another: bool
    """Whether the backup is of another store than the present one."""
    missing: tuple[str, ...]
    """Roots whose keys are not held."""
    chain: str
    """"ok", or the code of what is wrong with the backup's audit; "skipped" without its key."""


def losses_of(
    checked: Checked,
    *,
    live: Store | None,
    sources: Mapping[str, RootSource],
    added: Mapping[str, list[bytes]],
) -> Losses:
    """Compare a backup with the store that it would replace.

    Args:
        checked: the backup.
        live: the present store; None where there is none that can be read.
        sources: where root keys are held.
        added: root keys that come with the backup.

    Raises:
        InvalidInput: the backup is the store itself ("backup.own").
    """
    from authcli.store.store import open_store

    if live is not None and live.path is not None and live.path.samefile(checked.path):
        raise InvalidInput(f"{live.url} is the store itself", code="backup.own")
    held = with_roots(sources, added)
    with open_store(str(checked.database.absolute()), read_only=True, roots=held) as backup:
        missing = missing_roots(backup, held)
        head = backup.audit.head()
        present = live.audit.head() if live else None
        common = _common(live, backup) if live else 0
        since = head.at if head else 0
        return Losses(
            counts=counted(backup.database),
            head=head.seq if head else 0,
            at=head.at if head else None,
            present=present,
            lost=(present.seq - common) if present else 0,
            revoked=_count(live, _REVOKED, since),
            issued=_count(live, _ISSUED, since),
            spent=_count(live, _SPENT, since),
            moved=_count(live, _MOVED, since),
            compromised=_count(live, _COMPROMISED, since),
            made=_count(live, _MADE, since),
            denied=_count(live, _DENIED, since, now=now_ms()),
            refreshed=_count(live, _REFRESHED, since),
            ended=_count(live, _ENDED, since),
            another=live is not None and live.store_id != checked.identity.get("store_id"),
            missing=missing,
            chain="skipped" if "audit" in missing else _verified(backup),
        )


def _common(live: Store, backup: Store) -> int:
    """Return the number of the last event that both have."""
    heads = (live.audit.head(), backup.audit.head())
    low, high = 0, min(head.seq if head else 0 for head in heads)
    while low < high:
        middle = (low + high + 1) // 2
        if live.database.row(_MAC, seq=middle) == backup.database.row(_MAC, seq=middle):
            low = middle
        else:
            high = middle - 1
    return low


def _count(live: Store | None, sql: str, since: int, **values: int) -> int:
    row = live.database.row(sql, at=since, **values) if live else None
    return int(row[0]) if row else 0


def _verified(backup: Store) -> str:
    try:
        return backup.audit.verify().code or "ok"
    except AuthError as error:
        return error.code
