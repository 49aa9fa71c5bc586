"""Status: it says that a store can be used only where it can."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from authcli import files
from authcli.clock import now_ms
from authcli.roots import FileSource, new_root_key
from authcli.store import open_store
from authcli.store.migrate import NEWEST
from authcli.store.store import Store
from authcli.store.upkeep.backup import back_up
from authcli.store.upkeep.rekeying import rekey_pepper
from authcli.store.upkeep.status import Status, status_of
from tests.store.upkeep import fill, opened, state_of


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    with opened(store_url, tmp_path) as found:
        yield found


def look(store: Store) -> Status:
    return status_of(store, at_ms=now_ms())


def codes(found: Status) -> set[str]:
    return {finding.code for finding in found.findings if finding.severity != "note"}


def test_an_interrupt_leaves_no_probe_of_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C right after the room was taken gives it back."""
    real = files.create

    def create(path: Path, data: bytes) -> None:
        real(path, data)
        raise KeyboardInterrupt

    with opened(str(tmp_path / "auth.db"), tmp_path) as store:
        monkeypatch.setattr(files, "create", create)
        with pytest.raises(KeyboardInterrupt):
            look(store)
    assert list(tmp_path.rglob(".*.tmp")) == []


def test_a_healthy_store(store: Store, tmp_path: Path) -> None:
    fill(store)
    before = state_of(store)
    found = status_of(store, at_ms=now_ms(), full=True)
    assert state_of(store) == before  # the probe of writing was taken back
    assert (found.usable, found.due, found.writable) == (True, False, True)
    assert found.integrity == ("ok" if store.engine == "sqlite" else None)
    assert found.engine == store.engine
    assert found.version[0].isdigit()
    assert (found.schema, found.newest) == (NEWEST, NEWEST)
    assert found.size_bytes > 0
    assert dict(found.keys) == {
        **dict.fromkeys(("pending", "expired", "superseded", "disabled"), 0),
        "live": 3,
        "grace": 1,
        "revoked": 1,
    }
    assert {root.root: root.keys for root in found.roots} == {"pepper": 1, "audit": 1, "kek": 0}
    assert found.audit.head == found.audit.events == found.audit.mirror
    assert {note.code for note in found.findings} == {"store.backup"}
    assert all(file.mode == 0o600 for file in found.files)
    roles = {file.role for file in found.files}
    assert roles >= {"pepper", "audit-key", "audit-head"}
    if store.engine == "sqlite":
        assert (found.journal_mode, found.synchronous) == ("wal", "full")
        assert roles >= {"database", "wal", "shm", "lock"}
    back_up(store, tmp_path / "b.db")
    assert look(store).last_backup_at is not None
    assert look(store).findings == ()


def test_a_store_that_cannot_be_written_is_not_usable(store_url: str, tmp_path: Path) -> None:
    opened(store_url, tmp_path).close()
    with open_store(store_url, read_only=True, side_folder=tmp_path / "side") as store:
        found = look(store)
    assert (found.writable, found.usable) == (False, False)
    assert codes(found) == {"store.read-only"}


def test_a_file_that_others_can_read_is_named(store: Store) -> None:
    """Each of them, by its name and its mode."""
    for file in look(store).files:
        file.path.chmod(0o640)
        found = look(store)
        assert (codes(found), found.usable, found.due) == ({"store.exposed"}, True, True)
        (finding,) = [one for one in found.findings if one.severity == "warning"]
        assert str(file.path) in finding.message
        assert "0640" in finding.message
        file.path.chmod(0o600)


def test_a_folder_that_others_can_write_is_named(store: Store) -> None:
    assert store.folder is not None
    store.folder.chmod(0o777)
    assert codes(look(store)) == {"store.exposed"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_of_another_user_is_named(store: Store) -> None:
    source = store.roots["pepper"]
    assert isinstance(source, FileSource)
    os.chown(source.path, 12345, -1)
    assert codes(look(store)) == {"store.owner"}


def test_a_root_key_that_is_lost_or_another_is_named(store: Store) -> None:
    fill(store)
    source = store.roots["pepper"]
    assert isinstance(source, FileSource)
    source.path.unlink()
    store.peppers.refresh()
    found = look(store)
    assert (codes(found), found.usable) == ({"root.missing"}, False)
    source.add(new_root_key())
    store.peppers.refresh()
    assert codes(look(store)) == {"root.wrong"}


def test_an_older_database_in_the_place_of_a_newer_is_seen(store: Store) -> None:
    """Its audit has fewer events than the copy of its end says."""
    fill(store)
    head = store.audit.mirror
    assert head is not None
    newer = head.read_bytes()
    for sql in (
        "DELETE FROM audit_events WHERE seq > 3",
        "UPDATE audit_head SET seq = 3, row_mac = (SELECT row_mac FROM audit_events WHERE seq = 3)",
    ):
        store.database.run(sql)
    assert head.read_bytes() == newer
    found = look(store)
    assert codes(found) == {"audit.truncated"}
    assert found.due


def test_another_history_is_seen(store: Store) -> None:
    fill(store)
    store.database.run("UPDATE audit_events SET row_mac = 'x' WHERE seq = :seq", seq=8)
    assert codes(look(store)) == {"audit.anchor"}


def test_an_audit_without_its_copy_is_no_error(store: Store) -> None:
    assert store.audit.mirror is not None
    store.audit.mirror.unlink()
    found = look(store)
    assert found.audit.mirror is None
    assert codes(found) == set()


def test_damaged_pages_are_seen(tmp_path: Path) -> None:
    with opened(str(tmp_path / "a.db"), tmp_path) as store:
        fill(store)
        row = store.database.row(
            "SELECT rootpage FROM sqlite_master WHERE name = 'ix_api_keys_name'"
        )
        assert row is not None
        store.database.row("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray((tmp_path / "a.db").read_bytes())
    start = (int(row[0]) - 1) * 4096
    data[start : start + 4096] = b"\xff" * 4096
    (tmp_path / "a.db").write_bytes(data)
    with opened(str(tmp_path / "a.db"), tmp_path) as store:
        found = look(store)
    assert not found.usable
    assert "store.corrupt" in codes(found)
    assert found.integrity != "ok"


def test_an_old_pepper_is_noted(store: Store) -> None:
    fill(store)
    rekey_pepper(store, at_ms=now_ms())
    found = look(store)
    assert codes(found) == set()
    (note,) = [one for one in found.findings if one.code == "store.rekeying"]
    assert "4 API keys wait" in note.message
