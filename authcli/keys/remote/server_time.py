"""What time a server says that it is: the Date of its answer (RFC 9110, section 6.6.1)."""

from __future__ import annotations

import ssl
import time
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import NamedTuple

from authcli.clock import now_ms
from authcli.keys.remote.download import exchange
from authcli.keys.remote.failures import explained, refused
from authcli.keys.remote.urls import Address, address_of

__all__ = ["ClockOffset", "clock_offset"]


class ClockOffset(NamedTuple):
    """How far this machine's clock is ahead of a server's."""

    ahead_ms: int
    """Negative where it is behind."""
    uncertain_ms: int
    """It may be so much more or less: a Date has whole seconds, and the answer took a while."""


def clock_offset(
    url: str, *, timeout_seconds: float, ssl_context: ssl.SSLContext | None = None
) -> ClockOffset:
    """Ask a server once, following no redirect, and compare its Date with this machine's clock.

    Args:
        url: of any page; its content is not asked for, and any status will do.
        timeout_seconds: for look-up, connection and answer together.
        ssl_context: whom to trust; None is the system's certificate authorities.

    Raises:
        InvalidInput: no URL that may be asked, as of keys.
        NetworkUnavailable: no answer, or one without a Date ("network.no-date").
    """
    address = address_of(url)
    deadline = time.monotonic() + timeout_seconds
    before = now_ms()
    try:
        _, headers, _ = exchange(address, deadline, ssl_context, method="HEAD")
    except (OSError, HTTPException, ValueError) as error:
        raise explained(address, error, timeout_seconds=timeout_seconds) from None
    after = now_ms()
    said = _date_ms(address, headers.get("Date"))
    # The server's second had begun, and was half over on average.
    return ClockOffset((before + after) // 2 - (said + 500), 500 + (after - before) // 2)


def _date_ms(address: Address, text: str | None) -> int:
    try:
        return int(parsedate_to_datetime(text or "").timestamp() * 1000)
    except (ValueError, TypeError, OverflowError):
        raise refused(
            address,
            "its answer has no Date that can be read",
            hint="name another server",
            code="network.no-date",
        ) from None
