"""What SQL can rely on, on both engines."""

from __future__ import annotations

import tracemalloc

import pytest

from authcli.errors import AuthError, Conflict, InvalidInput, Unavailable
from authcli.store import Store
from tests.store.stores import ADD, COUNT, SET, opened

NAMES = "SELECT bucket FROM rate_buckets ORDER BY bucket"


def add(store: Store, *names: str) -> None:
    for name in names:
        store.database.run(ADD, name=name, n=1)


def names(store: Store) -> list[str]:
    return [name for (name,) in store.database.rows(NAMES)]


def test_rows_come_as_tuples_of_plain_values(store: Store) -> None:
    """Sums too: PostgreSQL's are of a type of their own."""
    add(store, "a", "b")
    database = store.database
    assert database.rows("SELECT bucket, tat FROM rate_buckets ORDER BY 1") == [("a", 1), ("b", 1)]
    assert database.row("SELECT sum(tat), count(*) FROM rate_buckets") == (2, 2)
    assert database.row(COUNT, name="c") is None
    assert type(database.row("SELECT sum(tat) FROM rate_buckets")[0]) is int  # type: ignore[index]


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 40_000, 0])
def test_numbers_have_64_bits(store: Store, number: int) -> None:
    store.database.run(ADD, name="a", n=number)
    assert store.database.row(COUNT, name="a") == (number,)
    half = number // 2
    assert store.database.row("SELECT CAST(:n AS BIGINT) + :n", n=half) == (2 * half,)


@pytest.mark.parametrize("text", ["", "ü€\U0001f511", "'; DROP TABLE meta; --", "%s :a", "\x01\n"])
def test_text_comes_back_as_it_was(store: Store, text: str) -> None:
    add(store, text)
    assert names(store) == [text]


@pytest.mark.parametrize(("name", "n"), [("\ud800", 1), ("a", 2**63)])
def test_what_no_database_can_hold_is_a_usage_error(store: Store, name: str, n: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        store.database.run(ADD, name=name, n=n)
    assert caught.value.code == "store.value"


def test_what_is_taken_is_a_conflict(store: Store) -> None:
    add(store, "a")
    with pytest.raises(Conflict) as caught:
        add(store, "a")
    assert caught.value.code == "store.conflict"


def test_what_refers_to_nothing_is_a_conflict(store: Store) -> None:
    with pytest.raises(Conflict):
        store.database.run("INSERT INTO api_key_usage VALUES (7, 0, 'ok', 1)")


def test_a_statement_that_returns_is_one_step(store: Store) -> None:
    add(store, "a")
    sql = "UPDATE rate_buckets SET tat = tat + 1 WHERE bucket = :name RETURNING tat"
    for write in (store.database.one_statement, store.database.quick_statement):
        before = store.database.row(COUNT, name="a")
        assert before is not None
        assert write(sql, name="a") == (before[0] + 1,)
        assert write(sql, name="b") is None


def test_many_rows_are_written_all_or_none(store: Store) -> None:
    store.database.run_many(ADD, ({"name": f"{i:04}", "n": i} for i in range(1200)))
    assert len(names(store)) == 1200
    with pytest.raises(Conflict):
        store.database.run_many(ADD, [{"name": "new", "n": 1}, {"name": "0001", "n": 1}])
    assert len(names(store)) == 1200


# Transactions.


def test_what_raises_is_undone(store: Store) -> None:
    with pytest.raises(Conflict), store.database.writing():
        add(store, "a", "a")
    assert names(store) == []
    add(store, "b")
    assert names(store) == ["b"]


def test_a_part_that_raises_is_undone_alone(store: Store) -> None:
    """As with an id that is taken: the part is tried again, the rest stays."""
    called: list[str] = []
    with store.database.writing():
        add(store, "a")
        store.database.on_commit(lambda: called.append("a"))
        with pytest.raises(Conflict), store.database.writing():
            _ = store.database.on_commit(lambda: called.append("b")), add(store, "b", "a")
        with store.database.writing():
            add(store, "c")
            with store.database.quick_writing():
                add(store, "d")
    assert names(store) == ["a", "c", "d"]
    assert called == ["a"]


def test_a_failure_that_was_swallowed_is_no_silent_commit(store: Store) -> None:
    """PostgreSQL answers COMMIT after a failure with ROLLBACK, and no error."""
    try:
        with store.database.writing():
            add(store, "a")
            with pytest.raises(Conflict):
                add(store, "a")
    except RuntimeError:
        assert store.engine == "postgresql"
        assert names(store) == []
    else:
        assert names(store) == ["a"]


def test_a_callback_comes_after_the_commit_and_before_others_write(
    store: Store, store_url: str
) -> None:
    seen = []
    with opened(store_url) as other, store.database.writing():
        add(store, "a")
        store.database.on_commit(lambda: seen.append(names(other)))
        assert names(other) == []
    assert seen == [["a"]]
    with pytest.raises(RuntimeError):
        store.database.on_commit(print)


def test_nothing_is_called_where_nothing_was_committed(store: Store) -> None:
    called: list[int] = []
    add(store, "a")
    with pytest.raises(Conflict), store.database.writing():
        _ = store.database.on_commit(lambda: called.append(1)), add(store, "a")
    add(store, "b")
    assert called == []


def test_reading_shows_one_state(store: Store, store_url: str) -> None:
    with opened(store_url) as other:
        with other.database.reading():
            assert names(other) == []
            add(store, "a")
            assert names(other) == []
            assert list(other.database.stream(NAMES)) == []
            with pytest.raises(RuntimeError), other.database.writing():
                pass
        assert names(other) == ["a"]


def test_a_quick_part_of_a_lasting_change_lasts(store: Store) -> None:
    """And the other way round: all is made durable by the part that must be."""
    with store.database.quick_writing():
        add(store, "a")
        with store.database.writing():
            add(store, "b")
    assert names(store) == ["a", "b"]


def test_what_is_seldom_lost_is_written_quickly(store: Store) -> None:
    """SQLite syncs no log then, and does so again for the next change."""
    with store.database.quick_writing():
        add(store, "a")
        if store.engine == "sqlite":
            assert store.database.row("PRAGMA synchronous") == (1,)
        else:
            assert store.database.row("SHOW synchronous_commit") == ("off",)
    with store.database.writing():
        add(store, "b")
        if store.engine == "sqlite":
            assert store.database.row("PRAGMA synchronous") == (2,)


# Streams.


def test_a_stream_is_one_state_while_others_and_we_write(store: Store) -> None:
    add(store, "a", "b", "c")
    stream = store.database.stream(NAMES)
    assert next(stream) == ("a",)
    add(store, "d")
    store.database.run("DELETE FROM rate_buckets WHERE bucket = :name", name="b")
    assert list(stream) == [("b",), ("c",)]
    assert names(store) == ["a", "c", "d"]


def test_a_stream_inside_a_change_sees_it(store: Store) -> None:
    with store.database.writing():
        add(store, "a", "b")
        inner = (list(store.database.stream(NAMES)) for _ in range(1))
        for row in store.database.stream(NAMES):
            assert [row, *next(inner, [])]
            store.database.run(SET, name=row[0], n=5)
    assert store.database.rows("SELECT DISTINCT tat FROM rate_buckets") == [(5,)]


def test_two_streams_at_once(store: Store) -> None:
    add(store, "a", "b")
    with store.database.reading():
        assert list(
            zip(store.database.stream(NAMES), store.database.stream(NAMES), strict=True)
        ) == [
            (("a",), ("a",)),
            (("b",), ("b",)),
        ]


def test_a_stream_takes_constant_memory(store: Store) -> None:
    sql = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
        " SELECT i, 'abcdefghijklmnopqrstuvwxyz' FROM n"
    )
    next(store.database.stream(sql, last=1))
    tracemalloc.start()
    try:
        count = sum(1 for _ in store.database.stream(sql, last=30_000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 30_000
    assert peak < 1_500_000  # as a list they are 5 MB


def test_a_broken_stream_is_an_error_of_ours(store: Store) -> None:
    with pytest.raises(AuthError):
        list(store.database.stream("SELECT * FROM nowhere"))


# Where a store may be used.


def test_a_read_only_store_refuses_to_write(store: Store, store_url: str) -> None:
    with opened(store_url, create=False, read_only=True) as reader:
        assert reader.read_only
        for write in (
            lambda: reader.database.run(ADD, name="a", n=1),
            lambda: reader.database.one_statement(ADD + " RETURNING tat", name="a", n=1),
            lambda: reader.change().__enter__(),
        ):
            with pytest.raises(Unavailable) as caught:
                write()
            assert caught.value.code == "store.read-only"
        add(store, "a")
        assert names(reader) == ["a"]
