"""A year of cron's hourly rotation: no token is refused that lives, no key signs unseen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from authcli.signing.model import Times
from authcli.signing.rotation import activate, init
from authcli.store import Store
from tests.signing.simulation import BEGIN, DAY, HOUR, World
from tests.store.upkeep import opened

#: Verifiers that keep a JWKS for six hours, tokens of two days, a new key a month.
TIMES = Times(rotate_ms=30 * DAY, cache_ms=6 * HOUR, max_token_ms=2 * DAY, skew_ms=120_000)
YEAR = 365 * 24


@pytest.fixture
def world(memory: Path) -> Iterator[World]:
    """A world whose keys are a moment old, and published."""
    with opened(str(memory / "auth.db"), memory) as store:
        yield begun(store, memory, TIMES)


def begun(store: Store, folder: Path, times: Times) -> World:
    init(store.signing_keys, "EdDSA", times=times, at_ms=BEGIN)
    world = World(store, folder, times)
    world.publish()
    return world


def states(world: World) -> list[str]:
    return [key.state for key in world.store.signing_keys.find()]


def test_a_year_of_hourly_rotation(world: World) -> None:
    """At every hour every token that lives verifies with any JWKS that a cache may hold."""
    for _ in range(YEAR):
        world.hour()
    assert len(world.signers) == 13
    found = states(world)
    assert (found.count("active"), found.count("next")) == (1, 1)
    assert found.count("retired") >= 11
    # Private halves of the past are nowhere any more.
    signing = [key.state for key in world.store.signing_keys.find() if key.can_sign]
    assert signing == ["active", "next"]
    assert world.store.audit.verify().valid


def test_a_year_with_a_compromise_in_the_middle(world: World) -> None:
    """The next key signs at once and is known to all; only the stolen one's tokens are refused."""
    for number in range(YEAR):
        if number == YEAR // 2:
            stolen = world.signers[-1]
            world.compromise(stolen)
            assert states(world).count("active") == states(world).count("next") == 1
        world.hour()
    assert stolen not in world.signers[7:]
    assert len(world.signers) == 14  # the one after it signed for a whole month
    assert world.store.audit.verify().valid


@pytest.mark.parametrize(
    "times",
    [
        Times(rotate_ms=DAY, cache_ms=HOUR, max_token_ms=HOUR, skew_ms=0),
        Times(rotate_ms=HOUR, cache_ms=5 * HOUR, max_token_ms=30 * HOUR, skew_ms=3_600_000),
        Times(rotate_ms=3 * DAY, cache_ms=90 * 60_000, max_token_ms=7 * DAY, skew_ms=60_000),
    ],
    ids=["no skew", "rotated sooner than it can be", "tokens that outlive keys"],
)
def test_other_times_keep_the_promise_too(memory: Path, times: Times) -> None:
    with opened(str(memory / "auth.db"), memory) as store:
        world = begun(store, memory, times)
        for _ in range(24 * 30):
            world.hour()
        assert len(world.signers) >= 9


def test_cron_may_fail_for_days(world: World) -> None:
    """Nothing is done while nobody calls it, and then no sooner than it may be."""
    for number in range(YEAR // 4):
        if number % 1000 < 900:
            world.hour()
        else:
            world.hour(cron=world.publish)
    assert len(world.signers) >= 3


def until_rotated(world: World) -> None:
    while "retiring" not in states(world):
        world.hour()


def test_a_key_that_leaves_too_early_is_seen(world: World) -> None:
    """The simulation can fail: tokens of a key live on, and its key is gone."""
    until_rotated(world)
    world.store.database.run("UPDATE signing_keys SET remove_at = 1 WHERE state = 'retiring'")
    with pytest.raises(AssertionError, match="does not hold its key"):
        world.hour()


def test_a_key_that_signs_too_early_is_seen(world: World) -> None:
    until_rotated(world)
    [following] = [key for key in world.store.signing_keys.find() if key.state == "next"]
    activate(world.store.signing_keys, following.kid, force=True, at_ms=world.at)
    with pytest.raises(AssertionError, match="signs unpublished"):
        world.hour()
