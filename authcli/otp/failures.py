"""Failures: of wrong codes no more are looked at than may be; RFC 4226, section 7.3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from authcli.clock import format_instant
from authcli.errors import Denied

if TYPE_CHECKING:
    from authcli.otp.repository import OneTimeRepository

__all__ = ["refuse_blocked"]


def refuse_blocked(states: OneTimeRepository, key: str, *, code: str) -> None:
    """Raise while too many wrong codes have been tried: on the real clock, whatever is pretended.

    Args:
        states: where they were counted.
        key: under which.
        code: the error's.

    Raises:
        Denied: the right code is refused too, else a guesser would go on until it is found.
    """
    until = states.blocked_until_ms(key)
    if until is not None:
        raise Denied(
            f"too many wrong codes: none is looked at before {format_instant(-(-until // 1000))}",
            hint="wait until then; the right code is refused too",
            code=code,
        )
