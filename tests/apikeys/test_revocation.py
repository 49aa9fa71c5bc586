"""Revoked is for good, once, and seen by everybody at once; disabled is until it is enabled."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable

import pytest

from authcli import apikeys
from authcli.apikeys import issuing, revocation
from authcli.apikeys.digests import import_lookup_sha256
from authcli.apikeys.drafts import Draft
from authcli.apikeys.issuing import columns_of
from authcli.apikeys.model import Filters
from authcli.apikeys.text import build, display_id, new_secret
from authcli.clock import now_ms
from authcli.errors import ApiKeyRejected, AuthError, Conflict, InvalidInput, NotFound
from authcli.store.store import Store
from tests.apikeys.processes import at_once

ALL = Filters()


def _code(act: Callable[[], object]) -> str:
    with pytest.raises(AuthError) as caught:
        act()
    return caught.value.code


def _events(store: Store, name: str) -> int:
    return len(list(store.audit.find(event=name)))


def test_a_revoked_key_is_refused_and_says_when_and_why(store: Store) -> None:
    issued = apikeys.issue(store.api_keys, "leaked")
    [outcome] = apikeys.revoke(store.api_keys, [issued.key.id], reason="found on a wiki")
    assert outcome.changed
    assert outcome.key == store.api_keys.get(issued.key.id)
    assert outcome.key.revoked_reason == "found on a wiki"
    assert _code(lambda: apikeys.verify(store.api_keys, issued.text)) == "apikey.revoked"
    [event] = store.audit.find(event="apikey.revoked")
    assert json.loads(event.detail)["reason"] == "found on a wiki"
    assert event.actor == "tester"


def test_the_first_time_and_reason_stay(store: Store) -> None:
    key_id = apikeys.issue(store.api_keys, "once").key.id
    first = apikeys.revoke(store.api_keys, [key_id], reason="first")[0].key
    [again] = apikeys.revoke(store.api_keys, [key_id], reason="second", at_ms=now_ms() + 9999)
    assert (again.changed, again.key) == (False, first)
    assert _events(store, "apikey.revoked") == 1


def test_another_process_that_has_the_store_open_sees_it_at_once(
    opener: Callable[[], Store], store: Store
) -> None:
    issued = apikeys.issue(store.api_keys, "seen")
    with opener() as other:
        apikeys.verify(other.api_keys, issued.text)
        apikeys.revoke(store.api_keys, [issued.key.id])
        assert _code(lambda: apikeys.verify(other.api_keys, issued.text)) == "apikey.revoked"


def test_of_eight_that_revoke_at_once_one_does(opener: Callable[[], Store], store: Store) -> None:
    key_id = apikeys.issue(store.api_keys, "race").key.id

    def act(mine: Store) -> tuple[bool, int | None]:
        outcome = apikeys.revoke(mine.api_keys, [key_id])[0]
        return outcome.changed, outcome.key.revoked_at

    results = at_once(8, opener, act)
    assert sorted(changed for changed, _ in results) == [False] * 7 + [True]
    assert len({at for _, at in results}) == 1
    assert _events(store, "apikey.revoked") == 1


def test_many_ids_are_revoked_all_or_none(store: Store) -> None:
    key_id = apikeys.issue(store.api_keys, "a").key.id
    with pytest.raises(NotFound):
        apikeys.revoke(store.api_keys, [key_id, 77])
    assert store.api_keys.count(Filters(states=("revoked",)), at_ms=now_ms()) == 0
    assert _events(store, "apikey.revoked") == 0


def test_a_whole_lineage_has_no_key_left(store: Store) -> None:
    """Who revokes by name means the predecessor in its grace too."""
    old = apikeys.issue(store.api_keys, "rotated")
    rotated = apikeys.rotate(store.api_keys, old.key.id)
    assert rotated.new is not None
    apikeys.revoke(store.api_keys, [rotated.new.id])
    apikeys.verify(store.api_keys, old.text)
    outcomes = apikeys.revoke(store.api_keys, [rotated.new.id], whole_lineage=True)
    assert [(one.key.id, one.changed) for one in outcomes] == [
        (rotated.new.id, False),
        (old.key.id, True),
    ]
    assert _code(lambda: apikeys.verify(store.api_keys, old.text)) == "apikey.revoked"


def test_the_text_of_a_key_revokes_it(store: Store) -> None:
    issued = apikeys.issue(store.api_keys, "leaked")
    assert apikeys.revoke_text(store.api_keys, issued.text, reason="leaked").changed
    assert not apikeys.revoke_text(store.api_keys, issued.text).changed
    at_ms = now_ms() + 5
    other = apikeys.issue(store.api_keys, "two")
    rotated = apikeys.rotate(store.api_keys, other.key.id)
    done = apikeys.revoke_text(store.api_keys, other.text, whole_lineage=True, at_ms=at_ms)
    assert done.key.revoked_at == at_ms
    assert _code(lambda: apikeys.verify(store.api_keys, str(rotated.text))) == "apikey.revoked"
    assert _code(lambda: apikeys.verify(store.api_keys, issued.text)) == "apikey.revoked"


def test_a_forged_text_revokes_nothing(store: Store) -> None:
    """Its id is a real one's, and its checksum is right: anybody can write that."""
    issued = apikeys.issue(store.api_keys, "target")
    forged = build(prefix="ak_live", key_id=issued.key.id, secret=new_secret())
    unknown = build(prefix="ak_live", key_id=issued.key.id + 1, secret=new_secret())
    other_prefix = build(prefix="ak_test", key_id=issued.key.id, secret=new_secret())
    texts = [forged, unknown, other_prefix, issued.text[:-1] + "!", issued.text + "x", "", "\ud800"]
    codes = []
    for text in texts:
        with pytest.raises(ApiKeyRejected) as caught:
            apikeys.revoke_text(store.api_keys, text)
        codes.append(caught.value.code)
    assert codes[:3] == ["apikey.unknown"] * 3
    assert set(codes[3:]) == {"apikey.malformed"}
    assert apikeys.verify(store.api_keys, issued.text).name == "target"
    assert _events(store, "apikey.revoked") == 0


def test_the_text_of_an_imported_key_revokes_it(store: Store) -> None:
    from hashlib import sha256

    text = "legacy-7f3b"
    digest = sha256(text.encode()).hexdigest()
    key = apikeys.issue(store.api_keys, "own").key._replace(
        id=5, lineage_id=5, name="old", hash_alg="sha256", pepper_id=None
    )
    row = columns_of(key) | {"secret_hash": digest, "lookup": import_lookup_sha256(digest)}
    with store.api_keys.change():
        store.api_keys.add([row])
    assert apikeys.revoke_text(store.api_keys, text).key.id == 5
    assert _code(lambda: apikeys.revoke_text(store.api_keys, "legacy-0000")) == "apikey.malformed"


def test_a_reason_that_cannot_be_kept_revokes_nothing(store: Store) -> None:
    key_id = apikeys.issue(store.api_keys, "kept").key.id
    for reason in ("", " ", "a\nb", "\x1b[2J", "r" * 501):
        with pytest.raises(InvalidInput):
            apikeys.revoke(store.api_keys, [key_id], reason=reason)
        with pytest.raises(InvalidInput):
            revocation.revoke_found(store.api_keys, ALL, reason=reason)
    assert store.api_keys.count(Filters(states=("live",)), at_ms=now_ms()) == 1


def test_a_reason_that_holds_the_key_is_refused(store: Store) -> None:
    issued = apikeys.issue(store.api_keys, "kept")
    with pytest.raises(InvalidInput) as caught:
        apikeys.revoke(store.api_keys, [issued.key.id], reason=f"saw {issued.text} in a log")
    assert issued.text not in f"{caught.value.message} {caught.value.hint}"


def test_filters_revoke_what_they_find_in_bounded_transactions(store: Store) -> None:
    """More than fit into one; and what was revoked before is counted apart."""
    issued = issuing.issue_many(store.api_keys, Draft("ci-1", owner="alice"), count=1100)
    apikeys.issue(store.api_keys, "ci-2", owner="bob")
    apikeys.revoke(store.api_keys, [issued[0].key.id, issued[1].key.id], reason="before")
    told: list[int] = []
    tracemalloc.start()
    swept = revocation.revoke_found(
        store.api_keys, Filters(owner="alice", name="ci-*"), reason="left", progress=told.append
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert swept == (1098, 2)
    assert told == [1000, 1100]
    # A batch of a thousand keys, and eight bytes for each of the rest.
    assert peak < 6_000_000
    assert store.api_keys.count(Filters(states=("live",)), at_ms=now_ms()) == 1
    assert _events(store, "apikey.revoked") == 1100
    first = store.api_keys.get(issued[0].key.id)
    assert first is not None
    assert first.revoked_reason == "before"


def test_a_key_that_matches_no_longer_is_left_alone(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the list and its turn somebody gave it to another owner."""
    key_id = apikeys.issue(store.api_keys, "moved", owner="alice").key.id
    change = type(store.api_keys).change

    def moved_first(keys: object) -> object:
        store.database.run("UPDATE api_keys SET owner = 'bob' WHERE id = :id", id=key_id)
        return change(keys)  # type: ignore[arg-type]

    monkeypatch.setattr(type(store.api_keys), "change", moved_first)
    assert revocation.revoke_found(store.api_keys, Filters(owner="alice")) == (0, 1)


def test_a_disabled_key_is_refused_until_it_is_enabled(store: Store) -> None:
    issued = apikeys.issue(store.api_keys, "pause")
    [outcome] = apikeys.disable(store.api_keys, [issued.key.id])
    assert (outcome.changed, outcome.key) == (True, store.api_keys.get(issued.key.id))
    assert not apikeys.disable(store.api_keys, [issued.key.id])[0].changed
    assert _code(lambda: apikeys.verify(store.api_keys, issued.text)) == "apikey.disabled"
    [outcome] = apikeys.enable(store.api_keys, [issued.key.id])
    assert (outcome.changed, outcome.key.disabled_at) == (True, None)
    assert not apikeys.enable(store.api_keys, [issued.key.id])[0].changed
    apikeys.verify(store.api_keys, issued.text)
    assert (_events(store, "apikey.disabled"), _events(store, "apikey.enabled")) == (1, 1)
    [event] = store.audit.find(event="apikey.enabled")
    assert json.loads(event.detail)["before"]["disabled_at"].endswith("Z")


def test_a_revoked_key_is_neither_enabled_nor_disabled(store: Store) -> None:
    key_id = apikeys.issue(store.api_keys, "gone").key.id
    apikeys.disable(store.api_keys, [key_id])
    apikeys.revoke(store.api_keys, [key_id])
    with pytest.raises(Conflict) as caught:
        apikeys.enable(store.api_keys, [key_id])
    assert (caught.value.code, display_id(key_id) in caught.value.message) == (
        "apikey.stays-revoked",
        True,
    )
    assert not apikeys.disable(store.api_keys, [key_id])[0].changed


def test_filters_disable_what_they_find(store: Store) -> None:
    issuing.issue_many(store.api_keys, Draft("x", scopes=("read",)), count=3)
    apikeys.issue(store.api_keys, "y", scopes=["write"])
    assert revocation.disable_found(store.api_keys, Filters(scope="read")) == (3, 0)
    assert revocation.disable_found(store.api_keys, ALL) == (1, 3)
