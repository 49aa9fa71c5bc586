"""The contract of deny lists: one suite for SQL on both engines, and for a real Redis over either.

Instants are near the present, since Redis forgets by the real clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from authcli.clock import now_ms
from authcli.revocation.deny_list import checker
from authcli.revocation.model import Kind, Mark
from authcli.revocation.repository import DenyList
from authcli.store import Store
from authcli.store.fast_marks import FastMarks
from authcli.store.redis_urls import redis_place
from tests.redis_servers import RedisServer
from tests.store.lives import DAY, HOUR
from tests.store.upkeep import opened

ISSUER = "https://login.example"
AT = now_ms()


class Lists(NamedTuple):
    """A deny list, and another process's view of the same one."""

    list: DenyList
    others: DenyList
    store: Store


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"), requirepass="pass").start()
    yield server
    server.stop()


@pytest.fixture(params=["sql", "redis"])
def lists(
    request: pytest.FixtureRequest,
    store_url: str,
    tmp_path: Path,
) -> Iterator[Lists]:
    """The list of a store of each engine: asked itself, and through a Redis."""
    with opened(store_url, tmp_path) as store, opened(store_url, tmp_path) as other:
        if request.param == "sql":
            yield Lists(store.tokens, other.tokens, store)
            return
        redis: RedisServer = request.getfixturevalue("redis")
        told: list[str] = []
        both = [
            FastMarks(
                each.tokens, redis_place(redis.url), store_id=store.store_id, tell=told.append
            )
            for each in (store, other)
        ]
        for fast in both:
            fast.find([("jti", ISSUER, "0")])  # which makes the copy
        yield Lists(*both, store)
        # Whatever was asked, it was Redis that answered.
        generation = redis("HGET", f"authcli:deny:{{{store.store_id}}}", "generation")
        assert (told, generation) == ([], store.tokens.generation().encode())
        for fast in both:
            fast.close()


def mark(
    value: str,
    kind: Kind = "jti",
    *,
    issuer: str = ISSUER,
    until: int = AT + DAY,
    reason: str | None = None,
    issued_before: int | None = None,
    actor: str = "",
) -> Mark:
    return Mark(kind, issuer, value, AT, until, reason, issued_before, actor)


def test_a_list_that_is_empty_denies_nothing(lists: Lists) -> None:
    assert lists.list.find([]) == []
    assert lists.list.find([mark("1")[:3]]) == []
    assert checker(lists.list)({"iss": ISSUER, "jti": "1", "sub": "alice"}, "k") is None


def test_a_mark_is_found_by_what_it_hits_at_once_by_everybody(lists: Lists) -> None:
    """Whatever its text holds: none of it is believed by its look."""
    marks = [
        mark("1", reason="stolen \u202e \n '", actor="alice"),
        mark("1", "sub", issued_before=AT),
        mark("1", "family"),
        mark("1", "kid", issuer=""),
        mark("1", issuer="https://other.example"),
        mark("\u00fc * 1 2", reason='"{}'),
    ]
    lists.list.add(marks)
    for view in (lists.list, lists.others):
        for each in marks:
            assert view.find([each[:3]]) == [each]
        assert sorted(view.find([each[:3] for each in marks])) == sorted(marks)
        assert view.find([("jti", "", "1"), ("sub", "", "1"), ("kid", ISSUER, "1")]) == []


def test_a_mark_again_keeps_the_later_end_and_the_first_reason(lists: Lists) -> None:
    lists.list.add([mark("1", reason="first", actor="alice")])
    for until in (AT + HOUR, AT + 2 * DAY):
        lists.others.add([mark("1", until=until, reason="second", actor="bob")])
        [found] = lists.list.find([mark("1")[:3]])
        assert (found.expires_at, found.reason, found.actor) == (
            max(until, AT + DAY),
            "first",
            "alice",
        )


def test_a_subject_that_is_denied_again_is_denied_for_all_of_both(lists: Lists) -> None:
    """None hits whatever was issued, before and later."""
    steps: list[tuple[int | None, int | None]] = [(50, 50), (80, 80), (60, 80)]
    for before, expected in [*steps, (None, None), (90, None)]:
        lists.list.add([mark("alice", "sub", issued_before=before)])
        for view in (lists.list, lists.others):
            assert [each.issued_before for each in view.find([mark("alice", "sub")[:3]])] == [
                expected
            ]


def undone(lists: Lists, denying: Mark) -> None:
    with suppress(ZeroDivisionError), lists.store.change():
        lists.list.add([denying])
        raise ZeroDivisionError


def test_a_change_that_is_undone_denies_nothing(lists: Lists) -> None:
    undone(lists, mark("1"))
    assert lists.list.find([mark("1")[:3]]) == lists.others.find([mark("1")[:3]]) == []
    with lists.store.change():
        lists.list.add([mark("2")])
        undone(lists, mark("3"))
        lists.list.add([mark("4")])
    found = [lists.others.find([mark(value)[:3]]) for value in "234"]
    assert [len(each) for each in found] == [1, 0, 1]


def test_many_look_ups_see_each_change(lists: Lists) -> None:
    """What is held in memory after a while is given up with the first change."""
    token = {"iss": ISSUER, "jti": "1", "sub": "alice", "family": "tf_1", "iat": 1}
    steps: list[tuple[Mark, dict[str, str]]] = [
        (mark("alice", "sub", issued_before=AT), {"sub": "bob"}),
        (mark("tf_1", "family"), {"family": "tf_2"}),
        (mark("1"), {"jti": "2"}),
        (mark("k", "kid", issuer=""), {}),
    ]
    check = checker(lists.list)
    passing: dict[str, str] = {}
    for denying, change in steps:
        for _ in range(100):
            assert check({**token, **passing}, "k") is None
        lists.others.add([denying])
        assert check({**token, **passing}, "k") is not None
        passing |= change
    assert check({**token, **passing}, "other") is None


def test_a_batch_is_looked_up_whole_after_many_look_ups(lists: Lists) -> None:
    """Tokens in it, and what hits several."""
    marks = [mark(str(number)) for number in range(0, 9, 2)] + [mark("alice", "sub")]
    lists.list.add(marks)
    asked = [mark(str(number))[:3] for number in range(9)] + [mark("alice", "sub")[:3]]
    for _ in range(70):
        assert lists.list.find([mark("1")[:3]]) == []
    assert sorted(lists.list.find(asked)) == sorted(marks)
    for size in (1, 2, 3, 4):
        assert len(lists.list.find(asked[:size])) == (size + 1) // 2
    assert lists.list.find(asked[-1:]) == marks[-1:]


def test_a_dead_mark_denies_nothing(lists: Lists) -> None:
    lists.list.add([mark("1", until=AT - 1), mark("2", until=AT + HOUR)])
    check = checker(lists.others)
    assert check({"iss": ISSUER, "jti": "1"}, None) is None
    assert check({"iss": ISSUER, "jti": "2"}, None) is not None
