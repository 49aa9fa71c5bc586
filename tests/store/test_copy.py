"""Copying a store between engines: all of it, of one moment, or nothing."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from authcli import apikeys
from authcli.errors import Conflict, InvalidInput, Unavailable
from authcli.roots import FixedSource
from authcli.store import open_store
from authcli.store.store import Store
from authcli.store.upkeep import rows
from authcli.store.upkeep.copying import copy_store
from authcli.store.upkeep.rows import TABLES, contents
from tests.store.upkeep import buckets, fill, once, opened, state_of


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    with opened(store_url, tmp_path) as found:
        yield found


def test_every_table_of_the_newest_schema_is_copied(store: Store) -> None:
    """A later migration that adds a table, and not here, fails this test."""
    names = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
        "postgresql": "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = current_schema()",
    }
    assert {name for (name,) in store.database.rows(names[store.engine])} == {"meta", *TABLES}


def test_there_and_back_is_the_same(tmp_path: Path, postgres_database: Callable[[], str]) -> None:
    """SQLite, PostgreSQL, PostgreSQL, SQLite: rows, digests and the audit's end agree."""
    places = [
        str(tmp_path / "a.db"),
        postgres_database(),
        postgres_database(),
        str(tmp_path / "new" / "b.db"),
    ]
    with opened(places[0], tmp_path) as first:
        texts = fill(first)
        expected = contents(first.database)
    stores: list[str] = []
    for here, there in pairwise(places):
        with open_store(here, side_folder=tmp_path / "side") as source:
            before = contents(source.database)
            copied = copy_store(source, there, side_folder=tmp_path / "side", with_roots=True)
            stores.append(source.store_id)
            assert copied.counts == {table: found.rows for table, found in before.items()}
            assert (set(copied.roots), copied.lacking) == ({"audit", "pepper"}, ())
            *_, last = source.audit.find()
            assert (last.event, last.target_id) == ("store.copied", copied.store_id)
            assert source.audit.verify().valid
        with open_store(there, side_folder=tmp_path / "side") as target:
            assert contents(target.database) == before
            assert target.store_id not in stores
            assert target.audit.verify().valid
    with open_store(places[-1]) as found:
        assert contents(found.database) == expected
        assert apikeys.verify(found.api_keys, texts["live"]).name == "live"
        assert stat.S_IMODE(Path(f"{places[-1]}.pepper").stat().st_mode) == 0o600
        assert len(found.roots["pepper"].read()) == 1


def test_root_keys_do_not_travel_unasked(store: Store, tmp_path: Path) -> None:
    fill(store)
    copied = copy_store(store, str(tmp_path / "new" / "b.db"))
    assert (copied.roots, copied.lacking) == ((), ("audit", "pepper"))
    assert not list((tmp_path / "new").glob("*.pepper"))
    with open_store(copied.url) as found, pytest.raises(Unavailable) as error:
        apikeys.issue(found.api_keys, "more")
    assert error.value.code == "root.missing"


def test_a_source_of_both_is_not_lacking(store: Store, tmp_path: Path) -> None:
    """Where settings name the sources of root keys, they are the copy's too."""
    roots = {name: FixedSource(name, source.read()) for name, source in store.roots.items()}
    copied = copy_store(store, str(tmp_path / "b.db"), roots=roots, with_roots=True)
    assert (copied.roots, copied.lacking) == ((), ())


def test_a_target_that_holds_something_is_refused(store: Store, tmp_path: Path) -> None:
    with opened(str(tmp_path / "b.db"), tmp_path) as target:
        fill(target)
        before = state_of(target)
        with pytest.raises(Conflict) as error:
            copy_store(store, str(tmp_path / "b.db"))
        assert error.value.code == "store.not-empty"
        assert state_of(target) == before


def test_the_store_itself_is_no_target(store: Store, store_url: str, tmp_path: Path) -> None:
    before = state_of(store)
    with pytest.raises(Conflict):
        copy_store(store, store_url, side_folder=tmp_path / "side")
    assert state_of(store) == before


def test_a_store_that_was_only_set_up_is_a_target(store: Store, tmp_path: Path) -> None:
    texts = fill(store)
    opened(str(tmp_path / "b.db"), tmp_path).close()
    copy_store(store, str(tmp_path / "b.db"), with_roots=True)
    with open_store(str(tmp_path / "b.db")) as found:
        assert apikeys.verify(found.api_keys, texts["live"]).name == "live"
        assert found.audit.verify().valid
        assert found.audit.warnings == []


def test_an_interrupted_copy_leaves_a_new_target_away(store: Store, tmp_path: Path) -> None:
    buckets(store, 1000, expires_at=1)
    before = state_of(store)
    with pytest.raises(KeyboardInterrupt):
        copy_store(
            store, str(tmp_path / "b.db"), with_roots=True, progress=once(KeyboardInterrupt())
        )
    assert list(tmp_path.glob("b.db*")) == []
    assert state_of(store) == before


def test_an_interrupted_copy_leaves_a_target_as_it_was(tmp_path: Path, store_url: str) -> None:
    with opened(str(tmp_path / "a.db"), tmp_path) as source, opened(store_url, tmp_path) as target:
        buckets(source, 1000, expires_at=1)
        before = state_of(target)
        with pytest.raises(KeyboardInterrupt):
            copy_store(
                source,
                store_url,
                side_folder=tmp_path / "side",
                progress=once(KeyboardInterrupt()),
            )
        assert state_of(target) == before
        assert target.audit.verify().valid


def test_what_arrives_changed_is_not_kept(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison is a real one: a row that changes on its way is noticed."""
    fill(store)
    honest = rows._told

    def told(passing: Iterator[tuple[object, ...]], *rest: object) -> Iterator[tuple[object, ...]]:
        for row in honest(passing, *rest):  # type: ignore[arg-type]
            yield tuple("mallory" if value == "live" else value for value in row)

    monkeypatch.setattr(rows, "_told", told)
    with pytest.raises(Unavailable) as error:
        copy_store(store, str(tmp_path / "b.db"))
    assert error.value.code == "store.copy"
    assert "api_keys" in error.value.message
    assert list(tmp_path.glob("b.db*")) == []


def test_a_database_of_something_else_is_no_target(store: Store, tmp_path: Path) -> None:
    import sqlite3

    with closing(sqlite3.connect(tmp_path / "b.db")) as plain, plain:
        plain.execute("CREATE TABLE bookmarks (url TEXT)")
    data = (tmp_path / "b.db").read_bytes()
    with pytest.raises((InvalidInput, Unavailable)):
        copy_store(store, str(tmp_path / "b.db"))
    with closing(sqlite3.connect(tmp_path / "b.db")) as plain, plain:
        assert plain.execute("SELECT name FROM sqlite_master").fetchall() == [("bookmarks",)]
    assert len(data) == (tmp_path / "b.db").stat().st_size
