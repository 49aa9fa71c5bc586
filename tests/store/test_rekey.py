"""A new pepper: keys move to it as they are used, and no old one goes while a key needs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from authcli import apikeys
from authcli.clock import now_ms
from authcli.errors import Conflict, Unavailable
from authcli.roots import FileSource, FixedSource, new_root_key
from authcli.store.store import Store
from authcli.store.upkeep.rekeying import finish_pepper, peppers_of, rekey_pepper
from tests.store.upkeep import DAY, fill, id_of, opened, state_of


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    with opened(store_url, tmp_path) as found:
        yield found


def test_keys_move_to_the_new_pepper_as_they_are_used(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    """Another process that has the store open follows without being told."""
    texts = fill(store)
    with opened(store_url, tmp_path) as other:
        apikeys.verify(other.api_keys, texts["live"])
        done = rekey_pepper(store, at_ms=now_ms())
        assert (done.before, done.key_id, done.waiting, done.found) == (1, 2, 4, False)
        for text in (texts["live"], texts["limited"], texts["rotated"]):
            apikeys.verify(other.api_keys, text)
            apikeys.verify(store.api_keys, text)
        assert apikeys.verify(other.api_keys, apikeys.issue(store.api_keys, "new").text)
    assert [(p.id, p.state, p.living) for p in peppers_of(store, at_ms=now_ms())] == [
        (1, "verify_only", 1),
        (2, "active", 4),
    ]


def test_an_old_pepper_stays_while_a_living_key_needs_it(store: Store) -> None:
    texts = fill(store)
    rekey_pepper(store, at_ms=now_ms())
    before = state_of(store)
    with pytest.raises(Conflict) as error:
        finish_pepper(store, at_ms=now_ms())
    assert error.value.code == "store.waiting"
    assert "4 API keys still hang" in error.value.message
    assert "authcli apikey list" in str(error.value.hint)
    assert state_of(store) == before
    # Each is used, or ends; the revoked one never counted.
    for name in ("live", "limited", "rotated"):
        apikeys.verify(store.api_keys, texts[name])
    store.database.run("UPDATE api_keys SET expires_at = 1 WHERE pepper_id = 1")
    assert finish_pepper(store, at_ms=now_ms()) == (1,)
    assert finish_pepper(store, at_ms=now_ms()) == ()
    assert apikeys.verify(store.api_keys, texts["live"]).name == "live"
    assert [p.state for p in peppers_of(store, at_ms=now_ms())] == ["retired", "active"]


def test_a_key_that_may_live_again_is_waited_for(store: Store) -> None:
    key_id = apikeys.issue(store.api_keys, "sleeper").key.id
    apikeys.disable(store.api_keys, [key_id])
    rekey_pepper(store, at_ms=now_ms())
    with pytest.raises(Conflict):
        finish_pepper(store, at_ms=now_ms())
    assert finish_pepper(store, at_ms=now_ms() + 100 * DAY) == (1,)  # by then it has expired


def test_what_was_done_is_in_the_audit(store: Store) -> None:
    fill(store)
    rekey_pepper(store, at_ms=now_ms())
    *_, last = store.audit.find()
    assert (last.event, last.members["before"], last.members["waiting"]) == ("store.rekeyed", 1, 4)
    assert store.audit.verify().valid


def test_a_crash_between_the_file_and_the_database_leaves_a_store_that_works(
    store: Store,
) -> None:
    """The key that the file holds and no row names is taken up the next time."""
    texts = fill(store)
    source = store.roots["pepper"]
    source.add(new_root_key())
    held = source.read()
    store.peppers.refresh()
    assert apikeys.verify(store.api_keys, texts["live"]).name == "live"
    done = rekey_pepper(store, at_ms=now_ms())
    assert done.found
    assert source.read() == held
    assert apikeys.verify(store.api_keys, texts["live"]).name == "live"


def test_a_failing_transaction_leaves_the_old_pepper_active(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = fill(store)

    def refuse(*_: object, **__: object) -> None:
        raise Unavailable("no room", code="store.full")

    with monkeypatch.context() as patch:
        patch.setattr(type(store.audit.journal()), "write", refuse)
        with pytest.raises(Unavailable):
            rekey_pepper(store, at_ms=now_ms())
    store.peppers.refresh()
    assert [p.state for p in peppers_of(store, at_ms=now_ms())] == ["active"]
    assert apikeys.verify(store.api_keys, texts["live"]).name == "live"
    assert rekey_pepper(store, at_ms=now_ms()).found


def test_a_source_that_is_not_ours_to_write_is_explained(store_url: str, tmp_path: Path) -> None:
    """It works as soon as the second key was put there by hand."""
    keys = [new_root_key(), new_root_key()]
    with opened(store_url, tmp_path, roots={"pepper": FixedSource("env:P", keys[:1])}) as store:
        text = apikeys.issue(store.api_keys, "a").text
        before = state_of(store)
        with pytest.raises(Unavailable) as error:
            rekey_pepper(store, at_ms=now_ms())
        assert error.value.code == "root.fixed"
        assert state_of(store) == before
    with opened(store_url, tmp_path, roots={"pepper": FixedSource("env:P", keys)}) as store:
        assert rekey_pepper(store, at_ms=now_ms()).found
        apikeys.verify(store.api_keys, text)
        row = store.database.row(
            "SELECT pepper_id FROM api_keys WHERE id = :id", id=id_of(store, "a")
        )
        assert row == (2,)


def test_a_lost_pepper_is_not_papered_over(store: Store) -> None:
    """Where what is held is not this store's, a new one would hide that every key is lost."""
    fill(store)
    source = store.roots["pepper"]
    assert isinstance(source, FileSource)
    source.path.unlink()
    for held in ((), (new_root_key(),)):
        for key in held:
            source.add(key)
        store.peppers.refresh()
        with pytest.raises(Unavailable) as error:
            rekey_pepper(store, at_ms=now_ms())
        assert error.value.code in ("root.missing", "root.wrong")
