"""A code of an instant: TOTP (RFC 6238) is HOTP with a time step for a counter; Steam, too."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from authcli.errors import InvalidInput, InvalidTime
from authcli.otp import hotp, steam
from authcli.otp.model import Account, Code, Kind, check

__all__ = ["WRITERS", "code", "code_at", "moment_of"]

#: What writes the code of a moment; each kind has one.
WRITERS: dict[Kind, Callable[[Account, int], str]] = {
    "totp": hotp.account_text,
    "hotp": hotp.account_text,
    "steam": steam.account_text,
}


def code(account: Account, *, at: float | None = None) -> Code:
    """Return the code of an instant; of HOTP, that of the account's counter."""
    check(account)
    return code_at(account, moment_of(account, at=at))


def code_at(account: Account, moment: int) -> Code:
    """Return the code of a time step or a counter."""
    check(account)
    if not 0 <= moment <= hotp.MAX_COUNTER:
        raise InvalidInput("counters and time steps are 0 to 2^64 - 1", code="otp.counter")
    text = WRITERS[account.kind](account, moment)
    if account.kind == "hotp":
        return Code(text, moment)
    start = moment * account.period_seconds
    return Code(text, moment, start, start + account.period_seconds)


def moment_of(account: Account, *, at: float | None = None) -> int:
    """Return the time step of an instant; of HOTP, the account's counter.

    Args:
        account: whose period counts.
        at: Unix seconds; None is now.

    Raises:
        InvalidTime: an instant before 1970, or beyond all counters.

    Source: RFC 6238, section 4.2, with T0 = 0.
    """
    if account.kind == "hotp":
        return account.counter
    instant = time.time() if at is None else at
    if not (math.isfinite(instant) and instant >= 0):
        raise InvalidTime("there are no codes of a time before 1970-01-01T00:00:00Z")
    # Whole seconds first: floats are not exact beyond 2^53.
    moment = int(instant) // account.period_seconds
    if moment > hotp.MAX_COUNTER:
        raise InvalidTime("there are no codes of a time so far ahead")
    return moment
