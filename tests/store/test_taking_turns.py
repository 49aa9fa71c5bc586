"""Processes that write at once: nothing is lost, nobody starves, nobody waits for ever."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from authcli.errors import Unavailable
from authcli.store import open_store
from authcli.store.locks import WriteLock
from tests.store.stores import ADD, COUNT, PROCESSES, SET, opened, together

PATIENT = 60


def _add_slowly(url: str, times: int) -> None:
    """Read, compute, write: what a transaction without a lock would lose."""
    with opened(url, wait_seconds=PATIENT) as store:
        for _ in range(times):
            with store.database.writing():
                (n,) = store.database.row(COUNT, name="n") or (0,)
                store.database.run(SET, name="n", n=n + 1)


def test_eight_processes_lose_no_update(store_url: str) -> None:
    with opened(store_url) as store:
        store.database.run(ADD, name="n", n=0)
        together(_add_slowly, [(store_url, 50)] * 8)
        assert store.database.row(COUNT, name="n") == (400,)


def test_the_servers_own_isolation_level_does_not_matter(postgres_url: str) -> None:
    """At "serializable" a transaction would see what was before it waited for its turn."""
    url = postgres_url + "?options=-cdefault_transaction_isolation%3Dserializable"
    with opened(url) as store:
        store.database.run(ADD, name="n", n=0)
        together(_add_slowly, [(url, 20)] * 4)
        assert store.database.row(COUNT, name="n") == (80,)


def _write_for(url: str, number: int, seconds: float) -> int:
    """Count up as often as possible, from when all eight are there."""
    count = 0
    with opened(url, wait_seconds=PATIENT) as store:
        store.database.run(ADD, name=f"ready-{number}", n=1)
        while store.database.row("SELECT count(*) FROM rate_buckets") != (9,):
            time.sleep(0.002)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with store.database.writing():
                (n,) = store.database.row(COUNT, name="n") or (0,)
                store.database.run(SET, name="n", n=n + 1)
            count += 1
    return count


def test_the_slowest_of_eight_writers_is_not_much_slower(store_url: str) -> None:
    """SQLite's own waiting lets one in eight do almost nothing.

    Promised is 0.8; 0.6 passes on a machine that does other things meanwhile.
    """
    with opened(store_url) as store:
        store.database.run(ADD, name="n", n=0)
    counts = together(_write_for, [(store_url, number, 1.5) for number in range(8)])
    assert min(counts) >= 0.6 * max(counts), counts
    with opened(store_url) as store:
        assert store.database.row(COUNT, name="n") == (sum(counts),)


def test_readers_read_while_one_writes(store_url: str) -> None:
    with opened(store_url) as writer, opened(store_url, wait_seconds=0.1) as reader:
        with writer.database.writing():
            writer.database.run(ADD, name="n", n=1)
            assert reader.database.row(COUNT, name="n") is None
        assert reader.database.row(COUNT, name="n") == (1,)


# Waiting is bounded.


def test_waiting_ends(store_url: str) -> None:
    with opened(store_url) as first, opened(store_url, wait_seconds=0.2) as second:
        with first.database.writing():
            before = time.monotonic()
            with pytest.raises(Unavailable) as caught:
                second.database.run(ADD, name="n", n=1)
            assert time.monotonic() - before < 5
        assert caught.value.code == "store.locked"
        assert "0.2 seconds" in caught.value.message
        second.database.run(ADD, name="n", n=1)


def _stop_inside(url: str, ready: Any) -> None:
    with opened(url) as store, store.database.writing():
        store.database.run(ADD, name="stopped", n=1)
        ready.set()
        os.kill(os.getpid(), signal.SIGSTOP)


def test_a_writer_that_was_stopped_is_not_waited_for(store_url: str) -> None:
    """Ctrl-Z in the middle of a transaction; what it began is there when it goes on."""
    opened(store_url).close()
    ready = PROCESSES.Event()
    stopped = PROCESSES.Process(target=_stop_inside, args=(store_url, ready))
    stopped.start()
    assert ready.wait(30)
    try:
        with opened(store_url, wait_seconds=0.3) as store:
            with pytest.raises(Unavailable) as caught:
                store.database.run(ADD, name="n", n=1)
            assert caught.value.code == "store.locked"
            assert store.database.row(COUNT, name="stopped") is None
    finally:
        time.sleep(0.05)
        os.kill(stopped.pid or 0, signal.SIGCONT)
    stopped.join(30)
    with opened(store_url) as store:
        assert store.database.row(COUNT, name="stopped") == (1,)


@pytest.mark.parametrize("lock", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_a_stranger_that_holds_sqlites_lock_is_not_waited_for(tmp_path: Path, lock: str) -> None:
    """A backup program or a person at `sqlite3`, who know nothing of our lock file."""
    path = tmp_path / "auth.db"
    with open_store(str(path), create=True, wait_seconds=0.3) as store:
        stranger = sqlite3.connect(path, isolation_level=None)
        stranger.execute(lock)
        with pytest.raises(Unavailable) as caught:
            store.database.run(ADD, name="n", n=1)
        assert caught.value.code == "store.locked"
        stranger.execute("ROLLBACK")
        stranger.close()
        store.database.run(ADD, name="n", n=1)


def test_a_lock_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    """In a folder that cannot be written SQLite's own lock is enough."""
    path = tmp_path / "missing" / "x.lock"
    lock = WriteLock(path)
    assert lock.acquire(seconds=0)
    lock.release()
    lock.close()


def test_systems_without_fcntl_write_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("authcli.store.locks._HAS_LOCKS", False)
    with open_store(str(tmp_path / "auth.db"), create=True) as store:
        store.database.run(ADD, name="n", n=1)
    assert not (tmp_path / "auth.db.lock").exists()


# Processes that are killed.


def _write_and_tell(url: str, writer: int) -> None:
    """Commit pairs of rows, one after the other, and say so after each."""
    with opened(url, wait_seconds=PATIENT) as store, os.fdopen(writer, "w", buffering=1) as told:
        for number in range(100_000):
            with store.database.writing():
                store.database.run(ADD, name=f"{os.getpid()}-{number}-a", n=number)
                store.database.run(ADD, name=f"{os.getpid()}-{number}-b", n=number)
            print(number, file=told)


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
def test_what_was_said_to_be_committed_survives_kill_9(store_url: str) -> None:
    """And of a transaction that was not, no half is there."""
    with opened(store_url, wait_seconds=PATIENT) as store:
        for _ in range(6):
            reader, writer = os.pipe()
            child = os.fork()
            if child == 0:
                try:
                    os.close(reader)
                    _write_and_tell(store_url, writer)
                finally:
                    os._exit(1)
            os.close(writer)
            time.sleep(0.05 + random.random() * 0.1)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            with os.fdopen(reader) as told:
                said = [int(line) for line in told if line.endswith("\n")]
            sql = "SELECT tat, count(*) FROM rate_buckets WHERE bucket LIKE :mine GROUP BY 1"
            with store.database.writing():  # its turn was given back
                found = dict(store.database.rows(sql, mine=f"{child}-%"))
            assert set(found.values()) <= {2}
            assert set(said) <= found.keys()
            assert len(found) <= len(said) + 1
        if store.engine == "sqlite":
            assert store.database.row("PRAGMA integrity_check") == ("ok",)
