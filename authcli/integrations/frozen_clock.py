"""A clock that stands still until a test moves it, for everything in the process.

time-machine holds the clock: it replaces what C functions return, so that code which imported
`time.time` or `datetime` long ago sees the frozen time, too. Another process, such as a service
that was started by itself, does not.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from authcli import clock
from authcli.errors import Unavailable

if TYPE_CHECKING:
    from time_machine import Traveller

__all__ = ["FrozenClock", "frozen"]


class FrozenClock:
    """The time, in the hands of a test; made by `frozen`."""

    def __init__(self, traveller: Traveller) -> None:
        self._traveller = traveller

    @property
    def now(self) -> float:
        """What the clock shows, in epoch seconds: a whole number unless a test asked for less."""
        return time.time()

    def move_to(self, instant: str | float | datetime) -> None:
        """Show another time, earlier or later.

        Args:
            instant: epoch seconds; a datetime, in UTC where it names no zone; or a text as the
                command line takes it: "2026-12-01T09:00Z", "+15m", "-1 day".

        Raises:
            InvalidTime: a text that names no instant.
        """
        if isinstance(instant, str):
            instant = clock.parse_instant(instant, at=clock.now())
        elif isinstance(instant, datetime):
            zoned = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
            instant = zoned.timestamp()
        # Always a number: for a datetime, time-machine would set the process's time zone, too.
        self._traveller.move_to(instant)

    def tick(self, span: str | float | timedelta = 1) -> None:
        """Let time pass.

        Args:
            span: seconds, a timedelta, or a duration as the command line takes it: "1h30m".

        Raises:
            InvalidTime: a text that is no duration.
        """
        if isinstance(span, str):
            span = clock.parse_duration(span, signed=True)
        self._traveller.shift(span)


@contextmanager
def frozen() -> Iterator[FrozenClock]:
    """Freeze the clock at the second that has begun, until the block ends.

    Raises:
        Unavailable: time-machine is not installed.
    """
    try:
        from time_machine import travel
    except ImportError:
        raise Unavailable(
            "freezing the clock needs time-machine, which is not installed",
            hint='pip install "authcli[test-plugin]"',
        ) from None
    with travel(int(time.time()), tick=False) as traveller:
        yield FrozenClock(traveller)
