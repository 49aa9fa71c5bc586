"""The time-line: what is due and what comes when, for every state that a ring can be in."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from authcli.signing.model import Ring, SigningKey, State, Times
from authcli.signing.timeline import due, removal_of, timeline

HOUR, DAY = 3_600_000, 86_400_000
TIMES = Times(rotate_ms=30 * DAY, cache_ms=HOUR, max_token_ms=DAY, skew_ms=60_000)
RING = Ring("jwt", "ES256", None, TIMES)
T = 1_800_000_000_000


def key(kid: str, state: State, *, ring: Ring = RING, **values: int) -> SigningKey:
    times = ring.times
    options = {"created_at": T, **values}
    return SigningKey(
        kid,
        ring.purpose,
        ring.alg,
        state,
        "{}",
        *(times.cache_ms, times.max_token_ms, times.skew_ms),
        created_by="",
        **options,  # type: ignore[arg-type]
    )


def steps(*keys: SigningKey, at: int, ring: Ring = RING) -> list[tuple[int, str, str | None, bool]]:
    """Return the time-line in short: hours from now, what, which key, whether it is estimated."""
    return [
        ((step.at - at) // HOUR, step.action, step.key.kid if step.key else None, step.estimated)
        for step in timeline(ring, keys, at_ms=at)
    ]


def test_a_fresh_ring_waits_for_its_publication() -> None:
    ring = (key("A", "active", activated_at=T), key("N", "next"))
    assert steps(*ring, at=T) == [
        (0, "publish", "N", False),
        (720, "retire", "A", True),
        (720, "activate", "N", True),
        (744, "remove", "A", True),
    ]
    assert due(RING, ring, at_ms=T) == []


def test_a_published_ring_rotates_at_its_time() -> None:
    ring = (key("A", "active", activated_at=T), key("N", "next", published_at=T))
    assert steps(*ring, at=T) == [
        (720, "retire", "A", False),
        (720, "activate", "N", False),
        (744, "remove", "A", True),
    ]
    before, on = T + 30 * DAY - 1, T + 30 * DAY
    assert due(RING, ring, at_ms=before) == []
    assert [step.action for step in due(RING, ring, at_ms=on)] == ["retire", "activate"]


def test_a_next_key_that_was_published_late_is_waited_for() -> None:
    """Cache age and skew after it could be seen; also where the active one is overdue."""
    late = T + 40 * DAY
    ring = (key("A", "active", activated_at=T), key("N", "next", published_at=late))
    ready = late + HOUR + 60_000
    assert due(RING, ring, at_ms=ready - 1) == []
    assert [step.at for step in due(RING, ring, at_ms=ready)] == [ready, ready]


def test_one_that_was_never_published_is_never_activated() -> None:
    """However long nobody calls `publish`: the date moves with the clock."""
    ring = (key("A", "active", activated_at=T), key("N", "next"))
    for at in (T + 30 * DAY, T + 300 * DAY):
        assert due(RING, ring, at_ms=at) == []
        assert steps(*ring, at=at)[:2] == [(0, "publish", "N", False), (1, "retire", "A", True)]


def test_where_there_is_no_next_key_one_is_made() -> None:
    alone = key("A", "active", activated_at=T)
    assert [step.action for step in due(RING, [alone], at_ms=T)] == ["make"]
    assert steps(alone, at=T)[:2] == [(0, "make", None, False), (0, "publish", None, True)]


def test_an_asked_for_rotation_comes_as_soon_as_it_can() -> None:
    asked = key("A", "active", activated_at=T, rotate_asked_at=T + DAY)
    ready = key("N", "next", published_at=T)
    assert [step.action for step in due(RING, [asked, ready], at_ms=T + DAY)] == [
        "retire",
        "activate",
    ]
    unseen = key("N", "next", published_at=T + DAY)
    assert due(RING, [asked, unseen], at_ms=T + DAY) == []


def test_a_retiring_key_leaves_when_its_last_token_is_dead() -> None:
    gone = T + DAY + 60_000
    assert removal_of(key("A", "active"), at_ms=T) == gone
    ring = (
        key("R", "retiring", remove_at=gone),
        key("A", "active", activated_at=T),
        key("N", "next", published_at=T),
    )
    assert due(RING, ring, at_ms=gone - 1) == []
    assert [step.key.kid for step in due(RING, ring, at_ms=gone) if step.key] == ["R"]


def test_one_that_is_verified_with_for_ever_never_leaves() -> None:
    """As the development key, which has no end."""
    ring = (key("D", "retiring"), key("A", "active", activated_at=T), key("N", "next"))
    assert "D" not in {kid for _, _, kid, _ in steps(*ring, at=T + 1000 * DAY)}


def test_dates_of_a_key_are_its_own() -> None:
    """A ring that was given shorter times does not shorten those of keys that are out there."""
    short = RING._replace(times=Times(30 * DAY, 0, 1000, 0))
    ring = (key("A", "active", activated_at=T), key("N", "next", published_at=T + 30 * DAY))
    found = timeline(short, ring, at_ms=T + 30 * DAY)
    assert [(step.action, step.at - T - 30 * DAY) for step in found] == [
        ("retire", HOUR + 60_000),
        ("activate", HOUR + 60_000),
        ("remove", HOUR + 60_000 + DAY + 60_000),
    ]


def test_an_unpublished_key_too_waits_for_caches_of_its_own_age() -> None:
    """The estimate is what a publication now will make of it."""
    short = RING._replace(times=Times(30 * DAY, 0, 1000, 0))
    ring = (key("A", "active", activated_at=T), key("N", "next"))
    found = [step for step in timeline(short, ring, at_ms=T + 40 * DAY) if step.action == "retire"]
    assert [step.at for step in found] == [T + 40 * DAY + HOUR + 60_000]


def test_dead_keys_are_in_no_plan() -> None:
    ring = (
        key("X", "retired", remove_at=T, retired_at=T),
        key("C", "compromised", compromised_at=T),
        key("A", "active", activated_at=T),
        key("N", "next", published_at=T),
    )
    assert {kid for _, _, kid, _ in steps(*ring, at=T + DAY)} == {"A", "N"}


times = st.builds(
    Times,
    rotate_ms=st.integers(0, 400 * DAY),
    cache_ms=st.integers(0, 30 * DAY),
    max_token_ms=st.integers(1, 30 * DAY),
    skew_ms=st.integers(0, HOUR),
)
instants = st.none() | st.integers(T - 400 * DAY, T + 400 * DAY)


@given(
    times=times, activated=instants, published=instants, asked=instants, at=st.integers(T, 2 * T)
)
def test_no_key_signs_before_every_cache_holds_it(
    times: Times, activated: int | None, published: int | None, asked: int | None, at: int
) -> None:
    """Whatever the times: what is due is in order, and an activation is never early."""
    ring = RING._replace(times=times)
    values = {"activated_at": activated, "rotate_asked_at": asked, "published_at": published}
    active = key("A", "active", ring=ring)._replace(**values)  # type: ignore[arg-type]
    following = key("N", "next", ring=ring)._replace(published_at=published)
    plan = timeline(ring, [active, following], at_ms=at)
    assert [step.at for step in plan] == sorted(step.at for step in plan)
    for step in due(ring, [active, following], at_ms=at):
        assert step.action in ("retire", "activate")
        assert published is not None
        assert at >= published + times.cache_ms + times.skew_ms
        assert step.at <= at


def test_the_plan_of_a_thousand_keys_is_quick() -> None:
    keys = [key(str(number), "retiring", remove_at=T + number) for number in range(1000)]
    began = time.process_time()
    plan = timeline(RING, [*keys, key("A", "active"), key("N", "next")], at_ms=T)
    assert len(plan) == 1004
    assert time.process_time() - began < 0.2
