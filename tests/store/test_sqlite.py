"""SQLite: the file, what may stand in its place, and what may be wrong with it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from authcli.errors import AuthError, InvalidInput, Unavailable
from authcli.store import Store, open_store
from tests.store.stores import ADD


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store" / "auth.db"


def made(path: Path) -> Path:
    open_store(str(path), create=True).close()
    return path


def refused(path: Path, *, create: bool = False) -> AuthError:
    """Open what cannot be; the error is one sentence with a hint, and nothing is changed."""
    before = path.read_bytes() if path.is_file() else None
    names = sorted(path.parent.glob("*")) if path.parent.is_dir() else []
    with pytest.raises(AuthError) as caught:
        open_store(str(path), create=create)
    assert caught.value.hint
    assert "\n" not in caught.value.message
    if before is not None:
        assert path.read_bytes() == before
    if not create:
        assert (sorted(path.parent.glob("*")) if path.parent.is_dir() else []) == names
    return caught.value


def test_files_are_ours_alone_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        with open_store(str(path), create=True) as store, store.change() as journal:
            journal.record("test.a")
            modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert {"auth.db", "auth.db-wal", "auth.db-shm", "auth.db.lock"} <= modes.keys()
    assert set(modes.values()) == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_the_settings_are_what_we_promise(path: Path) -> None:
    with open_store(str(path), create=True) as store:
        database = store.database
        settings = {
            name: (database.row(f"PRAGMA {name}") or ("",))[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
        assert settings == {
            "journal_mode": "wal",
            "synchronous": 2,
            "foreign_keys": 1,
            "secure_delete": 1,
        }
        assert (database.row("PRAGMA mmap_size") or (0,))[0] > 0
        assert database.row("PRAGMA application_id") == (0x61636C69,)


def test_one_file_is_left_when_it_is_closed(path: Path) -> None:
    made(path)
    assert not [file for file in path.parent.iterdir() if file.name.endswith(("-wal", "-shm"))]


@pytest.mark.parametrize("name", ["50% off?#.db", "ü \U0001f511.db", "a'b\".db", "-x.db"])
def test_a_path_may_hold_any_character(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    made(path)
    assert path.exists()
    with open_store(str(path)) as store:
        assert store.path == path


def test_the_current_folder_may_change(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with open_store("sqlite:here.db", create=True) as store:
        monkeypatch.chdir("/")
        with store.change() as journal:
            journal.record("test.a")
        assert len(list(store.database.stream("SELECT 1"))) == 1
    assert (tmp_path / "here.db").exists()


# What may stand in its place.


def test_a_link_to_a_store_is_that_store(path: Path, tmp_path: Path) -> None:
    """And the files beside it are those of the real one, whatever it is called."""
    made(path)
    link = tmp_path / "link.db"
    link.symlink_to(path)
    with open_store(str(link)) as store, store.change() as journal:
        journal.record("test.a")
        assert store.path == path
    assert sorted(tmp_path.iterdir()) == [link, path.parent]


def test_a_link_to_nothing_is_refused(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(path)
    assert refused(link).code == "store.missing"
    assert refused(link, create=True).code == "store.missing"
    assert not path.exists()


@pytest.mark.parametrize(
    "stand", [lambda p: p.mkdir(), os.mkfifo, lambda p: p.symlink_to("/dev/zero")]
)
def test_a_folder_a_pipe_and_a_device_are_refused(
    tmp_path: Path, stand: Callable[[Path], None]
) -> None:
    place = tmp_path / "x.db"
    stand(place)
    for create in (False, True):
        error = refused(place, create=create)
        assert (type(error), error.code) == (InvalidInput, "store.url")


def test_a_circle_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.db").symlink_to("b.db")
    (tmp_path / "b.db").symlink_to("a.db")
    assert refused(tmp_path / "a.db").code == "store.unreachable"


def test_a_file_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for create in (False, True):
        assert refused(tmp_path / "file" / "x.db", create=create).code == "store.unreachable"


def test_an_empty_file_is_no_store_and_becomes_one(path: Path) -> None:
    """Its modes are those of somebody's umask, until a store is in it."""
    path.parent.mkdir()
    path.touch(0o644)
    assert refused(path).code == "store.missing"
    assert path.stat().st_size == 0
    made(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_in_the_place_of_the_lock_is_not_followed(path: Path, tmp_path: Path) -> None:
    made(path)
    lock = path.with_name("auth.db.lock")
    lock.unlink()
    lock.symlink_to(tmp_path / "victim")
    with open_store(str(path)) as store:
        with pytest.raises(Unavailable) as caught:
            store.database.run(ADD, name="a", n=1)
        assert caught.value.code == "store.lock"
    assert not (tmp_path / "victim").exists()


# What may be wrong with it.


def test_another_programs_database_is_not_touched(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE users (name)")
    other.close()
    for create in (False, True):
        assert refused(path, create=create).code == "store.foreign"
    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("delete",)


@pytest.mark.parametrize("content", [b"hello\n", b"\0" * 8192, b"SQLite format 3\0", b"\xff" * 99])
def test_what_is_no_database_is_said_so(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    for create in (False, True):
        assert refused(path, create=create).code == "store.corrupt"


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"\xff" * 100 + data[100:],
        lambda data: data[:100] + b"\xff" * 4000 + data[4100:],
        lambda data: data[:5000],
        lambda data: data[:4096] + os.urandom(len(data) - 4096),
    ],
)
def test_a_damaged_store_is_said_so(path: Path, damage: Callable[[bytes], bytes]) -> None:
    made(path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(Unavailable) as caught:
        _read_all(path)
    assert caught.value.code in ("store.corrupt", "store.foreign")
    assert "\n" not in caught.value.message


def _read_all(path: Path) -> None:
    with open_store(str(path)) as store:
        for table in ("meta", "audit_events", "api_keys", "audit_head", "root_keys"):
            store.database.rows(f"SELECT * FROM {table} ORDER BY 1")


def test_what_was_deleted_is_overwritten(path: Path) -> None:
    secret = "a-name-that-must-not-stay"
    with open_store(str(path), create=True) as store:
        store.database.run(ADD, name=secret, n=1)
        store.database.run("DELETE FROM rate_buckets")
    assert secret.encode() not in path.read_bytes()


def test_a_copy_is_one_file_of_what_is_committed(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.touch(0o600)
    with open_store(str(path), create=True) as store:
        store.database.run(ADD, name="a", n=1)
        with store.database.writing():
            store.database.run(ADD, name="b", n=1)
            store.database.copy_to(copy)
    with closing(sqlite3.connect(copy)) as plain, plain:
        assert plain.execute("SELECT bucket FROM rate_buckets").fetchall() == [("a",)]
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    plain.close()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_a_copied_backup_keeps_a_log_when_it_is_written(path: Path, tmp_path: Path) -> None:
    made(path)
    with closing(sqlite3.connect(path)) as plain, plain:
        assert plain.execute("PRAGMA journal_mode=DELETE").fetchone() == ("delete",)
    plain.close()
    with open_store(str(path)) as store:
        assert store.database.row("PRAGMA journal_mode") == ("delete",)
        store.database.run(ADD, name="a", n=1)
        assert store.database.row("PRAGMA journal_mode") == ("wal",)


# A full disk.


def _limited(path: Path, size: int) -> list[str]:
    """Write until no file may grow any more; return what was committed before, and the error."""
    import resource
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    store = open_store(str(path))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    done = []
    try:
        for number in range(1000):
            with store.database.writing():
                for part in range(50):
                    name = f"{number:04}-{part:02}-" + "x" * 200
                    store.database.run(ADD, name=name, n=number)
            done.append(str(number))
    except Unavailable as error:
        rows = store.database.row("SELECT count(*) FROM rate_buckets")
        assert rows == (50 * len(done),)
        return [*done, error.code]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    return done


def test_a_full_disk_is_said_so_and_leaves_the_old_state(path: Path) -> None:
    from tests.store.stores import together

    made(path)
    ((*done, code),) = together(_limited, [(path, 400_000)])
    assert code == "store.full"
    with open_store(str(path)) as store:
        assert store.database.row("SELECT count(*) FROM rate_buckets") == (50 * len(done),)
        assert store.database.row("PRAGMA integrity_check") == ("ok",)
        store.database.run(ADD, name="after", n=1)
    assert done


def test_a_store_that_does_not_fit_is_made_later(path: Path) -> None:
    from tests.store.stores import together

    ((code,),) = together(_make_limited, [(path, 20_000)])
    assert code == "store.full"
    with open_store(str(path), create=True) as store:
        assert store.database.row("PRAGMA integrity_check") == ("ok",)
        assert store.audit.verify().valid


def _make_limited(path: Path, size: int) -> list[str]:
    import resource
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        open_store(str(path), create=True).close()
    except Unavailable as error:
        return [error.code]
    return []


def _fill(store: Store) -> None:
    for number in range(1000):
        store.database.run(ADD, name=f"{number}-" + "x" * 5000, n=number)


@pytest.mark.skipif(shutil.which("mount") is None or os.name != "posix", reason="no mount")
def test_a_small_file_system_that_is_full(tmp_path: Path) -> None:
    """ENOSPC itself; where this process may mount one."""
    import subprocess

    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "none", place]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("this user may not mount a file system")
    try:
        store: Store
        with open_store(str(place / "auth.db"), create=True) as store:
            with pytest.raises(Unavailable) as caught:
                _fill(store)
            assert caught.value.code == "store.full"
            rows = store.database.rows("SELECT tat FROM rate_buckets ORDER BY tat")
            assert rows == [(number,) for number in range(len(rows))]
            assert rows
            assert store.database.row("PRAGMA integrity_check") == ("ok",)
    finally:
        subprocess.run(["umount", place], check=True)
