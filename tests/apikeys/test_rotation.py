"""Rotation: two keys for a grace, one of two rotations at once, and a way on and a way back."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from authcli import apikeys
from authcli.apikeys import issuing, rotation, updating
from authcli.apikeys.issuing import Issued
from authcli.apikeys.model import ABORTED, Rate
from authcli.apikeys.text import display_id
from authcli.clock import LATEST_INSTANT
from authcli.errors import AuthError, Conflict, InvalidTime, NotFound
from authcli.store.store import Store
from tests.apikeys.processes import at_once

NOW = 1_900_000_000_000
HOUR_MS, DAY_MS = 3_600_000, 86_400_000


def _issue(store: Store, **parts: object) -> Issued:
    return apikeys.issue(store.api_keys, "billing", at_ms=NOW, **parts)  # type: ignore[arg-type]


def _rotate(store: Store, key_id: int, *, at_ms: int = NOW, **options: object) -> rotation.Rotated:
    whole = {"grace_ms": DAY_MS, **options}
    return rotation.rotate(store.api_keys, key_id, at_ms=at_ms, **whole)  # type: ignore[arg-type]


def _use(store: Store, key_id: int, *, at_ms: int, address: str = "192.0.2.7") -> None:
    """What `Uses` writes; it keeps the real time, and these tests do not."""
    hour = at_ms - at_ms % HOUR_MS
    store.api_keys.record_uses({(key_id, hour, "ok"): 1}, {key_id: (at_ms, address)})


def _code(act: Callable[[], object]) -> str:
    with pytest.raises(AuthError) as caught:
        act()
    return caught.value.code


def test_the_new_key_is_what_the_old_one_was(store: Store) -> None:
    """And has a life of its own, as long as the old one's, counted from now."""
    old = _issue(
        store,
        scopes=["read:*"],
        owner="alice",
        environment="eu",
        metadata={"a": 1},
        cidrs=["192.0.2.0/24"],
        rate=Rate(9, 1000),
        quota=5,
    )
    rotated = _rotate(store, old.key.id, at_ms=NOW + 80 * DAY_MS)
    new = rotated.new
    assert new is not None
    assert rotated.changed
    assert new == store.api_keys.get(new.id)
    assert rotated.old == store.api_keys.get(old.key.id)
    same = (
        "name",
        "owner",
        "environment",
        "scopes",
        "metadata",
        "cidrs",
        "rate",
        "quota",
        "prefix",
    )
    assert [getattr(new, part) for part in same] == [getattr(old.key, part) for part in same]
    assert (new.lineage_id, new.rotated_from, new.rotation_no) == (old.key.id, old.key.id, 1)
    assert new.expires_at == NOW + 80 * DAY_MS + 90 * DAY_MS
    assert rotated.old.grace_until == NOW + 81 * DAY_MS


def test_both_are_valid_in_the_grace_and_one_after_it(store: Store) -> None:
    old = _issue(store)
    new = _rotate(store, old.key.id).text
    for text in (old.text, new):
        assert apikeys.verify(store.api_keys, str(text), at_ms=NOW + DAY_MS - 1).name == "billing"
    assert (
        _code(lambda: apikeys.verify(store.api_keys, old.text, at_ms=NOW + DAY_MS))
        == "apikey.superseded"
    )
    apikeys.verify(store.api_keys, str(new), at_ms=NOW + DAY_MS)


def test_the_quota_is_shared_and_not_doubled(store: Store) -> None:
    old = _issue(store, quota=3)
    apikeys.verify(store.api_keys, old.text, at_ms=NOW)
    new = _rotate(store, old.key.id)
    assert new.new is not None
    assert new.new.quota_remaining == 2
    apikeys.verify(store.api_keys, str(new.text), at_ms=NOW)
    assert apikeys.verify(store.api_keys, old.text, at_ms=NOW).remaining == 0
    assert _code(lambda: apikeys.verify(store.api_keys, str(new.text), at_ms=NOW)) == "apikey.quota"


def test_the_grace_is_never_longer_than_the_old_key_would_have_lived(store: Store) -> None:
    old = _issue(store, life_ms=HOUR_MS)
    rotated = _rotate(store, old.key.id, grace_ms=7 * DAY_MS)
    assert rotated.old.grace_until == rotated.old.expires_at == NOW + HOUR_MS


def test_a_grace_of_zero_ends_the_old_key_at_once(store: Store) -> None:
    old = _issue(store)
    _rotate(store, old.key.id, grace_ms=0)
    assert _code(lambda: apikeys.verify(store.api_keys, old.text, at_ms=NOW)) == "apikey.superseded"


@pytest.mark.parametrize(("given", "end"), [(None, None), (NOW + DAY_MS, NOW + DAY_MS)])
def test_the_new_key_may_live_otherwise(store: Store, given: int | None, end: int | None) -> None:
    new = _rotate(store, _issue(store).key.id, expires_at_ms=given).new
    assert new is not None
    assert new.expires_at == end


def test_a_life_that_would_end_after_the_last_date_ends_on_it(store: Store) -> None:
    """Issued until 9999-12-31, as one writes who means never."""
    last = LATEST_INSTANT * 1000
    old = issuing.issue(store.api_keys, issuing.Draft("x", expires_at_ms=last), at_ms=NOW)
    new = _rotate(store, old.key.id, at_ms=NOW + DAY_MS).new
    assert new is not None
    assert new.expires_at == last


def test_a_key_without_end_has_a_successor_without_end(store: Store) -> None:
    new = _rotate(store, _issue(store, life_ms=None).key.id).new
    assert new is not None
    assert new.expires_at is None


def test_a_key_that_is_not_valid_yet_has_a_successor_that_is_not_either(store: Store) -> None:
    old = _issue(store, not_before_ms=NOW + DAY_MS, life_ms=10 * DAY_MS)
    new = _rotate(store, old.key.id).new
    assert new is not None
    assert (new.not_before, new.expires_at) == (NOW + DAY_MS, NOW + 11 * DAY_MS)
    after = _rotate(store, new.id, at_ms=NOW + DAY_MS).new
    assert after is not None
    assert (after.not_before, after.expires_at) == (None, NOW + 11 * DAY_MS)


def test_a_grace_has_bounds(store: Store) -> None:
    key_id = _issue(store, life_ms=None).key.id
    for grace_ms in (-1, 366 * DAY_MS + 1):
        with pytest.raises(InvalidTime):
            _rotate(store, key_id, grace_ms=grace_ms)
    assert _rotate(store, key_id, grace_ms=366 * DAY_MS).old.grace_until == NOW + 366 * DAY_MS


@pytest.mark.parametrize("end_ms", [NOW, NOW - 5])
def test_a_life_that_ended_before_it_began_has_no_length_to_give_on(
    store: Store, end_ms: int
) -> None:
    """As a clock that was set back makes them; the successor's end is then to be said."""
    old = _issue(store).key
    ended = updating.Changes(expires_at_ms=end_ms)
    updating.update(store.api_keys, old.id, ended, at_ms=NOW - 10)
    with pytest.raises(InvalidTime, match="not known"):
        _rotate(store, old.id, at_ms=NOW - 10)
    assert _rotate(store, old.id, at_ms=NOW - 10, expires_at_ms=None).changed


def test_of_eight_rotations_at_once_one_wins(opener: Callable[[], Store], store: Store) -> None:
    key_id = apikeys.issue(store.api_keys, "race").key.id

    def act(mine: Store) -> str:
        return str(apikeys.rotate(mine.api_keys, key_id).text)

    results = at_once(8, opener, act)
    [text] = [result for result in results if result != "apikey.rotating"]
    assert results.count("apikey.rotating") == 7
    assert apikeys.verify(store.api_keys, text).name == "race"
    assert len(store.api_keys.lineage(key_id)) == 2
    assert len(list(store.audit.find(event="apikey.rotated"))) == 1


def test_a_second_rotation_waits_for_the_first(store: Store) -> None:
    """Of the old key and of the new one: a lineage has no more than two keys that live."""
    old = _issue(store).key
    new = _rotate(store, old.id).new
    assert new is not None
    for key_id in (old.id, new.id):
        with pytest.raises(Conflict) as caught:
            _rotate(store, key_id)
        assert caught.value.code == "apikey.rotating"
        assert f"rotate {display_id(old.id)} --finish" in str(caught.value.hint)
    assert _rotate(store, new.id, at_ms=NOW + DAY_MS).changed


def test_a_superseded_key_names_its_successor(store: Store) -> None:
    old = _issue(store).key
    new = _rotate(store, old.id, grace_ms=0).new
    assert new is not None
    with pytest.raises(Conflict) as caught:
        _rotate(store, old.id)
    assert caught.value.code == "apikey.rotated"
    assert display_id(new.id) in caught.value.message


def test_a_key_that_is_not_alive_is_not_rotated(store: Store) -> None:
    ids = [_issue(store).key.id for _ in range(3)]
    apikeys.revoke(store.api_keys, [ids[0]], at_ms=NOW)
    apikeys.disable(store.api_keys, [ids[1]], at_ms=NOW)
    codes = ["apikey.rotate-revoked", "apikey.rotate-disabled", "apikey.rotate-expired"]
    late = NOW + 91 * DAY_MS
    for key_id, code, at in zip(ids, codes, (NOW, NOW, late), strict=True):
        with pytest.raises(Conflict) as caught:
            _rotate(store, key_id, at_ms=at)
        assert (caught.value.code, bool(caught.value.hint)) == (code, True)
    assert list(store.audit.find(event="apikey.rotated")) == []


def test_a_predecessor_that_was_revoked_in_its_grace_holds_nothing_up(store: Store) -> None:
    """It has no successor to wait for: it is dead, and the new key may be rotated at once."""
    old = _issue(store).key
    new = _rotate(store, old.id).new
    assert new is not None
    apikeys.revoke(store.api_keys, [old.id], at_ms=NOW)
    assert _code(lambda: _rotate(store, old.id)) == "apikey.rotate-revoked"
    assert not rotation.finish(store.api_keys, new.id, at_ms=NOW).changed
    assert list(store.audit.find(event="apikey.rotation-finished")) == []
    assert _rotate(store, new.id).changed


def test_an_unknown_key_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        _rotate(store, 1)


def test_nothing_is_due_before_the_age(store: Store) -> None:
    """By the old key's id too, so that a job that names it goes on being quiet."""
    old = _issue(store).key
    early = _rotate(store, old.id, if_older_than_ms=80 * DAY_MS, at_ms=NOW + 79 * DAY_MS)
    assert (early.changed, early.new, early.text) == (False, None, None)
    assert early.due_at_ms == NOW + 80 * DAY_MS
    due = _rotate(store, old.id, if_older_than_ms=80 * DAY_MS, at_ms=NOW + 80 * DAY_MS)
    assert due.changed
    again = _rotate(store, old.id, if_older_than_ms=80 * DAY_MS, at_ms=NOW + 85 * DAY_MS)
    assert (again.changed, again.old) == (False, due.new)
    assert len(list(store.audit.find(event="apikey.rotated"))) == 1


def test_finishing_ends_the_grace_by_either_id_and_once(store: Store) -> None:
    old = _issue(store)
    new = _rotate(store, old.key.id).new
    assert new is not None
    done = rotation.finish(store.api_keys, new.id, at_ms=NOW + 5)
    assert (done.old.id, done.new, done.changed) == (old.key.id, new, True)
    assert (
        _code(lambda: apikeys.verify(store.api_keys, old.text, at_ms=NOW + 5))
        == "apikey.superseded"
    )
    for at in (NOW + 5, NOW + 9):
        again = rotation.finish(store.api_keys, old.key.id, at_ms=at)
        assert (again.changed, again.old.grace_until) == (False, NOW + 5)
    [event] = store.audit.find(event="apikey.rotation-finished")
    assert event.target_id == display_id(old.key.id)


def test_what_was_never_rotated_is_neither_finished_nor_aborted(store: Store) -> None:
    key_id = _issue(store).key.id
    for act in (rotation.finish, rotation.abort):
        assert _code(lambda act=act: act(store.api_keys, key_id)) == "apikey.not-rotating"  # type: ignore[misc]


def test_aborting_revokes_the_new_key_and_gives_the_old_one_its_life_back(store: Store) -> None:
    old = _issue(store)
    rotated = _rotate(store, old.key.id)
    assert rotated.new is not None
    done = apikeys.abort_rotation(store.api_keys, rotated.new.id, at_ms=NOW + 5)
    assert done.changed
    assert done.new.revoked_reason == ABORTED
    assert apikeys.verify(store.api_keys, old.text, at_ms=NOW + 2 * DAY_MS).name == "billing"
    assert (
        _code(lambda: apikeys.verify(store.api_keys, str(rotated.text), at_ms=NOW + 5))
        == "apikey.revoked"
    )
    assert [event.event for event in store.audit.find()][-2:] == [
        "apikey.rotation-aborted",
        "apikey.revoked",
    ]


def test_after_an_abort_the_key_is_rotated_again(store: Store) -> None:
    old = _issue(store).key
    first = _rotate(store, old.id).new
    rotation.abort(store.api_keys, old.id, at_ms=NOW)
    assert (
        _code(lambda: rotation.finish(store.api_keys, old.id, at_ms=NOW)) == "apikey.not-rotating"
    )
    second = _rotate(store, old.id).new
    assert first is not None
    assert second is not None
    assert (first.rotation_no, second.rotation_no, second.rotated_from) == (1, 2, old.id)
    assert rotation.finish(store.api_keys, old.id, at_ms=NOW).new == second


def test_an_abort_that_would_leave_no_key_is_refused(store: Store) -> None:
    old = _issue(store).key
    _rotate(store, old.id)
    assert (
        _code(lambda: rotation.abort(store.api_keys, old.id, at_ms=NOW + DAY_MS))
        == "apikey.grace-over"
    )
    apikeys.revoke(store.api_keys, [old.id], at_ms=NOW)
    assert (
        _code(lambda: rotation.abort(store.api_keys, old.id, at_ms=NOW + 1)) == "apikey.grace-over"
    )


def test_an_abort_of_a_new_key_in_use_says_when_and_from_where(store: Store) -> None:
    old = _issue(store).key
    rotated = _rotate(store, old.id)
    assert rotated.new is not None
    _use(store, rotated.new.id, at_ms=NOW + HOUR_MS, address="198.51.100.9")
    with pytest.raises(Conflict, match=r"198\.51\.100\.9") as caught:
        rotation.abort(store.api_keys, old.id, at_ms=NOW + 2 * HOUR_MS)
    assert caught.value.code == "apikey.successor-used"
    assert rotation.abort(store.api_keys, old.id, force=True, at_ms=NOW + 2 * HOUR_MS).changed


def test_a_new_key_is_in_use_though_no_hour_of_it_is_counted_any_more(store: Store) -> None:
    """Roll-ups are forgotten, or never were; when it was used last is known all the same."""
    old = _issue(store).key
    new = _rotate(store, old.id).new
    assert new is not None
    store.api_keys.record_uses({}, {new.id: (NOW + 5, "192.0.2.7")})
    assert _code(lambda: rotation.abort(store.api_keys, old.id, at_ms=NOW + 9)) == (
        "apikey.successor-used"
    )
    apikeys.revoke(store.api_keys, [new.id], at_ms=NOW + 10)
    assert rotation.abort(store.api_keys, old.id, at_ms=NOW + 11).changed  # it stopped working


def test_a_successor_that_is_forgotten_leaves_no_rotation_to_finish(store: Store) -> None:
    old = _issue(store).key
    new = _rotate(store, old.id).new
    assert new is not None
    with store.change():
        store.api_keys.delete([new.id])
    assert _code(lambda: rotation.finish(store.api_keys, old.id, at_ms=NOW)) == (
        "apikey.not-rotating"
    )
    assert _code(lambda: _rotate(store, old.id)) == "apikey.rotating"
    assert _code(lambda: _rotate(store, old.id, at_ms=NOW + DAY_MS)) == "apikey.rotate-expired"


@pytest.mark.parametrize(
    ("old_used", "new_used", "at", "safe"),
    [
        (None, None, 1, False),
        (None, HOUR_MS, HOUR_MS, True),
        (HOUR_MS, None, 9 * DAY_MS, False),
        (HOUR_MS - 1, HOUR_MS, 2 * HOUR_MS, True),
        (HOUR_MS, HOUR_MS, 2 * HOUR_MS, False),
        (HOUR_MS, HOUR_MS, DAY_MS + HOUR_MS - 1, False),
        (HOUR_MS, HOUR_MS, DAY_MS + HOUR_MS, True),
    ],
)
def test_when_it_is_safe_to_finish(
    store: Store, old_used: int | None, new_used: int | None, at: int, safe: bool
) -> None:
    """Only once the new key is in use, and the old one was not since, or not for a day."""
    old = _issue(store).key
    new = _rotate(store, old.id, grace_ms=30 * DAY_MS).new
    assert new is not None
    for key, used in ((old, old_used), (new, new_used)):
        if used is not None:
            store.api_keys.record_uses({}, {key.id: (NOW + used, "192.0.2.7")})
    assert rotation.rotation_status(store.api_keys, old.id, at_ms=NOW + at).safe is safe


def test_the_status_says_whether_it_is_safe_to_finish(store: Store) -> None:
    old = _issue(store)
    status = rotation.rotation_status

    assert not status(store.api_keys, old.key.id, at_ms=NOW).rotating
    _use(store, old.key.id, at_ms=NOW)
    rotated = _rotate(store, old.key.id, grace_ms=9 * DAY_MS)
    assert rotated.new is not None
    before = status(store.api_keys, old.key.id, at_ms=NOW + 1)
    assert (before.rotating, before.safe) == (True, False)
    assert "has not been used yet" in before.reason

    _use(store, rotated.new.id, at_ms=NOW + 2 * HOUR_MS)
    after = status(store.api_keys, rotated.new.id, at_ms=NOW + 3 * HOUR_MS)
    assert after.safe
    assert "before the new one came into use" in after.reason
    assert (after.old, after.new) == (
        store.api_keys.get(old.key.id),
        store.api_keys.get(rotated.new.id),
    )

    _use(store, old.key.id, at_ms=NOW + 4 * HOUR_MS, address="203.0.113.5")
    still = status(store.api_keys, old.key.id, at_ms=NOW + 5 * HOUR_MS)
    assert not still.safe
    assert "1 h ago" in still.reason
    assert still.old is not None
    assert still.old.last_used_ip == "203.0.113.5"

    quiet = status(store.api_keys, old.key.id, at_ms=NOW + 29 * HOUR_MS)
    assert quiet.safe
    over = status(store.api_keys, old.key.id, at_ms=NOW + 9 * DAY_MS)
    assert (over.rotating, over.safe) == (False, True)


def test_a_dead_successor_is_not_safe_to_finish_for(store: Store) -> None:
    old = _issue(store)
    new = _rotate(store, old.key.id).new
    assert new is not None
    _use(store, new.id, at_ms=NOW)
    assert rotation.rotation_status(store.api_keys, old.key.id, at_ms=NOW + 1).safe
    apikeys.revoke(store.api_keys, [new.id], at_ms=NOW)
    status = rotation.rotation_status(store.api_keys, old.key.id, at_ms=NOW + 1)
    assert (status.rotating, status.safe) == (True, False)


def test_events_say_what_was_and_what_is_and_no_text(store: Store) -> None:
    old = _issue(store)
    rotated = _rotate(store, old.key.id)
    assert rotated.new is not None
    events = list(store.audit.find())
    by_name = {event.event: event for event in events}
    assert by_name["apikey.rotated"].target_id == display_id(old.key.id)
    detail = json.loads(by_name["apikey.rotated"].detail)
    assert detail["successor"] == display_id(rotated.new.id)
    assert detail["before"] == {"grace_until": None}
    assert str(rotated.text)[-49:-6] not in repr(events)
    assert [event.event for event in store.audit.find(secret=rotated.text)] == ["apikey.issued"]
