"""An SQLite store that cannot be written is read as far as that is safe."""

from __future__ import annotations

import importlib.readers
import importlib.resources  # noqa: F401  (a child that is not root cannot load it any more)
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import authcli.store.api_keys
import authcli.store.audit
import authcli.store.sqlite  # noqa: F401
from authcli.errors import AuthError
from authcli.store import open_store
from tests.store.stores import ADD, as_somebody


@pytest.fixture
def path() -> Iterator[Path]:
    """A store in a folder that everybody may enter, as pytest's own folders do not let them."""
    folder = Path(tempfile.mkdtemp(prefix="authcli-", dir="/tmp"))
    path = folder / "auth.db"
    with open_store(str(path), create=True) as store:
        store.database.run(ADD, name="first", n=1)
    path.chmod(0o444)
    folder.chmod(0o555)
    yield path
    folder.chmod(0o700)
    shutil.rmtree(folder)


def _uses(path: Path) -> list[Any]:
    """Open, read and write a store as somebody; return what came of it."""

    def use() -> list[Any]:
        with open_store(str(path)) as store:
            found: list[Any] = [
                store.read_only,
                *store.database.rows("SELECT bucket FROM rate_buckets"),
            ]
            try:
                store.database.run(ADD, name="mine", n=1)
            except AuthError as error:
                return [*found, error.code]
            return [*found, "written"]

    result = as_somebody(use)
    return result if isinstance(result, list) else [result]


def test_without_its_log_it_is_refused(path: Path) -> None:
    """SQLite could read it as immutable, and would miss revocations that are in the log."""
    before = sorted(path.parent.iterdir())
    assert _uses(path) == ["store.read-only"]
    assert sorted(path.parent.iterdir()) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="the writer must be another user")
def test_while_a_writer_has_it_open_it_is_read_with_all_that_is_committed(path: Path) -> None:
    with open_store(str(path)) as writer:
        writer.database.run(ADD, name="second", n=2)
        assert _uses(path) == [True, ["first"], ["second"], "store.read-only"]
        writer.database.run(ADD, name="third", n=3)
        assert _uses(path) == [True, ["first"], ["second"], ["third"], "store.read-only"]


@pytest.mark.skipif(os.geteuid() != 0, reason="the writer must be another user")
def test_what_a_killed_writer_has_committed_is_read(path: Path) -> None:
    child = os.fork()
    if child == 0:
        open_store(str(path)).database.run(ADD, name="second", n=2)
        os._exit(0)
    os.waitpid(child, 0)
    assert path.with_name("auth.db-wal").exists()
    assert _uses(path) == [True, ["first"], ["second"], "store.read-only"]


def test_a_copy_needs_no_files_beside_it(path: Path) -> None:
    """So a backup is what to put on a file system that is read-only."""
    path.parent.chmod(0o755)
    path.chmod(0o644)
    copy = path.with_name("copy.db")
    copy.touch()
    with open_store(str(path)) as store:
        store.database.copy_to(copy)
    copy.chmod(0o444)
    path.parent.chmod(0o555)
    assert _uses(copy) == [True, ["first"], "store.read-only"]
    assert not copy.with_name("copy.db-wal").exists()


def test_a_file_that_cannot_be_written_in_a_folder_that_can_is_read(path: Path) -> None:
    path.parent.chmod(0o777)
    assert _uses(path) == [True, ["first"], "store.read-only"]


def test_a_file_that_cannot_be_read_is_said_so(path: Path) -> None:
    path.chmod(0)
    assert _uses(path) == ["store.unreachable"]


def test_nothing_is_made_in_a_folder_that_cannot_be_written(path: Path) -> None:
    def make() -> None:
        open_store(str(path.with_name("new.db")), create=True).close()

    assert as_somebody(make) == "store.unreachable"
    assert not path.with_name("new.db").exists()
