"""`frozen_clock`: time stands still until the test moves it, and goes on afterwards."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from authcli.errors import InvalidTime
from authcli.integrations.frozen_clock import FrozenClock, frozen

pytest.importorskip("time_machine", reason="the extra test-plugin is not installed")

INSTANT = 1_796_115_600  # 2026-12-01T09:00Z


def test_it_stands_still_at_the_second_that_has_begun() -> None:
    before = time.time()
    with frozen() as clock:
        started = clock.now
        assert int(before) <= started == int(started) <= before + 5
        time.sleep(0.01)
        assert clock.now == time.time() == datetime.now(UTC).timestamp() == started
    assert time.time() - before < 60
    assert time.time() != started


@pytest.mark.parametrize(
    "instant",
    [
        INSTANT,
        float(INSTANT),
        "2026-12-01T09:00Z",
        "2026-12-01 10:00+01:00",
        str(INSTANT),
        datetime(2026, 12, 1, 9, tzinfo=UTC),
        datetime(2026, 12, 1, 11, tzinfo=timezone(timedelta(hours=2))),
        datetime(2026, 12, 1, 9),  # noqa: DTZ001 - UTC, as everywhere in authcli
    ],
)
def test_it_moves_to_an_instant_however_that_is_written(
    frozen_clock: FrozenClock, instant: str | float | datetime
) -> None:
    zone = (os.environ.get("TZ"), time.tzname)
    frozen_clock.move_to(instant)
    assert frozen_clock.now == INSTANT
    assert (os.environ.get("TZ"), time.tzname) == zone


def test_it_moves_from_where_it_is(frozen_clock: FrozenClock) -> None:
    frozen_clock.move_to(INSTANT)
    frozen_clock.move_to("+1 day")
    assert frozen_clock.now == INSTANT + 86_400
    frozen_clock.move_to("-1d")
    assert frozen_clock.now == INSTANT


def test_it_ticks_by_seconds_or_by_what_it_is_told(frozen_clock: FrozenClock) -> None:
    frozen_clock.move_to(INSTANT)
    frozen_clock.tick()
    frozen_clock.tick(0.5)
    frozen_clock.tick("1h30m")
    frozen_clock.tick(timedelta(minutes=1))
    assert frozen_clock.now == INSTANT + 1.5 + 5400 + 60
    frozen_clock.tick("-1h")
    assert frozen_clock.now == INSTANT + 1.5 + 1800 + 60


@pytest.mark.parametrize("text", ["tomorrow", "", "60"])
def test_a_text_that_is_no_time_moves_nothing(frozen_clock: FrozenClock, text: str) -> None:
    frozen_clock.move_to(INSTANT)
    with pytest.raises(InvalidTime):
        frozen_clock.move_to(text)
    with pytest.raises(InvalidTime):
        frozen_clock.tick(text)
    assert frozen_clock.now == INSTANT
