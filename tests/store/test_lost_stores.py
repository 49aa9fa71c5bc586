"""A store whose database is gone is not replaced without a word; what is damaged is told apart."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from authcli import apikeys
from authcli.clock import now_ms
from authcli.errors import Unavailable
from authcli.roots import FileSource, new_root_key
from authcli.store import Store, migrate_store, open_store
from authcli.store.leftovers import begun_anew
from authcli.store.upkeep.rekeying import finish_pepper, rekey_pepper
from authcli.store.upkeep.side_files import side_files
from tests.store.stores import ADD, opened, together


def _delete(path: Path) -> None:
    path.unlink()


def _truncate(path: Path) -> None:
    path.write_bytes(b"")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The path of a store that was used."""
    path = tmp_path / "auth.db"
    with open_store(str(path), create=True) as store:
        apikeys.issue(store.api_keys, "ci")
    return path


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if ".lock" not in file.name}


# What was lost.


@pytest.mark.parametrize("lose", [_delete, _truncate])
def test_a_lost_store_is_not_made_again_by_itself(path: Path, lose: Callable[[Path], None]) -> None:
    lose(path)
    before = content(path.parent)
    uses: list[Callable[[], object]] = [
        lambda: open_store(str(path), create=True),
        lambda: open_store(str(path)),
        lambda: open_store(str(path), read_only=True),
        lambda: migrate_store(str(path)),
    ]
    for use in [*uses, *uses]:
        with pytest.raises(Unavailable) as caught:
            use()
        assert caught.value.code == "store.missing"
        assert "auth.db.audit-head" in caught.value.message
        assert "authcli store restore" in str(caught.value.hint)
        after = content(path.parent)
        assert {**after, "auth.db": b""} == {**before, "auth.db": b""}


@pytest.mark.parametrize("suffix", [".pepper", ".audit-key", ".audit-head", "-wal"])
def test_one_file_that_is_left_is_enough(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"auth.db{suffix}").write_bytes(b"x")
    with pytest.raises(Unavailable) as caught:
        open_store(str(tmp_path / "auth.db"), create=True)
    assert caught.value.code == "store.missing"
    assert os.listdir(tmp_path) == [f"auth.db{suffix}"]


def test_a_first_command_that_was_interrupted_is_no_lost_store(tmp_path: Path) -> None:
    """It leaves an empty file and a root key, which the next one takes up."""
    path = tmp_path / "auth.db"
    path.touch(0o600)
    key = new_root_key()
    FileSource(tmp_path / "auth.db.pepper").add(key)
    with open_store(str(path), create=True) as store:
        assert store.peppers.key(1) == key


def _made(url: str) -> str:
    with opened(url, wait_seconds=60) as store:
        return store.store_id


def test_processes_that_begin_at_once_do_not_take_each_others_files_for_lost(
    tmp_path: Path,
) -> None:
    for number in range(3):
        url = f"sqlite://{tmp_path}/{number}.db"
        assert len(set(together(_made, [(url,)] * 4))) == 1


@pytest.mark.parametrize("lose", [_delete, _truncate])
def test_a_new_store_takes_over_the_root_keys(path: Path, lose: Callable[[Path], None]) -> None:
    """And what proves the loss is kept under another name, or has its own again."""
    lose(path)
    before = content(path.parent)
    with pytest.raises(RuntimeError), begun_anew(path, aside=".lost-1"):
        raise RuntimeError
    assert {**content(path.parent), "auth.db": b""} == {**before, "auth.db": b""}
    with begun_anew(path, aside=".lost-1") as moved, open_store(str(path), create=True) as store:
        assert store.audit.verify().valid
        assert store.audit.warnings == []
        store.peppers.check()
    after = content(path.parent)
    assert [file.name for file in moved] == ["auth.db.lost-1.audit-head"]
    assert after["auth.db.lost-1.audit-head"] == before["auth.db.audit-head"]
    for suffix in (".pepper", ".audit-key"):
        assert after[f"auth.db{suffix}"] == before[f"auth.db{suffix}"]


# What is damaged, and what is somebody else's.


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE meta SET value = 'x' WHERE name = 'schema'",
        "DELETE FROM meta",
        "DROP TABLE meta",
        "DROP TABLE audit_head",
        "DROP TABLE root_keys",
        "DROP TABLE api_key_usage; DROP TABLE api_keys",
        "ALTER TABLE api_keys RENAME COLUMN secret_hash TO other",
    ],
)
def test_a_store_that_lost_a_table_is_damaged_and_not_somebody_elses(
    store_url: str, change: str
) -> None:
    with opened(store_url) as store:
        text = apikeys.issue(store.api_keys, "ci").text
        for statement in change.split(";"):
            store.database.run(statement)

    def use() -> None:
        with opened(store_url) as store:
            apikeys.verify(store.api_keys, text)
            with store.change() as journal:
                journal.record("test.a")

    with pytest.raises(Unavailable) as caught:
        use()
    assert caught.value.code == "store.corrupt"
    assert "authcli store restore" in str(caught.value.hint)
    assert "name another" not in str(caught.value.hint)


@pytest.mark.parametrize("table", ["api_keys", "audit_events"])
def test_a_strangers_table_is_said_to_be_one_at_once(postgres_url: str, table: str) -> None:
    """Not first that the database is empty, and then, by `store init`, that it is not."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE {table} (id int)")
    for options in ({"create": False}, {"create": True}):
        with pytest.raises(Unavailable) as caught:
            opened(postgres_url, **options)
        assert caught.value.code == "store.foreign"
        assert "another schema" in str(caught.value.hint)


def test_a_strangers_table_in_another_schema_is_none_of_ours(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE api_keys (id int); CREATE SCHEMA ours")
    with opened(f"{postgres_url}?options=-csearch_path%3Dours,public") as store:
        assert apikeys.issue(store.api_keys, "ci").key.name == "ci"


# Root keys whose rows are lost or damaged.


def test_a_genuine_key_is_not_unknown_because_a_row_of_the_pepper_is_lost(store: Store) -> None:
    """And nothing makes a new first pepper, under which it would be unknown for good."""
    text = apikeys.issue(store.api_keys, "ci").text
    store.database.run("DELETE FROM root_keys WHERE root = 'pepper'")
    store.peppers.refresh()
    uses: list[Callable[[], object]] = [
        lambda: apikeys.verify(store.api_keys, text),
        lambda: apikeys.verify_many(store.api_keys, [text]),
        lambda: apikeys.issue(store.api_keys, "other"),
    ]
    for use in uses:
        with pytest.raises(Unavailable) as caught:
            use()
        assert caught.value.code == "root.missing"
        assert "authcli store restore" in str(caught.value.hint)
    assert store.database.row("SELECT 1 FROM root_keys WHERE root = 'pepper'") is None


def test_without_its_audit_keys_row_nothing_is_recorded(store: Store) -> None:
    store.database.run("DELETE FROM root_keys WHERE root = 'audit'")
    with pytest.raises(Unavailable) as caught, store.change() as journal:
        journal.record("test.a")
    assert caught.value.code == "root.missing"
    assert store.database.row("SELECT 1 FROM root_keys WHERE root = 'audit'") is None


@pytest.mark.parametrize("damage", ["check_mac = 'é'", "id = 1.5", "id = 'x'", "check_mac = x'00'"])
def test_a_damaged_row_of_a_root_key_is_said_so(path: Path, damage: str) -> None:
    with open_store(str(path)) as store:
        text = apikeys.issue(store.api_keys, "other").text
        store.database.run(f"UPDATE root_keys SET {damage}")
    uses: list[Callable[[Store], object]] = [
        lambda store: apikeys.verify(store.api_keys, text),
        lambda store: apikeys.issue(store.api_keys, "third"),
        lambda store: store.audit.verify(),
    ]
    for use in uses:
        with open_store(str(path)) as store, pytest.raises(Unavailable) as caught:
            use(store)
        assert caught.value.code == "store.corrupt"


# What else is on the disk, and in it.


def test_text_that_is_no_utf8_is_damage(path: Path) -> None:
    with open_store(str(path)) as store:
        store.database.run("UPDATE api_keys SET name = CAST(x'fffe80' AS text)")
        read = store.database
        for use in (read.rows, read.row, lambda sql: [*read.stream(sql)]):
            with pytest.raises(Unavailable) as caught:
                use("SELECT name FROM api_keys")
            assert caught.value.code == "store.corrupt"


def test_both_files_of_the_lock_are_files_of_the_store(path: Path) -> None:
    path.with_name("auth.db.lock-next").touch(0o644)
    with open_store(str(path)) as store:
        roles = {file.role: file.mode for file in side_files(store)}
    assert roles["lock-next"] == 0o644
    assert "lock" in roles


@pytest.mark.filterwarnings("error")
def test_a_reader_that_stops_early_may_be_dropped_after_the_store(store_url: str) -> None:
    """What a garbage collector would close then raises nothing, where nobody could catch it."""
    with opened(store_url) as store:
        store.database.run_many(ADD, ({"name": str(n), "n": n} for n in range(3000)))
        streams = [store.database.stream("SELECT bucket FROM rate_buckets")]
        next(streams[0])
        with store.database.reading():
            streams.append(store.database.stream("SELECT bucket FROM rate_buckets"))
            next(streams[1])
    while streams:
        streams.pop().close()  # type: ignore[attr-defined]  # as a generator's end does


# Root keys that others change meanwhile.


def test_a_process_that_runs_long_issues_under_the_pepper_in_use(
    store: Store, store_url: str
) -> None:
    """Another process rekeyed: what it issues then must not hang on a pepper that is given up."""
    first = apikeys.issue(store.api_keys, "first")
    with opened(store_url, create=False) as other:
        rekey_pepper(other, at_ms=now_ms())
        second = apikeys.issue(store.api_keys, "second")
        assert (first.key.pepper_id, second.key.pepper_id) == (1, 2)
        apikeys.verify(other.api_keys, first.text)
        assert finish_pepper(other, at_ms=now_ms()) == (1,)
        assert apikeys.issue(store.api_keys, "third").key.pepper_id == 2
        for text in (first.text, second.text):
            assert apikeys.verify(other.api_keys, text).owner is None
            assert apikeys.verify(store.api_keys, text).owner is None
    assert store.database.rows("SELECT DISTINCT pepper_id FROM api_keys") == [(2,)]
