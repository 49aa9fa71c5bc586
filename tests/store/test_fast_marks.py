"""Deny marks through a real Redis that fails: no revoked token passes for longer than said.

What the store alone can know is told from what Redis answered by `Counted`, which counts the
questions to the store; nothing is replaced but the clock's constants, to wait less.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from multiprocessing import Process, SimpleQueue
from pathlib import Path
from typing import Any

import pytest

from authcli.clock import now_ms
from authcli.errors import InvalidInput, Unavailable
from authcli.revocation.model import Mark, Target
from authcli.store import Store, fast_marks
from authcli.store.fast_marks import FastMarks
from authcli.store.redis_urls import redis_place
from tests import requirements
from tests.redis_servers import RedisServer
from tests.store.lives import DAY, HOUR
from tests.store.stores import PROCESSES
from tests.store.upkeep import opened

ISSUER = "https://login.example"
AT = now_ms()


class Desk:
    """A store, its Redis, and what was told; opens views of them."""

    def __init__(self, folder: Path, redis: RedisServer, closing: ExitStack) -> None:
        self.folder, self.redis, self._closing = folder, redis, closing
        self.url = str(folder / "auth.db")
        self.told: list[str] = []
        self.store = self.opened()
        self.key = f"authcli:deny:{{{self.store.store_id}}}"

    def opened(self) -> Store:
        return self._closing.enter_context(opened(self.url, self.folder))

    def view(self, *, url: str | None = None) -> FastMarks:
        """Another process's view, without the change of ours in its memory."""
        store = self.opened()
        found = FastMarks(
            store.tokens,
            redis_place(url or self.redis.url),
            store_id=store.store_id,
            tell=self.told.append,
        )
        self._closing.callback(found.close)
        return found

    def generation(self) -> str | None:
        found = self.redis("HGET", self.key, "generation")
        return found.decode() if isinstance(found, bytes) else None

    def is_whole(self) -> bool:
        return self.generation() == self.store.tokens.generation()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    found = RedisServer(tmp_path_factory.mktemp("redis")).start()
    yield found
    found.stop()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Callable[..., RedisServer]]:
    """Starts a server that a test may stop."""
    with ExitStack() as closing:

        def start(name: str = "redis", **options: str) -> RedisServer:
            (tmp_path / name).mkdir(exist_ok=True)
            found = RedisServer(tmp_path / name, **options).start()
            closing.callback(found.stop)
            return found

        yield start


@pytest.fixture
def desk_at(tmp_path: Path) -> Iterator[Callable[[RedisServer], Desk]]:
    with ExitStack() as closing:
        yield lambda redis: Desk(tmp_path, redis, closing)


@pytest.fixture
def desk(desk_at: Callable[[RedisServer], Desk], server: RedisServer) -> Desk:
    return desk_at(server)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for seconds waits for less."""
    monkeypatch.setattr(fast_marks, "LEFT_ALONE_SECONDS", 0.0)
    monkeypatch.setattr(fast_marks, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(fast_marks, "FRESH_SECONDS", 0.0)


def mark(value: object, *, until: int = AT + DAY, **changed: Any) -> Mark:
    return Mark("jti", ISSUER, str(value), AT, until)._replace(**changed)


def found(view: FastMarks, *values: object) -> list[str]:
    return sorted(each.value for value in values for each in view.find([mark(value)[:3]]))


class Counted:
    """Counts what is asked of the store, instead of Redis."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.looked_up = self.compared = 0
        find, generation = store.tokens.find, store.tokens.generation

        def counted_find(targets: Sequence[Target]) -> list[Mark]:
            self.looked_up += 1
            return find(targets)

        def counted_generation() -> str:
            self.compared += 1
            return generation()

        monkeypatch.setattr(store.tokens, "find", counted_find)
        monkeypatch.setattr(store.tokens, "generation", counted_generation)


def test_redis_answers_and_the_store_is_asked_now_and_then(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first question fills the copy; those after it cost the store one in a second."""
    desk.store.tokens.add([mark(1)])
    counted = Counted(desk.store, monkeypatch)
    view = FastMarks(
        desk.store.tokens,
        redis_place(desk.redis.url),
        store_id=desk.store.store_id,
        tell=desk.told.append,
    )
    assert found(view, 1) == ["1"]
    assert (counted.looked_up, desk.is_whole()) == (1, True)
    counted.compared = 0
    begun = time.monotonic()
    for number in range(200):
        assert found(view, 1, number + 2) == ["1"]
    assert counted.looked_up == 1
    assert counted.compared <= time.monotonic() - begun + 2
    view.close()
    assert desk.told == []


def test_a_mark_that_was_added_is_known_at_once(desk: Desk) -> None:
    """Not within a second: whoever revoked a token and was told so may rely on it."""
    adding, asking = desk.view(), desk.view()
    assert found(asking, 0) == []
    for number in range(20):
        adding.add([mark(number)])
        assert found(asking, number) == [str(number)]
        assert desk.is_whole()


def test_who_revokes_without_redis_is_noticed_within_a_second(desk: Desk) -> None:
    """A host where the setting is missing, a process that died after its commit."""
    view = desk.view()
    assert found(view, 1) == []
    desk.store.tokens.add([mark(1)])
    time.sleep(fast_marks.FRESH_SECONDS)
    assert found(view, 1) == ["1"]
    time.sleep(fast_marks.PAUSE_SECONDS)
    assert (found(view, 1), desk.is_whole(), desk.told) == (["1"], True, [])


def test_a_redis_that_was_emptied_is_filled_anew(desk: Desk) -> None:
    view = desk.view()
    view.add([mark(number) for number in range(10)])
    assert found(view, *range(11)) == [*map(str, range(10))]
    desk.redis("FLUSHALL")
    assert found(view, 3) == ["3"]
    assert desk.is_whole()
    time.sleep(fast_marks.PAUSE_SECONDS)
    assert found(view, *range(11)) == [*map(str, range(10))]
    assert desk.told == []


@pytest.mark.usefixtures("impatient")
def test_a_redis_that_was_restarted(
    desk_at: Callable[[RedisServer], Desk], own_server: Callable[..., RedisServer]
) -> None:
    """Without persistence it is empty; while it is away the store answers, and says so once."""
    desk = desk_at(own_server())
    view = desk.view()
    view.add([mark(1)])
    assert found(view, 1) == ["1"]
    desk.redis.stop()
    assert found(view, 1, 2) == ["1"]
    view.add([mark(2)])
    assert found(view, 1, 2) == ["1", "2"]
    desk.redis.start()
    assert found(view, 1, 2, 3) == ["1", "2"]
    assert desk.is_whole()
    place = f"redis://127.0.0.1:{desk.redis.port}/0"
    assert desk.told == [
        f"{place} cannot be reached; the store is asked instead",
        f"{place} cannot be reached; the store knows of the change, and others will within 0 s",
    ]


@pytest.mark.usefixtures("impatient")
def test_a_redis_that_comes_back_with_an_older_state(
    desk_at: Callable[[RedisServer], Desk], own_server: Callable[..., RedisServer]
) -> None:
    """It was saved before the last marks: it answers, and is not believed."""
    desk = desk_at(own_server())
    view = desk.view()
    view.add([mark(1)])
    assert found(view, 1) == ["1"]
    desk.redis("SAVE")
    view.add([mark(2)])
    assert desk.is_whole()
    desk.redis.stop()
    desk.redis.start()
    assert desk.generation() not in (None, desk.store.tokens.generation())
    assert found(view, 1, 2) == ["1", "2"]
    assert desk.is_whole()


@pytest.mark.usefixtures("impatient")
def test_a_replica_that_lags_is_not_believed(
    desk_at: Callable[[RedisServer], Desk], own_server: Callable[..., RedisServer]
) -> None:
    """It cannot be written either, which is said; the store answers for it."""
    first, replica = (
        own_server(name, **{"repl-diskless-sync-delay": "0"}) for name in ("first", "replica")
    )
    desk = desk_at(first)
    writing = desk.view()
    writing.add([mark(1)])
    assert found(writing, 1) == ["1"]
    replica("REPLICAOF", "127.0.0.1", first.port)
    end = time.monotonic() + 20
    while replica("HGET", desk.key, "generation") is None:
        assert time.monotonic() < end
        time.sleep(0.02)
    reading = desk.view(url=replica.url)
    assert found(reading, 1, 2) == ["1"]
    assert desk.told == []
    first.stop()
    desk.store.tokens.add([mark(2)])
    assert found(reading, 1, 2) == ["1", "2"]
    [text] = desk.told
    assert "is a copy of another Redis, which cannot be written" in text


def test_a_redis_that_is_full_drops_all_or_nothing(
    desk_at: Callable[[RedisServer], Desk], own_server: Callable[..., RedisServer]
) -> None:
    """One mark that is evicted alone would let its token pass."""
    redis = requirements.require_package("redis")
    desk = desk_at(own_server(**{"maxmemory-policy": "allkeys-random"}))
    view = desk.view()
    view.add([mark(number) for number in range(500)])
    assert found(view, 7) == ["7"]
    assert desk.redis("DBSIZE") == 1
    desk.redis("CONFIG", "SET", "maxmemory", "1mb")
    with suppress(redis.OutOfMemoryError):
        desk.redis("SET", "other", "x" * 1000)
    assert desk.redis("EXISTS", desk.key) == 0
    assert found(view, *range(0, 500, 50), 500) == sorted(map(str, range(0, 500, 50)))


@pytest.mark.parametrize("how", ["stopped", "paused"])
def test_a_redis_that_stands_still_costs_one_short_wait(
    desk_at: Callable[[RedisServer], Desk], own_server: Callable[..., RedisServer], how: str
) -> None:
    """The store answers, and revoking waits as shortly; what was sent arrives late, and counts."""
    desk = desk_at(own_server())
    view, adding = desk.view(), desk.view()
    view.add([mark(1)])
    assert found(view, 1) == ["1"]
    if how == "stopped":
        desk.redis.pause()
    else:
        desk.redis("CLIENT", "PAUSE", 3000, "ALL")
    begun = time.monotonic()
    assert found(view, 1, 2) == ["1"]
    once = time.monotonic() - begun
    begun = time.monotonic()
    assert found(view, *range(1000)) == ["1"]
    rest = time.monotonic() - begun
    begun = time.monotonic()
    adding.add([mark(2)])
    added = time.monotonic() - begun
    assert found(view, 1, 2) == ["1", "2"]
    # A busy machine gets some time beside the waits themselves: 0.25 s, none, and 0.5 s.
    assert (once < 1.5, rest < 1.5, added < 2.5) == (True, True, True), (once, rest, added)
    assert len(desk.told) == 2
    assert "does not answer within 0.25 s; the store is asked instead" in desk.told[0]
    assert "does not answer within 0.5 s; the store knows of the change" in desk.told[1]
    if how == "stopped":
        desk.redis.go_on()
    later = desk.view()
    end = time.monotonic() + 20
    while not desk.is_whole():
        assert found(later, 1, 2) == ["1", "2"]
        assert time.monotonic() < end
    assert found(desk.view(), 1, 2) == ["1", "2"]


# The protocol.


def test_changes_may_arrive_in_any_order_and_none_may_be_missing(desk: Desk) -> None:
    from authcli.store.redis import RedisMarks

    view = desk.view()
    view.add([mark(0)])
    assert found(view, 0) == ["0"]
    copy = RedisMarks(redis_place(desk.redis.url), store_id=desk.store.store_id, wait_seconds=5)
    first = desk.generation() or ""
    copy.change("c", "d", [mark(4)], at_ms=AT)
    copy.change("b", "c", [mark(3)], at_ms=AT)
    assert desk.generation() == first
    copy.change("a", "b", [mark(2)], at_ms=AT)
    assert desk.generation() == first
    copy.change(first, "a", [mark(1)], at_ms=AT)
    assert desk.generation() == "d"
    generation, marks = copy.find([mark(number)[:3] for number in range(5)])
    assert (generation, len(marks)) == ("d", 5)
    copy.close()


@pytest.mark.usefixtures("impatient")
def test_a_copy_is_filled_in_parts_by_whoever_asks(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is denied meanwhile is in it; until it is whole the store answers."""
    monkeypatch.setattr(fast_marks, "PART", 3)
    views = [desk.view(), desk.view()]
    desk.store.tokens.add([mark(number) for number in range(60)])
    adding = desk.view()
    for number in range(60, 66):
        assert found(views[number % 2], number - 1, number) == [str(number - 1)]
        adding.add([mark(number)])
    assert desk.generation() is None
    for number in range(80):
        assert found(views[number % 2], number) == ([str(number)] if number < 66 else [])
    assert desk.is_whole()
    # 66 marks, the generation, and where the next sweep begins.
    assert desk.redis("HLEN", desk.key) == 68


def test_a_part_that_arrives_late_is_no_part_of_another_filling(desk: Desk) -> None:
    """It was read before marks that the new filling must hold."""
    from authcli.store.redis import RedisMarks

    copy = RedisMarks(redis_place(desk.redis.url), store_id=desk.store.store_id, wait_seconds=5)
    old = copy.begin("a", at_ms=AT)
    assert old is not None
    assert copy.begin("b", at_ms=AT) == old  # who comes second joins
    desk.redis("DEL", desk.key)
    new = copy.begin("b", at_ms=AT)
    assert new is not None
    assert new != old
    copy.fill(old, [], last=True, at_ms=AT)
    assert desk.generation() is None
    copy.fill(new, [(1, mark(1))], last=False, at_ms=AT)
    copy.fill(new, [], last=True, at_ms=AT)
    assert desk.generation() is None
    copy.fill(new._replace(after=1), [], last=True, at_ms=AT)
    assert desk.generation() == "b"
    assert copy.begin("b", at_ms=AT) is None
    copy.close()


def test_the_dead_are_swept_and_the_copy_ends_with_the_last_mark(desk: Desk) -> None:
    view = desk.view()
    assert found(view, 0) == []
    view.add([mark(number, until=AT - DAY) for number in range(300)])
    for number in range(300, 340):
        view.add([mark(number, until=AT + 30 * DAY)])
    size = desk.redis("HLEN", desk.key)
    assert isinstance(size, int)
    assert 40 <= size < 60
    left = desk.redis("PTTL", desk.key)
    assert isinstance(left, int)
    assert 30 * DAY < left <= 30 * DAY + 2 * HOUR


@pytest.mark.parametrize(
    "command",
    [
        ("SET", "KEY", "x"),
        ("HSET", "KEY", "NUMBER", "x"),
        ("HSET", "KEY", "NUMBER", "1 * [1,2,3,4,5,6]"),
        ("HSET", "KEY", "NUMBER", b"\xff * \xff"),
        ("HSET", "KEY", "NUMBER", '9999999999999 * ["jti","i","other",1,null,""]'),
    ],
)
def test_what_cannot_be_read_is_not_believed(desk: Desk, command: tuple[object, ...]) -> None:
    """The store answers, and one warning tells of it without what stood there."""
    from authcli.revocation.deny_list import mark_id

    view = desk.view()
    view.add([mark(1)])
    assert found(view, 1) == ["1"]
    names = {"KEY": desk.key, "NUMBER": mark_id(*mark(1)[:3])}
    if command[0] == "SET":
        desk.redis("DEL", desk.key)
    desk.redis(*(names.get(word, word) if isinstance(word, str) else word for word in command))
    assert found(view, 1, 2) == ["1"]
    [text] = desk.told
    assert text.startswith(f"redis://127.0.0.1:{desk.redis.port}/0 ")
    assert "xff" not in text
    assert text.endswith("; the store is asked instead")
    desk.redis("DEL", desk.key)


def _revoke(url: str, folder: Path, redis: str, name: str, queue: SimpleQueue[str]) -> None:
    with opened(url, folder) as store:
        adding = FastMarks(
            store.tokens, redis_place(redis), store_id=store.store_id, tell=lambda _: None
        )
        for number in range(25):
            adding.add([mark(f"{name}{number}")])
            queue.put(f"{name}{number}")
        adding.close()


@pytest.mark.usefixtures("impatient")
def test_of_many_that_revoke_at_once_nothing_is_missed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the copy is filled in parts, lost, and filled again."""
    monkeypatch.setattr(fast_marks, "PART", 7)
    asking = desk.view()
    queue: SimpleQueue[str] = PROCESSES.SimpleQueue()
    revoking: list[Process] = [
        PROCESSES.Process(  # type: ignore[misc]
            target=_revoke, args=(desk.url, desk.folder, desk.redis.url, name, queue)
        )
        for name in "abc"
    ]
    for process in revoking:
        process.start()
    for number in range(75):
        value = queue.get()
        assert found(asking, value) == [value]
        if number in (20, 50):
            desk.redis("DEL", desk.key)
    for process in revoking:
        process.join(30)
    values = [f"{name}{number}" for name in "abc" for number in range(25)]
    assert found(asking, *values) == sorted(values)
    assert (desk.is_whole(), desk.told) == (True, [])


# What people are told.


@pytest.mark.parametrize("password", ["s3cret-w0rd", "s3cret%40w0rd%2F"])
def test_a_password_is_in_no_message(
    desk_at: Callable[[RedisServer], Desk],
    own_server: Callable[..., RedisServer],
    password: str,
) -> None:
    desk = desk_at(own_server(requirepass="another"))
    desk.store.tokens.add([mark(1)])
    views = [
        desk.view(url=f"redis://:{password}@127.0.0.1:{desk.redis.port}/0"),
        desk.view(url=f"redis://user:{password}@127.0.0.1:{desk.redis.port}"),
        desk.view(url=f"redis://127.0.0.1:{desk.redis.port}"),
        desk.view(url=f"redis://:{password}@no-such-host.invalid"),
        desk.view(url=f"rediss://:{password}@127.0.0.1:{desk.redis.port}?ssl_ca_certs=/none"),
        desk.view(url=f"unix://:{password}@/none/such"),
    ]
    for view in views:
        assert found(view, 1, 2) == ["1"]
    assert len(desk.told) == len(views)
    assert [text for text in desk.told if "w0rd" in text] == []
    assert "refuses the password" in desk.told[0]


def test_without_the_library_the_store_answers(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "redis", None)
    monkeypatch.delitem(sys.modules, "authcli.store.redis", raising=False)
    view = desk.view()
    view.add([mark(1)])
    assert found(view, 1, 2) == ["1"]
    assert "the library for Redis is not installed" in desk.told[0]
    assert 'pip install "authcli[redis]"' in desk.told[0]


def test_a_store_that_cannot_be_asked_is_no_answer(desk: Desk) -> None:
    """Redis alone is not the truth."""
    view = desk.view()
    assert found(view, 1) == []
    desk.redis("DEL", desk.key)
    for path in Path(desk.url).parent.glob("auth.db*"):
        path.write_bytes(b"no database" * 1000)
    with pytest.raises(Unavailable):
        found(desk.view(), 1)


@pytest.mark.parametrize(
    "url",
    [
        *("", " ", "redis", "redis:", "redis://", "redis:///0", "http://host", "sqlite:auth.db"),
        *("redis://host:port", "redis://host/name", "redis://host:99999", "redis://host#1"),
        *("redis://host?socket_timeout=600", "rediss://host?ssl_cert_reqs=none"),
        *("redis://:pass@word@host", "redis://:pass/word@host", "redis://host\0", "unix://"),
        "redis://host?password=passw0rd-word",
    ],
)
def test_what_is_no_url_of_a_redis_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as error:
        redis_place(url)
    assert error.value.code == "redis.url"
    assert "word" not in error.value.message.replace("password", "")


@pytest.mark.parametrize(
    "url",
    [
        *("redis://host", "redis://host/", "redis://user:pass%40word@host:1/15", "REDIS://[::1]:1"),
        *("rediss://host?ssl_ca_certs=/ca.pem", "unix:///run/redis.sock?db=1"),
    ],
)
def test_the_url_of_a_redis_is_shown_without_its_password(url: str) -> None:
    place = redis_place(url)
    assert "word" not in place.masked
    assert "word" not in repr(place)
