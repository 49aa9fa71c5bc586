"""Counters of HOTP accounts that leave with their secrets: where codes were used up to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.otp import Account

__all__ = ["counted"]


def counted(run: Run, accounts: Sequence[Account], *, store: str | None) -> list[Account]:
    """Return saved accounts, those of HOTP with the next counter of all that were used here.

    One is of codes that were verified, one of codes that were shown. A token that is ahead is
    caught up with; one that is behind is refused for good.

    Raises:
        Unavailable: there is a store, and it cannot be read.
    """
    from authcli.cli._store import opened, store_exists
    from authcli.otp.hotp import MAX_COUNTER
    from authcli.otp.verifying import state_id

    if not any(one.kind == "hotp" for one in accounts) or not store_exists(run, store):
        return list(accounts)
    with opened(run, store, write=False) as found:

        def reached(account: Account) -> int:
            key = state_id(account)
            known = [found.one_time.counter(key + part) or 0 for part in ("", ".shown")]
            # No number follows the last one: who has used it up is refused, here and there.
            return min(max(account.counter, *known), MAX_COUNTER)

        return [
            one._replace(counter=reached(one)) if one.kind == "hotp" else one for one in accounts
        ]
