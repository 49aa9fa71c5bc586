"""Opening and making stores, and changing what is in them, on both engines."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from authcli.errors import Conflict, InvalidInput, Unavailable
from authcli.roots import FileSource, FixedSource
from authcli.store import Store, open_store
from authcli.store.migrate import NEWEST, meta_rows
from tests.store.stores import ADD, opened, together

EVENTS = "SELECT event FROM audit_events ORDER BY seq"


def test_a_store_is_made_once(store_url: str) -> None:
    with opened(store_url) as store:
        store_id = store.store_id
        assert store.database.rows(EVENTS) == [("store.created",)]
        assert meta_rows(store.database) == {
            "store_id": store_id,
            "schema": str(NEWEST),
            "created_at": (meta_rows(store.database) or {})["created_at"],
        }
    with opened(store_url) as again:
        assert again.store_id == store_id
        assert again.database.rows(EVENTS) == [("store.created",)]


def test_nothing_is_made_unasked(store_url: str, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    for options in ({"create": False}, {"create": True, "read_only": True}):
        with pytest.raises(Unavailable) as caught:
            opened(store_url, **options)
        assert caught.value.code == "store.missing"
        assert "authcli store init" in str(caught.value.hint)
    assert sorted(tmp_path.rglob("*")) == before


def _first(url: str) -> str:
    with opened(url) as store, store.change() as journal:
        journal.record("test.first")
        return store.store_id


def test_processes_that_make_one_store_at_once_all_succeed(store_url: str) -> None:
    ids = together(_first, [(store_url,)] * 6)
    assert len(set(ids)) == 1
    with opened(store_url, create=False) as store:
        assert store.database.rows(EVENTS) == [("store.created",), *[("test.first",)] * 6]
        assert store.audit.verify().valid


def test_a_change_is_written_with_its_events_or_not_at_all(store: Store) -> None:
    with store.change() as journal:
        store.database.run(ADD, name="a", n=1)
        journal.record("test.a")
    with pytest.raises(Conflict), store.change() as journal:
        _ = journal.record("test.b"), store.database.run(ADD, name="a", n=1)
    assert store.database.rows(EVENTS) == [("store.created",), ("test.a",)]
    assert store.database.rows("SELECT bucket FROM rate_buckets") == [("a",)]


def test_a_change_inside_a_change_is_a_part_of_it(store: Store) -> None:
    with store.change() as journal:
        with store.change() as inner:
            assert inner is journal
            inner.record("test.a")
        with pytest.raises(KeyError), store.change() as inner:
            _ = inner.record("test.b"), {}["b"]
        store.database.run(ADD, name="a", n=1)
        assert store.database.rows(EVENTS) == [("store.created",)]  # written at the end
    assert store.database.rows(EVENTS) == [("store.created",), ("test.a",)]
    assert store.audit.verify().valid


def test_a_failed_change_leaves_the_store_usable(store: Store) -> None:
    with pytest.raises(KeyError), store.change():
        raise KeyError
    with store.change() as journal:
        journal.record("test.a")
    assert store.audit.verify().valid


def test_who_acts_is_in_the_event(store_url: str) -> None:
    who = {"actor": "alice@host", "process": "authcli test [1]", "request_id": "r1"}
    with opened(store_url, **who) as store:
        sql = "SELECT actor, process, request_id FROM audit_events"
        assert store.database.rows(sql) == [tuple(who.values())]


# Root keys.


def test_first_root_keys_are_files_of_ours_alone(store: Store) -> None:
    for name in ("pepper", "audit"):
        source = store.roots[name]
        assert isinstance(source, FileSource)
        assert source.path.stat().st_mode & 0o777 == 0o600
        assert source.path.parent.stat().st_mode & 0o077 == 0
        assert store.root_keys(name).key(1) == source.read()[0]
    assert not Path(str(store.beside(".kek"))).exists()
    with store.change():
        store.establish("kek")
    assert store.root_keys("kek").active_id == 1


def test_given_roots_are_used(store_url: str) -> None:
    roots = {"pepper": FixedSource("env:P", [b"p" * 32])}
    with opened(store_url, roots=roots) as store:
        assert store.peppers.key(store.peppers.active_id) == b"p" * 32
    with opened(store_url, roots={"pepper": FixedSource("env:P", [b"q" * 32])}) as store:
        with pytest.raises(Unavailable) as caught:
            store.peppers.key(1)
        assert caught.value.code == "root.wrong"


def test_a_lost_root_key_is_not_replaced(store: Store, store_url: str) -> None:
    for root in ("pepper", "audit"):
        Path(str(getattr(store.roots[root], "path", None))).unlink()
    with (
        opened(store_url) as later,
        pytest.raises(Unavailable) as caught,
        later.change() as journal,
    ):
        journal.record("test.a")
    assert caught.value.code == "root.missing"
    with pytest.raises(Unavailable):
        store.peppers.key(1)


def test_a_store_without_a_place_for_its_keys_is_not_made(postgres_url: str) -> None:
    with pytest.raises(Unavailable) as caught:
        open_store(postgres_url, create=True)
    assert caught.value.code == "root.fixed"
    with pytest.raises(Unavailable) as caught:
        open_store(postgres_url)
    assert caught.value.code == "store.missing"


# Other schemas.


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE meta SET value = '9999' WHERE name = 'schema'", "store.newer"),
        ("UPDATE meta SET value = '1' WHERE name = 'schema'", "store.older"),
        ("UPDATE meta SET value = 'x' WHERE name = 'schema'", "store.corrupt"),
        ("DELETE FROM meta WHERE name = 'store_id'", "store.corrupt"),
        ("ALTER TABLE meta RENAME COLUMN value TO other", "store.corrupt"),
    ],
)
def test_a_store_of_another_schema_is_refused(store_url: str, change: str, code: str) -> None:
    with opened(store_url) as store:
        store.database.run(change)
    for options in ({"create": True}, {"create": False}, {"read_only": True}):
        with pytest.raises(Unavailable) as caught:
            opened(store_url, **options)
        assert (caught.value.code, bool(caught.value.hint)) == (code, True)


# Where a store may be used.


def test_a_store_is_not_used_after_a_fork(store: Store) -> None:
    """A forked worker that used it would write into the parent's connection."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        uses = {
            "row": lambda: store.database.row("SELECT 1"),
            "run": lambda: store.database.run(ADD, name="child", n=1),
            "reading": lambda: store.database.reading().__enter__(),
        }
        said = [_code(use) for use in uses.values()]
        store.close()
        os.write(writer, " ".join(said).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 1000).decode() == " ".join(["store.foreign-use"] * 3)
    store.database.run(ADD, name="parent", n=1)
    assert store.database.rows("SELECT bucket FROM rate_buckets") == [("parent",)]


def test_stores_that_could_not_be_opened_do_not_keep_a_fork_from_the_others(
    store: Store, tmp_path: Path
) -> None:
    """Half-made objects live as long as their exceptions; a fork passes over them."""
    (tmp_path / "no.db").write_bytes(b"no database" * 1000)
    held = []
    for _ in range(20):  # which of all comes first is chance
        with pytest.raises(Unavailable) as caught:
            open_store(f"sqlite:{tmp_path}/no.db")
        held.append(caught)
    test_a_store_is_not_used_after_a_fork(store)


def test_a_fork_inside_a_transaction_leaves_it_to_the_parent(store: Store) -> None:
    with store.database.writing():
        store.database.run(ADD, name="a", n=1)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                store.close()
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        assert status == 0
        store.database.run(ADD, name="b", n=1)
    assert len(store.database.rows("SELECT bucket FROM rate_buckets")) == 2


def test_a_transaction_belongs_to_one_thread(store: Store) -> None:
    from threading import Thread

    said = []
    uses = [lambda: store.database.run(ADD, name="a", n=1), lambda: store.change().__enter__()]
    for use in uses:
        thread = Thread(target=lambda use=use: said.append(_code(use)))
        thread.start()
        thread.join()
    assert said == ["store.foreign-use"] * 2


def _code(use: Any) -> str:
    try:
        use()
    except Unavailable as error:
        return error.code
    return "no error"


def test_importing_the_store_loads_no_database() -> None:
    code = "import sys, authcli.store; print(*{'sqlite3', 'psycopg', 'uuid'} & {*sys.modules})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""


def test_a_url_of_no_store_is_a_usage_error() -> None:
    with pytest.raises(InvalidInput):
        open_store("mysql://host/db")
