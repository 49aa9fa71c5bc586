"""Rates as people write them; the arithmetic that keeps to them; exactly N of many at once."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli.apikeys.model import Rate
from authcli.apikeys.rates import (
    MAX_LIMIT,
    SKEW_NS,
    burst_ns,
    emission_ns,
    format_rate,
    parse_rate,
    wait_ns,
)
from authcli.errors import InvalidInput
from authcli.store.store import Store
from tests.apikeys.processes import at_once
from tests.conftest import Opener

RATES = st.builds(Rate, st.integers(1, MAX_LIMIT), st.integers(1, 366 * 86_400).map((1000).__mul__))
NOW = 1_800_000_000_000_000_000


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("100/1m", Rate(100, 60_000)),
        ("3000/s", Rate(3000, 1000)),
        ("5/30s", Rate(5, 30_000)),
        (" 1 / 2 h ", Rate(1, 7_200_000)),
        ("10/minute", Rate(10, 60_000)),
        ("1000000000/1s", Rate(MAX_LIMIT, 1000)),
        ("1/366d", Rate(1, 366 * 86_400_000)),
        ("7/1h30m", Rate(7, 5_400_000)),
    ],
)
def test_a_rate_is_read(text: str, rate: Rate) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize(
    "text",
    [
        *("", "/", "100", "100/", "/1m", "0/1m", "-1/1m", "1.5/1m", "1e3/1m", "100/0s", "100/-1m"),
        *(
            "100/1",
            "100/1x",
            "100/367d",
            "1000000001/1s",
            "100/1m/2",
            "\u0661/1m",
            "1" * 10**5,
            "1/1ms",
        ),
        "100/" + "9" * 10**5 + "s",
    ],
)
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_rate(text)
    assert refused.value.code == "apikey.rate-invalid"
    assert len(refused.value.message) < 250


@given(RATES)
def test_a_rate_that_is_written_is_read_again(rate: Rate) -> None:
    assert parse_rate(format_rate(rate)) == rate


@given(RATES, st.integers(NOW, NOW + 10**18))
def test_numbers_fit_a_database_and_no_rate_is_unlimited(rate: Rate, now_ns: int) -> None:
    """In milliseconds 3000 a second would be one every 0 ms."""
    assert emission_ns(rate) >= 1
    assert now_ns + 2 * burst_ns(rate) < 1 << 63
    assert burst_ns(rate) >= rate.period_ms * 1_000_000


@given(st.builds(Rate, st.integers(1, 50), st.integers(1, 10**6)), st.integers(0, 10**9))
def test_exactly_so_many_pass_at_once_and_one_more_after_an_interval(
    rate: Rate, before_ns: int
) -> None:
    tat, passed = NOW - before_ns, 0
    while wait_ns(rate, tat=tat, now_ns=NOW) is None:
        tat = max(tat, NOW) + emission_ns(rate)
        passed += 1
    assert passed == rate.limit
    wait = wait_ns(rate, tat=tat, now_ns=NOW)
    assert wait == emission_ns(rate)
    assert wait_ns(rate, tat=tat, now_ns=NOW + wait - 1) == 1
    assert wait_ns(rate, tat=tat, now_ns=NOW + wait) is None


def test_a_store_counts_as_the_arithmetic_does(store: Store) -> None:
    keys, rate = store.api_keys, Rate(3, 3_600_000)
    assert [keys.hit(7, rate, now_ns=NOW) for _ in range(3)] == [None] * 3
    assert keys.hit(7, rate, now_ns=NOW) == keys.peek(7, rate, now_ns=NOW) == emission_ns(rate)
    assert keys.hit(8, rate, now_ns=NOW) is None
    assert keys.hit(7, rate, now_ns=NOW + emission_ns(rate)) is None
    assert keys.hit(7, rate, now_ns=NOW + emission_ns(rate)) == emission_ns(rate)
    # A clock that went back lends nothing, and one far ahead has room for one burst alone.
    back = NOW + emission_ns(rate) - SKEW_NS
    assert keys.hit(7, rate, now_ns=back) == emission_ns(rate) + SKEW_NS
    assert keys.hit(7, rate, now_ns=NOW) == emission_ns(rate)
    assert [keys.hit(7, rate, now_ns=NOW + 10**17) for _ in range(4)][2:] == [
        None,
        emission_ns(rate),
    ]


@pytest.mark.parametrize("limit", [1, 3])
def test_a_clock_that_was_years_ahead_once_locks_nobody_out(store: Store, limit: int) -> None:
    """It is set back to one full burst: the next hit passes after one interval, and no sooner."""
    keys, rate = store.api_keys, Rate(limit, 3_600_000)
    ahead, interval = NOW + 5 * 365 * 86_400 * 10**9, emission_ns(rate)
    assert keys.hit(7, rate, now_ns=ahead) is None
    assert keys.peek(7, rate, now_ns=NOW) == keys.hit(7, rate, now_ns=NOW) == interval
    assert keys.peek(7, rate, now_ns=NOW) is not None
    later = NOW + interval + 1
    assert keys.peek(7, rate, now_ns=later) is None
    assert keys.hit(7, rate, now_ns=later) is None
    assert keys.hit(7, rate, now_ns=later) == interval


def test_three_thousand_a_second_is_a_limit(store: Store) -> None:
    rate = Rate(300, 100)
    with store.api_keys.batch():
        passed = [store.api_keys.hit(1, rate, now_ns=NOW) is None for _ in range(320)]
    assert sum(passed) == 300


def test_peeking_counts_nothing(store: Store) -> None:
    rate = Rate(1, 1000)
    assert [store.api_keys.peek(1, rate, now_ns=NOW) for _ in range(3)] == [None] * 3
    assert store.api_keys.hit(1, rate, now_ns=NOW) is None


def hits(store: Store, *, count: int) -> int:
    rate = Rate(40, 86_400_000)
    return sum(store.api_keys.hit(1, rate, now_ns=NOW + n) is None for n in range(count))


def test_of_four_times_as_many_at_once_exactly_so_many_pass(opener: Opener, store: Store) -> None:
    """Eight processes, twenty hits each, forty in a day."""
    assert sum(at_once(8, opener, partial(hits, count=20))) == 40


def test_of_quotas_spent_at_once_exactly_so_many_are_there(opener: Opener, store: Store) -> None:
    with store.change():
        store.api_keys.set_quota(1, 40)

    def spends(opened: Store) -> int:
        return sum(opened.api_keys.spend(1) is not None for _ in range(20))

    assert sum(at_once(8, opener, spends)) == 40
    assert store.api_keys.remaining([1, 2]) == {1: 0}
    assert store.api_keys.spend(2) is None
