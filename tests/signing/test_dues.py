"""What managed keys want soon: a rotation, a publication, a key; never what `rotate` does alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from authcli.signing.compromise import compromise
from authcli.signing.dues import dues
from authcli.signing.model import Times
from authcli.signing.publication import jwks, record
from authcli.signing.rotation import begin, init, rotate
from authcli.store import Store, open_store

NOW = 1_900_000_000_000
HOUR, DAY = 3_600_000, 86_400_000
TIMES = Times(rotate_ms=30 * DAY, cache_ms=HOUR, max_token_ms=DAY, skew_ms=60_000)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "auth.db"), create=True) as found:
        yield found


def publish(store: Store, *, at_ms: int) -> None:
    text, kids = jwks(store.signing_keys)
    record(store.signing_keys, "test", text, kids, at_ms=at_ms)


def told(store: Store, *, days: float = 14, at_ms: int = NOW) -> list[tuple[str, str | None, int]]:
    """What is wanted, of the key in which state, and how many ms from then."""
    found = dues(store.signing_keys, within_ms=int(days * DAY), at_ms=at_ms)
    return [(due.wants, due.key.state if due.key else None, due.at_ms - at_ms) for due in found]


def test_no_keys_want_nothing(store: Store) -> None:
    assert told(store) == []


def test_a_new_ring_waits_for_its_publication_and_then_for_its_rotation(store: Store) -> None:
    init(store.signing_keys, "EdDSA", times=TIMES, at_ms=NOW)
    assert told(store) == [("publish", "next", 0)]
    publish(store, at_ms=NOW)
    assert told(store) == []
    assert told(store, days=30) == [("rotate", "active", 30 * DAY)]
    assert told(store, days=29.9) == []
    assert told(store, at_ms=NOW + 20 * DAY) == [("rotate", "active", 10 * DAY)]


def test_a_rotation_that_nobody_does_is_overdue(store: Store) -> None:
    init(store.signing_keys, "EdDSA", times=TIMES, at_ms=NOW)
    publish(store, at_ms=NOW)
    assert told(store, days=0, at_ms=NOW + 33 * DAY) == [("rotate", "active", -3 * DAY)]


def test_a_rotation_that_was_asked_for_is_due_when_caches_hold_the_next_key(store: Store) -> None:
    init(store.signing_keys, "EdDSA", times=TIMES, at_ms=NOW)
    publish(store, at_ms=NOW)
    begin(store.signing_keys, at_ms=NOW)
    assert told(store) == [("rotate", "active", HOUR + 60_000)]


def test_a_key_that_is_on_the_way_out_wants_nothing(store: Store) -> None:
    """Its tokens die, and `rotate` removes it: that is what its rotation was for."""
    init(store.signing_keys, "EdDSA", times=TIMES, at_ms=NOW)
    publish(store, at_ms=NOW)
    rotate(store.signing_keys, at_ms=NOW + 30 * DAY)
    publish(store, at_ms=NOW + 30 * DAY)
    assert "retiring" in {key.state for key in store.signing_keys.find()}
    assert told(store, at_ms=NOW + 30 * DAY) == []


def test_after_a_compromise_the_key_that_follows_is_to_be_published(store: Store) -> None:
    init(store.signing_keys, "EdDSA", times=TIMES, at_ms=NOW)
    publish(store, at_ms=NOW)
    [active] = [key for key in store.signing_keys.find() if key.state == "active"]
    compromise(store.signing_keys, active.kid, deny=lambda key, until: None, at_ms=NOW)
    assert {wants for wants, _, _ in told(store)} <= {"publish", "make"}
    assert told(store)


def test_a_ring_without_keys_says_what_it_lacks(store: Store) -> None:
    init(store.signing_keys, "EdDSA", times=TIMES, at_ms=NOW)
    store.database.run("DELETE FROM signing_keys")
    assert [(wants, state) for wants, state, _ in told(store)] == [
        ("make", None),
        ("activate", None),
    ]


def test_the_soonest_of_several_rings_is_first(store: Store) -> None:
    init(store.signing_keys, "EdDSA", times=TIMES, at_ms=NOW)
    init(store.signing_keys, "ES256", times=TIMES._replace(rotate_ms=20 * DAY), at_ms=NOW)
    publish(store, at_ms=NOW)
    found = dues(store.signing_keys, within_ms=30 * DAY, at_ms=NOW)
    assert [(due.ring.alg, due.wants) for due in found] == [
        ("ES256", "rotate"),
        ("EdDSA", "rotate"),
    ]
