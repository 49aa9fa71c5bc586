"""Migrations: from every earlier schema to the newest, once, whole, and with a copy before."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import authcli.store.migrate as migrations
from authcli import apikeys
from authcli.errors import Unavailable
from authcli.otp.recovery import new_codes, verify
from authcli.roots import FileSource
from authcli.store import Store, migrate_store, open_store
from authcli.store.migrate import NEWEST, apply_pending, meta_rows, schema_files, statements
from tests.store.stores import ADD, opened, side_folder_of, together

SCHEMAS = range(NEWEST)


def older(url: str, number: int) -> str:
    """Make a store of an older schema, with its audit key and an event; return its id."""
    if number == 0:
        if url.startswith("sqlite"):
            path = Path(url.removeprefix("sqlite://"))
            path.parent.mkdir()
            path.touch(0o600)
        return ""
    with open_store(
        _blank(url), older=True, side_folder=side_folder_of(url), actor="before"
    ) as store:
        with store.database.writing():
            apply_pending(store.database, upto=number)
            store.identify(meta_rows(store.database))
            with store.change() as journal:
                journal.record("test.before")
        return store.store_id


def _blank(url: str) -> str:
    if url.startswith("sqlite"):
        older(url, 0)
    return url


def migrated(url: str, **options: Any) -> migrations.Migrated:
    return migrate_store(url, side_folder=side_folder_of(url), **options)


def tables(store: Store) -> set[str]:
    """Return each table with its columns, as the engine lists them."""
    if store.engine == "sqlite":
        sql = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c"
        sql += " WHERE m.type = 'table'"
    else:
        sql = "SELECT table_name, column_name FROM information_schema.columns"
        sql += " WHERE table_schema = current_schema()"
    return {".".join(row) for row in store.database.rows(sql)}


@pytest.mark.parametrize("number", SCHEMAS)
def test_every_earlier_schema_becomes_the_newest(store_url: str, number: int) -> None:
    store_id = older(store_url, number)
    if number:
        with pytest.raises(Unavailable) as caught:
            opened(store_url)
        assert caught.value.code == "store.older"
        assert caught.value.hint == "authcli store migrate"
    done = migrated(store_url, actor="alice")
    assert (done.before, done.after) == (number, NEWEST)
    with opened(store_url, create=False) as store:
        assert store.store_id == store_id or number == 0
        events = store.database.rows("SELECT event, actor FROM audit_events ORDER BY seq")
        if number:
            assert events == [("test.before", "before"), ("store.migrated", "alice")]
        else:
            assert events == [("store.created", "alice")]
        assert store.audit.verify().valid
        store.database.run(ADD, name="a", n=1)


@pytest.mark.parametrize("number", SCHEMAS)
def test_a_migrated_store_is_as_a_new_one(
    store_url: str, number: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    older(store_url, number)
    migrated(store_url)
    new = f"sqlite://{tmp_path}/new/new.db"
    if not store_url.startswith("sqlite"):
        new = request.getfixturevalue("postgres_database")()
    with opened(store_url) as store, opened(new) as fresh:
        assert tables(store) == tables(fresh)


def test_what_the_second_schema_held_is_there_in_the_third(store_url: str) -> None:
    """The third adds what must happen once; API keys stay as they were."""
    older(store_url, 2)
    with open_store(store_url, older=True, side_folder=side_folder_of(store_url)) as store:
        assert not store.database.has_table("otp_states")
        key = apikeys.issue(store.api_keys, "kept").text
    assert migrated(store_url).before == 2
    with opened(store_url, create=False) as store:
        assert apikeys.verify(store.api_keys, key).name == "kept"
        assert store.one_time.spend_step("a", step=1, name="n", at_ms=1)
        code, _ = new_codes(store.one_time, "alice", count=2, at_ms=1)
        assert verify(store.one_time, "alice", code.reveal_text(), at_ms=1).left == 1


def test_an_sqlite_store_is_copied_first(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/store/auth.db"
    older(url, 1)
    done = migrated(url)
    assert done.backup is not None
    assert done.backup.name.startswith("auth.db.schema-1.")
    assert stat.S_IMODE(done.backup.stat().st_mode) == 0o600
    with closing(sqlite3.connect(done.backup)) as copy, copy:
        assert copy.execute("SELECT value FROM meta WHERE name='schema'").fetchone() == ("1",)
        assert copy.execute("SELECT event FROM audit_events").fetchall() == [("test.before",)]
    copy.close()
    names = {path.name for path in done.backup.parent.iterdir()}
    assert not [name for name in names if name.endswith(".tmp")]


def test_the_newest_is_left_as_it_is(store_url: str) -> None:
    with opened(store_url) as store:
        before = store.database.rows("SELECT * FROM audit_events")
        assert migrated(store_url) == (NEWEST, NEWEST, None)
        assert store.database.rows("SELECT * FROM audit_events") == before


def test_a_dry_run_changes_nothing(store_url: str, tmp_path: Path) -> None:
    older(store_url, 1)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.db*")}
    assert migrated(store_url, dry_run=True) == (1, NEWEST, None)
    after = {file: file.read_bytes() for file in tmp_path.rglob("*.db*") if file in before}
    assert after == before
    with pytest.raises(Unavailable):
        opened(store_url)


def test_a_newer_store_is_refused(store_url: str) -> None:
    with opened(store_url) as store:
        store.database.run("UPDATE meta SET value = '99' WHERE name = 'schema'")
        for dry_run in (False, True):
            with pytest.raises(Unavailable) as caught:
                migrated(store_url, dry_run=dry_run)
            assert caught.value.code == "store.newer"
        assert (meta_rows(store.database) or {})["schema"] == "99"


def test_what_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        migrate_store(f"sqlite://{tmp_path}/auth.db")
    assert caught.value.code == "store.missing"
    assert list(tmp_path.iterdir()) == []


def _migrate(url: str) -> int:
    return migrated(url, wait_seconds=60).before


def test_of_several_at_once_one_migrates(store_url: str) -> None:
    older(store_url, 1)
    assert sorted(together(_migrate, [(store_url,)] * 4)) == [1, NEWEST, NEWEST, NEWEST]
    with opened(store_url) as store:
        sql = "SELECT count(*) FROM audit_events WHERE event = 'store.migrated'"
        assert store.database.row(sql) == (1,)


def test_a_migration_that_fails_changes_nothing(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older(store_url, 1)
    broken = [
        *schema_files(),
        (NEWEST + 1, "CREATE TABLE fine (a BIGINT); CREATE TABLE meta (a BIGINT)"),
    ]
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "schema_files", lambda: broken)
        patch.setattr(migrations, "NEWEST", NEWEST + 1)
        patch.setattr(apply_pending, "__kwdefaults__", {"upto": NEWEST + 1})
        with pytest.raises(Exception, match=r"meta|not those of a store"):
            migrated(store_url)
    assert not [*Path(str(side_folder_of(store_url) or tmp_path)).rglob("*.backup")]
    assert migrated(store_url).before == 1
    with opened(store_url) as store:
        assert not store.database.has_table("fine")
        assert store.audit.verify().valid


def test_without_the_audit_key_nothing_is_migrated(store_url: str) -> None:
    """What cannot be written down does not happen."""
    older(store_url, 1)
    with open_store(store_url, older=True, side_folder=side_folder_of(store_url)) as store:
        source = store.roots["audit"]
        assert isinstance(source, FileSource)
        source.path.unlink()
        with pytest.raises(Unavailable) as caught:
            migrated(store_url)
        assert caught.value.code == "root.missing"
        assert (meta_rows(store.database) or {})["schema"] == "1"


# The files.


def test_the_files_are_numbered_without_a_gap_up_to_the_newest() -> None:
    """The newest number is a constant, because every command compares it."""
    assert [number for number, _ in schema_files()] == [*range(1, NEWEST + 1)]


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_statements_stand_alone(engine: str) -> None:
    for _, text in schema_files():
        found = statements(text, engine=engine)
        assert found
        for statement in found:
            assert statement.startswith(("CREATE ", "ALTER "))
            assert "INT64_KEY" not in statement
            assert "--" not in statement


def test_the_files_are_in_the_package() -> None:
    """So that they are in the wheel."""
    folder = Path(migrations.__file__).parent / "schema"
    assert sorted(path.name[:4] for path in folder.glob("*.sql")) == [
        f"{number:04}" for number, _ in schema_files()
    ]
