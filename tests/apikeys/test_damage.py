"""Rows that somebody has edited: one clear error that names the key, and it can still be stopped.

SQLite alone keeps any value in any column; what PostgreSQL can hold of it is tried there too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from authcli import apikeys
from authcli.apikeys import revocation
from authcli.apikeys.issuing import Issued
from authcli.apikeys.model import Filters
from authcli.apikeys.names import named
from authcli.apikeys.text import build, display_id, new_secret
from authcli.apikeys.verifying import verify_many
from authcli.clock import now_ms
from authcli.errors import ApiKeyRejected, ApiKeyRevoked, Unavailable
from authcli.store import open_store
from authcli.store.store import Store

#: Of a verdict, of a list, or of both; as SQL writes the value.
DAMAGES = {
    **dict.fromkeys(("cidrs", "metadata"), "'zz'"),
    **dict.fromkeys(("expires_at", "grace_until", "not_before", "quota", "created_at"), "'zz'"),
    **dict.fromkeys(("name", "prefix", "scopes", "environment", "owner"), "x'00ff'"),
    **dict.fromkeys(("rate_limit", "lineage_id"), "'zz'"),
}
IN_VERDICTS = ("expires_at", "grace_until", "not_before", "quota", "name", "scopes", "rate_limit")


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Store]:
    """An empty store in a file."""
    with open_store(f"sqlite:///{tmp_path}/auth.db", create=True, actor="tester") as opened:
        yield opened


def damage(store: Store, column: str, value: str) -> tuple[Issued, Issued]:
    """Return a key with this in one of its columns, and one whose row is sound."""
    hurt = apikeys.issue(store.api_keys, "hurt", scopes=["read"], owner="alice")
    sound = apikeys.issue(store.api_keys, "sound", owner="alice")
    store.database.run(f"UPDATE api_keys SET {column} = {value} WHERE id = :id", id=hurt.key.id)
    return hurt, sound


def corrupt(act: Callable[[], object], key: Issued) -> None:
    with pytest.raises(Unavailable) as caught:
        act()
    assert caught.value.code == "store.corrupt"
    assert display_id(key.key.id) in caught.value.message


@pytest.mark.parametrize("column", DAMAGES)
def test_a_damaged_row_is_unavailable_and_names_its_key(sqlite: Store, column: str) -> None:
    hurt, sound = damage(sqlite, column, DAMAGES[column])
    keys = sqlite.api_keys
    corrupt(lambda: keys.get(hurt.key.id), hurt)
    corrupt(lambda: list(keys.find(Filters(), at_ms=now_ms())), hurt)
    if column in ("name", "scopes"):  # what a filter looks at before a row becomes a key
        corrupt(lambda: list(keys.find(Filters(name="*", scope="read"), at_ms=now_ms())), hurt)
        corrupt(lambda: keys.count(Filters(name="*", scope="read"), at_ms=now_ms()), hurt)
    assert keys.get(sound.key.id) is not None


@pytest.mark.parametrize("column", IN_VERDICTS)
def test_a_verdict_on_it_is_none_and_those_on_others_are_theirs(sqlite: Store, column: str) -> None:
    hurt, sound = damage(sqlite, column, DAMAGES[column])
    keys = sqlite.api_keys
    corrupt(lambda: apikeys.verify(keys, hurt.text, scopes=["read"]), hurt)
    outcomes = verify_many(keys, [sound.text, hurt.text, sound.text])
    assert [getattr(outcome, "code", "ok") for outcome in outcomes] == ["ok", "store.corrupt", "ok"]


@pytest.mark.parametrize("value", ["x'00ff'", "'é'"])
def test_a_digest_that_is_none_matches_nothing_and_stops_nothing(sqlite: Store, value: str) -> None:
    hurt, _ = damage(sqlite, "secret_hash", value)
    corrupt(lambda: apikeys.verify(sqlite.api_keys, hurt.text), hurt)
    corrupt(lambda: apikeys.revoke_text(sqlite.api_keys, hurt.text), hurt)
    # An id that is not there is looked up with the row before it, whose damage is another's.
    text = build(prefix="ak_live", key_id=hurt.key.id + 1, secret=new_secret())
    with pytest.raises(ApiKeyRejected) as caught:
        apikeys.verify(sqlite.api_keys, text)
    assert caught.value.code == "apikey.unknown"


def test_networks_that_are_none_let_nobody_in(store: Store) -> None:
    hurt, sound = damage(store, "cidrs", "'zz'")
    corrupt(lambda: apikeys.verify(store.api_keys, hurt.text, address="192.0.2.7"), hurt)
    outcomes = verify_many(store.api_keys, [hurt.text, sound.text], address="192.0.2.7")
    assert [getattr(outcome, "code", "ok") for outcome in outcomes] == ["store.corrupt", "ok"]


def test_a_row_without_a_key_s_id_is_said_to_be_damaged(store: Store) -> None:
    damage(store, "id", "-1")
    with pytest.raises(Unavailable, match="-1") as caught:
        list(store.api_keys.find(Filters(), at_ms=now_ms()))
    assert caught.value.code == "store.corrupt"


@pytest.mark.parametrize("column", [*DAMAGES, "disabled_at"])
def test_a_damaged_key_is_revoked_by_its_id_and_stays_so(sqlite: Store, column: str) -> None:
    hurt, _ = damage(sqlite, column, DAMAGES.get(column, "'zz'"))
    keys = sqlite.api_keys
    key = named(keys.salvaging(), display_id(hurt.key.id)).key
    [outcome] = apikeys.revoke(keys, [key.id], reason="damaged")
    assert (outcome.changed, outcome.key.revoked_reason) == (True, "damaged")
    assert not apikeys.revoke(keys, [key.id])[0].changed
    [event] = sqlite.audit.find(event="apikey.revoked")
    assert event.target_id == display_id(hurt.key.id)
    with pytest.raises((ApiKeyRevoked, Unavailable)):
        apikeys.verify(keys, hurt.text, address="192.0.2.7")


def test_a_damaged_key_is_disabled_or_revoked_by_filters_and_by_itself(store: Store) -> None:
    hurt, sound = damage(store, "metadata", "'zz'")
    keys = store.api_keys
    assert revocation.disable_found(keys, Filters(name="h*")) == (1, 0)
    assert apikeys.revoke_text(keys, hurt.text).changed
    assert revocation.revoke_found(keys, Filters(owner="alice")) == (1, 1)
    assert keys.salvaging().lineage(sound.key.id)[0].revoked_at is not None
    assert keys.salvaging().lineage(hurt.key.id)[0].metadata == {}


def test_texts_that_are_no_utf8_do_not_keep_a_key_from_being_revoked(sqlite: Store) -> None:
    hurt, _ = damage(sqlite, "name", "CAST(x'fffe80' AS TEXT)")
    keys = sqlite.api_keys
    assert apikeys.revoke(keys, [hurt.key.id])[0].changed
    assert revocation.revoke_found(keys, Filters(name="*")) == (1, 1)
    assert not apikeys.revoke_text(keys, hurt.text).changed


def test_who_leaves_a_list_before_its_end_leaves_nothing_open(store: Store) -> None:
    for name in "abc":
        apikeys.issue(store.api_keys, name)
    with closing(store.api_keys.find(Filters(), at_ms=now_ms())) as found:
        assert next(found).name == "a"
    assert list(found) == []


def test_numbers_beyond_what_a_database_counts_to_mean_all_and_none(store: Store) -> None:
    apikeys.issue(store.api_keys, "a")
    for filters in (Filters(), Filters(name="*")):
        for big in (10**23, 1 << 63, (1 << 63) - 1):
            now = now_ms()
            assert len(list(store.api_keys.find(filters, at_ms=now, limit=big, offset=0))) == 1
            assert list(store.api_keys.find(filters, at_ms=now, limit=big, offset=big)) == []
