"""Instants and durations are read as people mean them, or refused with a hint."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli.clock import (
    LATEST_INSTANT,
    format_duration,
    format_instant,
    format_relative,
    now,
    parse_duration,
    parse_instant,
)
from authcli.errors import InvalidTime

NOON = 1_796_126_400  # 2026-12-01T12:00:00Z


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("15m", 900),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("+1 day", 86_400),
        ("2 weeks", 1_209_600),
        ("1 day, 2 hours", 93_600),
        ("1Y", 31_536_000),
        ("3 mins", 180),
    ],
)
def test_durations(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "hint"),
    [("3600", "3600s"), ("5x", "15m"), ("", "15m"), ("m", "15m"), ("1.5h", "15m"), ("٣m", "15m")],
)
def test_what_is_no_duration_says_how_to_write_one(text: str, hint: str) -> None:
    with pytest.raises(InvalidTime) as caught:
        parse_duration(text)
    assert hint in (caught.value.hint or "")


def test_bare_seconds_only_where_they_are_asked_for() -> None:
    assert parse_duration("30", bare_seconds=True) == 30
    with pytest.raises(InvalidTime, match="no unit"):
        parse_duration("30")


def test_durations_have_a_sign_only_where_it_is_asked_for() -> None:
    assert parse_duration("-5m", signed=True) == -300
    with pytest.raises(InvalidTime, match="negative"):
        parse_duration("-5m")


def test_a_duration_of_more_than_a_thousand_years_is_refused() -> None:
    with pytest.raises(InvalidTime, match="thousand years"):
        parse_duration("999999999999y")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("now", NOON),
        ("15m", NOON + 900),
        ("+1 day", NOON + 86_400),
        ("-5m", NOON - 300),
        ("2026-12-01", NOON - 43_200),
        ("2026-12-01T12:00Z", NOON),
        ("2026-12-01 12:00", NOON),
        ("2026-12-01T13:00+01:00", NOON),
        ("2026-12-01t12:00:00.9z", NOON),
        ("1796126400", NOON),
    ],
)
def test_instants(text: str, instant: int) -> None:
    assert parse_instant(text, at=NOON) == instant


@pytest.mark.parametrize(
    ("text", "hint"), [("3600", "3600s"), ("1796126400000", "milliseconds? write 1796126400")]
)
def test_a_bare_number_that_is_no_epoch_second_is_refused(text: str, hint: str) -> None:
    with pytest.raises(InvalidTime) as caught:
        parse_instant(text, at=NOON)
    assert hint in (caught.value.hint or "")
    assert parse_instant("3600", at=NOON, any_epoch=True) == 3600


@pytest.mark.parametrize(
    "text", ["2026-13-01", "2026-02-30", "tomorrow", "", "10000y", "-100y", "1e9"]
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(InvalidTime):
        parse_instant(text, at=NOON)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_duration, lambda t: parse_instant(t, at=NOON)):
        try:
            assert isinstance(parse(text), int)
        except InvalidTime as error:
            assert error.message.isprintable()


@given(st.integers(0, LATEST_INSTANT))
def test_instants_round_trip(instant: int) -> None:
    assert parse_instant(format_instant(instant), at=NOON) == instant


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (900, "15 min"),
        (5400, "1 h 30 min"),
        (86_400, "1 day"),
        (200_000, "2 days 8 h"),  # 7 h 33 min
        (90 * 86_400 - 1, "90 days"),
        (7199, "2 h"),
        (3599, "59 min 59 s"),
        (2 * 365 * 86_400 - 1, "2 years"),
        (400 * 86_400, "1 year 35 days"),
    ],
)
def test_durations_in_words(seconds: int, words: str) -> None:
    assert format_duration(seconds) == words


def test_relative_words() -> None:
    assert format_relative(NOON + 900, at=NOON) == "in 15 min"
    assert format_relative(NOON - 900, at=NOON) == "15 min ago"
    assert format_relative(NOON, at=NOON) == "now"


def test_an_instant_that_no_calendar_holds_is_shown_as_a_number() -> None:
    assert format_instant(1e20) == "1e+20"
    assert format_instant(10**400) == "1" + "0" * 400  # a token may say so; no double holds it


def test_now_is_whole_seconds_of_this_century() -> None:
    assert isinstance(now(), int)
    assert 1_700_000_000 < now() < 4_100_000_000
