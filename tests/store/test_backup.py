"""Backup and restore: one moment in one file, and back, with nothing lost that was not named."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from authcli import apikeys
from authcli.errors import (
    ApiKeyRejected,
    AuthError,
    Conflict,
    InvalidInput,
    Unavailable,
)
from authcli.roots import ROOTS, FileSource, RootSource
from authcli.store import open_store
from authcli.store.store import Store
from authcli.store.upkeep.backup import Backup, back_up
from authcli.store.upkeep.backup_check import checked_backup
from authcli.store.upkeep.losses import Losses, losses_of
from authcli.store.upkeep.restoring import Restored, restore, restore_anew, sources_at
from authcli.store.upkeep.rows import TABLES, contents
from authcli.store.upkeep.sealed_roots import opened_roots, sealed_roots
from authcli.store.urls import locate
from tests.store.upkeep import buckets, fill, id_of, once, opened, state_of


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    with opened(store_url, tmp_path) as found:
        yield found


def put_back(live: Store, path: Path, **options: Any) -> tuple[Losses, Restored]:
    """Restore a backup as the command does, without its questions."""
    with checked_backup(path) as checked:
        losses = losses_of(checked, live=live, sources=live.roots, added={})
        return losses, restore(
            live,
            checked,
            before=losses.present,
            lost=losses.lost,
            sources=live.roots,
            added={},
            **options,
        )


def verdict(store: Store, text: str) -> str:
    try:
        apikeys.verify(store.api_keys, text)
    except AuthError as error:
        return error.code
    return "ok"


def test_a_backup_is_an_owner_only_file_of_everything(store: Store, tmp_path: Path) -> None:
    fill(store)
    expected = contents(store.database)
    made = back_up(store, tmp_path / "b.db")
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert made.counts == {table: found.rows for table, found in expected.items()}
    assert made.lacks == ("audit", "pepper")
    with open_store(str(made.path), read_only=True) as copy:
        assert contents(copy.database) == expected
        assert copy.store_id == store.store_id
    with closing(sqlite3.connect(made.path)) as plain, plain:
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert sorted(path.name for path in tmp_path.glob("*b.db*")) == ["b.db"]


def test_no_root_key_is_in_a_backup(store: Store, tmp_path: Path) -> None:
    texts = fill(store)
    data = back_up(store, tmp_path / "b.db").path.read_bytes()
    for name in ("pepper", "audit"):
        for key in store.roots[name].read():
            assert key not in data
            assert key.hex().encode() not in data
    assert not any(text.encode() in data for text in texts.values())


def test_a_restore_brings_back_what_was_there(store: Store, tmp_path: Path) -> None:
    """Keys verify as they did, those issued since are unknown, and the audit says what happened."""
    texts = fill(store)
    before = contents(store.database)
    path = back_up(store, tmp_path / "b.db").path
    later = apikeys.issue(store.api_keys, "later").text
    apikeys.revoke(store.api_keys, [id_of(store, "live")], reason="gone")
    replaced = store.audit.head()
    losses, restored = put_back(store, path)
    assert (losses.lost, losses.issued, losses.revoked) == (2, 1, 1)
    assert (losses.chain, losses.missing, losses.another) == ("ok", (), False)
    after = contents(store.database)
    same = before.keys() - {"audit_events", "audit_head"}
    assert {table: after[table] for table in same} == {table: before[table] for table in same}
    assert verdict(store, texts["live"]) == "ok"
    assert verdict(store, texts["revoked"]) == "apikey.revoked"
    assert verdict(store, later) == "apikey.unknown"
    *_, last = store.audit.find()
    assert (last.event, last.seq) == ("store.restored", restored.head)
    assert replaced is not None
    assert last.members["replaced"] == {"seq": replaced.seq, "row_mac": replaced.row_mac}
    assert last.members["lost_events"] == 2
    assert store.audit.verify().valid  # the copy of the head too, which knew more
    assert store.audit.warnings == []


def test_a_process_that_has_the_store_open_goes_on_with_what_was_restored(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    """No log of the old content is applied to the new, and what it writes is kept."""
    fill(store)
    path = back_up(store, tmp_path / "b.db").path
    script = (
        "import sys; from pathlib import Path; from tests.store.upkeep import *\n"
        "store = opened(sys.argv[1], Path(sys.argv[2]))\n"
        "apikeys.issue(store.api_keys, 'later')\n"
        "print(store.database.row('SELECT count(*) FROM api_keys')[0], flush=True)\n"
        "sys.stdin.readline()\n"
        "print(store.database.row('SELECT count(*) FROM api_keys')[0], flush=True)\n"
        "print(apikeys.issue(store.api_keys, 'after').text, flush=True)\n"
    )
    words = [sys.executable, "-c", script, store_url, str(tmp_path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert int(other.stdout.readline()) == 6
        put_back(store, path)
        other.stdin.write("\n")
        other.stdin.flush()
        assert int(other.stdout.readline()) == 5
        text = other.stdout.readline().strip()
        assert other.wait() == 0
    assert verdict(store, text) == "ok"
    assert store.audit.verify().valid
    if store.path is not None:
        assert store.database.row("PRAGMA integrity_check") == ("ok",)


WRITER = """
import sys; from pathlib import Path; from tests.store.upkeep import *
store = opened(sys.argv[1], Path(sys.argv[2]))
print("ready", flush=True)
for number in range(10_000):
    with store.database.writing():
        for name in ("left", "right"):
            store.database.run(
                "UPDATE rate_buckets SET tat = tat + 1 WHERE bucket = :name", name=name)
"""


def test_backups_beside_eight_writers_are_of_one_moment(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    """Two rows that are always written together are the same in each backup."""
    for name in ("left", "right"):
        store.database.run("INSERT INTO rate_buckets VALUES (:name, 0, 1)", name=name)
    words = [sys.executable, "-c", WRITER, store_url, str(tmp_path)]
    writers = [subprocess.Popen(words, stdout=subprocess.PIPE) for _ in range(8)]
    try:
        for writer in writers:
            assert writer.stdout is not None
            writer.stdout.readline()
        seen = []
        for number in range(4):
            made = back_up(store, tmp_path / f"{number}.db")
            with closing(sqlite3.connect(made.path)) as plain, plain:
                seen.append(
                    plain.execute("SELECT tat FROM rate_buckets ORDER BY bucket").fetchall()
                )
                assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    assert all(left == right for left, right in seen)
    assert seen[0] != seen[-1]


def test_a_backup_takes_no_place_unasked(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "b.db"
    path.write_text("precious")
    with pytest.raises(Conflict):
        back_up(store, path)
    assert path.read_text() == "precious"
    assert back_up(store, path, force=True).size_bytes == path.stat().st_size
    with pytest.raises(InvalidInput):
        back_up(store, tmp_path)
    assert sorted(path.name for path in tmp_path.glob(".*")) == []


@pytest.mark.parametrize("suffix", ["", "-wal", ".lock"])
def test_a_backup_never_replaces_the_store_itself(suffix: str, tmp_path: Path) -> None:
    with opened(str(tmp_path / "a.db"), tmp_path) as store:
        link = tmp_path / "link"
        link.symlink_to(f"{store.path}{suffix}")
        for path in (Path(f"{store.path}{suffix}"), link):
            with pytest.raises(InvalidInput) as error:
                back_up(store, path, force=True)
            assert error.value.code == "backup.own"


def test_an_interrupted_backup_leaves_nothing(store: Store, tmp_path: Path) -> None:
    buckets(store, 20_000, expires_at=1)
    (tmp_path / "old.db").write_text("old")
    for name in ("new.db", "old.db"):
        with pytest.raises(KeyboardInterrupt):
            back_up(store, tmp_path / name, force=True, progress=once(KeyboardInterrupt()))
    assert not (tmp_path / "new.db").exists()
    assert (tmp_path / "old.db").read_text() == "old"
    assert list(tmp_path.glob(".*")) == []


def test_an_interrupted_restore_changes_nothing(store: Store, tmp_path: Path) -> None:
    texts = fill(store)
    buckets(store, 1000, expires_at=1)
    path = back_up(store, tmp_path / "b.db").path
    apikeys.revoke(store.api_keys, [id_of(store, "live")], reason="gone")
    before = state_of(store)
    with pytest.raises(KeyboardInterrupt):
        put_back(store, path, progress=once(KeyboardInterrupt()))
    assert state_of(store) == before
    assert verdict(store, texts["live"]) == "apikey.revoked"
    assert store.audit.verify().valid


def _foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute("CREATE TABLE bookmarks (url TEXT)")


def _like_ours(path: Path) -> None:
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute("CREATE TABLE meta (key TEXT)")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for at in range(8192, 8192 + 600):
        data[at] ^= 0xFF
    path.write_bytes(data)


def _of_a_format_to_come(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[47] = 9  # SQLite's "schema format number": 4 is the last
    path.write_bytes(data)


def _of_an_older_schema_by_its_own_words(path: Path) -> None:
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute("UPDATE meta SET value = '1' WHERE name = 'schema'")


def _with_a_table_of_no_text(path: Path) -> None:
    """SQLite's error repeats the name, which Python cannot read."""
    data = path.read_bytes().replace(b"tablemetameta", b"table\x8betameta")
    path.write_bytes(data.replace(b"CREATE TABLE meta", b"CREATE TABLX meta"))


def _newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute("UPDATE meta SET value = '99' WHERE name = 'schema'")


def _dangling(path: Path) -> None:
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute("INSERT INTO api_key_usage VALUES (12345, 0, 'ok', 1)")


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (Path.unlink, "backup.missing"),
    "empty": (lambda path: path.write_bytes(b""), "backup.invalid"),
    "random": (lambda path: path.write_bytes(os.urandom(9000)), "backup.invalid"),
    "text": (lambda path: path.write_text("hello"), "backup.invalid"),
    "foreign": (lambda path: (path.unlink(), _foreign(path)), "backup.invalid"),
    "like ours": (lambda path: (path.unlink(), _like_ours(path)), "backup.invalid"),
    "folder": (lambda path: (path.unlink(), path.mkdir()), "backup.invalid"),
    "cut": (_cut, "backup.invalid"),
    "flipped": (_flipped, "backup.invalid"),
    "older in words": (_of_an_older_schema_by_its_own_words, "backup.invalid"),
    "no text": (_with_a_table_of_no_text, "backup.invalid"),
    "format": (_of_a_format_to_come, "backup.invalid"),
    "newer": (_newer, "store.newer"),
    "dangling": (_dangling, "backup.invalid"),
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Backup:
    """A backup of a store that is filled, made once."""
    folder = tmp_path_factory.mktemp("sound")
    with opened(str(folder / "a.db"), folder) as store:
        fill(store)
        return back_up(store, folder / "b.db")


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_backup_is_refused(kind: str, sound: Backup, tmp_path: Path) -> None:
    spoil, code = BAD[kind]
    path = tmp_path / "b.db"
    path.write_bytes(sound.path.read_bytes())
    spoil(path)
    with pytest.raises(AuthError) as error, checked_backup(path):
        pass
    assert error.value.code == code
    assert error.value.message.isprintable()  # SQLite's own words come in lines
    if code != "backup.missing":
        assert str(path) in error.value.message


def test_a_backup_whose_audit_was_changed_is_noticed(store: Store, tmp_path: Path) -> None:
    fill(store)
    path = back_up(store, tmp_path / "b.db").path
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute("UPDATE audit_events SET actor = 'nobody' WHERE seq = 2")
    with checked_backup(path) as checked:
        losses = losses_of(checked, live=store, sources=store.roots, added={})
    assert losses.chain == "audit.row"


def test_a_backup_of_another_store_is_noticed(sound: Backup, store: Store) -> None:
    with checked_backup(sound.path) as checked:
        losses = losses_of(checked, live=store, sources=store.roots, added={})
    assert losses.another
    assert losses.missing == ("audit", "pepper")
    assert losses.chain == "skipped"
    assert losses.lost == 1


def test_the_store_itself_is_no_backup(tmp_path: Path) -> None:
    with opened(str(tmp_path / "a.db"), tmp_path) as store, pytest.raises(InvalidInput) as error:
        put_back(store, tmp_path / "a.db")
    assert error.value.code == "backup.own"


def test_a_backup_of_an_older_schema_is_brought_to_the_newest(store: Store, tmp_path: Path) -> None:
    """The backup itself stays what it is."""
    path = back_up(store, tmp_path / "b.db").path
    later = [table for table in TABLES if table not in ("root_keys", "audit_events", "audit_head")]
    with closing(sqlite3.connect(path)) as plain, plain:
        for table in reversed(later):
            plain.execute(f"DROP TABLE {table}")
        plain.execute("UPDATE meta SET value = '1' WHERE name = 'schema'")
    data = path.read_bytes()
    fill(store)
    put_back(store, path)
    assert store.database.row("SELECT count(*) FROM api_keys") == (0,)
    assert store.audit.verify().valid
    assert path.read_bytes() == data


def test_a_backup_restores_on_the_other_engine(tmp_path: Path, postgres_url: str) -> None:
    """One form of file restores everywhere."""
    with opened(str(tmp_path / "a.db"), tmp_path) as store:
        texts = fill(store)
        path = back_up(store, tmp_path / "b.db").path
        expected = contents(store.database)["api_keys"]
        roots = dict(store.roots)
    with checked_backup(path) as checked:
        restore_anew(
            postgres_url, checked, aside=None, sources=roots, added={}, side_folder=tmp_path / "x"
        )
    with open_store(postgres_url, roots=roots, side_folder=tmp_path / "x") as server:
        assert contents(server.database)["api_keys"] == expected
        assert verdict(server, texts["live"]) == "ok"
        assert server.audit.verify().valid
        again = back_up(server, tmp_path / "again.db").path
        assert server.store_id == checked.identity["store_id"]
    with open_store(str(again), read_only=True) as found:
        assert contents(found.database)["api_keys"].rows == expected.rows


def test_root_keys_travel_sealed_and_make_a_backup_complete(
    store_url: str, tmp_path: Path, postgres_database: Callable[[], str]
) -> None:
    """Everything but two files and a passphrase is lost, and the keys verify again."""
    with opened(store_url, tmp_path) as store:
        texts = fill(store)
        path = back_up(store, tmp_path / "b.db").path
        sealed = sealed_roots(store, passphrase=b"open sesame")
        keys = store.roots["pepper"].read()
    assert not any(key in sealed for key in keys)
    assert sealed.startswith(b"authcli-seal-")
    with pytest.raises(InvalidInput):
        opened_roots(b"no such file", passphrase=b"open sesame")
    added = opened_roots(sealed, passphrase=b"open sesame")
    url = str(tmp_path / "new" / "a.db") if "sqlite" in store_url else postgres_database()
    side = tmp_path / "elsewhere"
    with checked_backup(path) as checked:
        sources = sources_at(
            locate(url), given={}, side_folder=side, store_id=checked.identity["store_id"]
        )
        assert losses_of(checked, live=None, sources=sources, added=added).missing == ()
        done = restore_anew(
            url, checked, aside=None, sources=sources, added=added, side_folder=side
        )
    assert set(done.roots) == {"audit", "pepper"}
    with open_store(url, side_folder=side) as again:
        assert verdict(again, texts["live"]) == "ok"
        assert again.audit.verify().valid
        for name in ("audit", "pepper"):
            source = again.roots[name]
            assert isinstance(source, FileSource)
            assert stat.S_IMODE(source.path.stat().st_mode) == 0o600
            assert len(source.read()) == 1  # none was made beside it


def test_a_restore_that_fails_anew_leaves_no_store(sound: Backup, tmp_path: Path) -> None:
    place = tmp_path / "a.db"
    # None of the root keys that are needed is there.
    other: dict[str, RootSource] = {name: FileSource(tmp_path / name) for name in ROOTS}
    with checked_backup(sound.path) as checked, pytest.raises(Unavailable):
        restore_anew(str(place), checked, aside=None, sources=other, added={})
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_store_is_moved_aside_with_its_log(sound: Backup, tmp_path: Path) -> None:
    place = tmp_path / "a.db"
    place.write_bytes(b"damaged" * 1000)
    (tmp_path / "a.db-wal").write_bytes(b"the log")
    sources = {name: FileSource(ROOTS[name].beside(sound.path.parent / "a.db")) for name in ROOTS}
    with checked_backup(sound.path) as checked:
        restore_anew(str(place), checked, aside=".damaged", sources=sources, added={})
    assert (tmp_path / "a.db.damaged").read_bytes() == b"damaged" * 1000
    assert (tmp_path / "a.db.damaged-wal").read_bytes() == b"the log"
    with open_store(str(place), roots=sources) as store:
        assert store.store_id == sound.store_id
        assert store.audit.verify().valid
        assert store.database.row("PRAGMA integrity_check") == ("ok",)


def test_a_key_of_no_store_does_not_verify_after_a_restore(store: Store, tmp_path: Path) -> None:
    """A restore never makes a stranger's key good."""
    path = back_up(store, tmp_path / "b.db").path
    texts = fill(store)
    put_back(store, path)
    for text in texts.values():
        with pytest.raises(ApiKeyRejected):
            apikeys.verify(store.api_keys, text)
