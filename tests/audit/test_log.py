"""The audit of a store, on both engines: written with the change, or there is no change."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from authcli import files
from authcli.apikeys.text import build, new_id, new_secret
from authcli.audit.model import COLUMNS, Event
from authcli.clock import now_ms
from authcli.errors import InvalidInput, Unavailable
from authcli.roots import FileSource
from authcli.store import Store, open_store
from authcli.store.audit import AuditLog

SECRET = "ak_live_that_was_shown_once"


def opened(url: str, folder: Path, **more: Any) -> Store:
    return open_store(url, side_folder=folder / "side", **{"actor": "alice@host", **more})


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    with opened(store_url, tmp_path, create=True, process="test [1]", request_id="r-1") as found:
        yield found


def act(store: Store, *events: str, **more: Any) -> None:
    with store.change() as journal:
        for event in events:
            journal.record(event, **more)


def names(store: Store, **filters: Any) -> list[str]:
    return [event.event for event in store.audit.find(**filters)]


def mirror(store: Store) -> Path:
    path = store.audit.mirror
    assert path is not None
    return path


def last_seq(store: Store) -> int:
    head = store.audit.head()
    assert head is not None
    return head.seq


# Writing.


def test_an_event_says_who_did_what_to_what(store: Store) -> None:
    before = now_ms()
    act(
        store,
        "apikey.revoked",
        target=("apikey", "ak_1"),
        detail={"reason": "left\n"},
        outcome="ok",
    )
    *_, event = store.audit.find()
    assert event[2:12] == (
        *("apikey.revoked", "ok", "alice@host", "test [1]", "apikey", "ak_1", "r-1", None),
        *('{"reason":"left\\n"}', 1),
    )
    assert event.members == {"reason": "left\n"}
    assert before <= event.at <= now_ms()
    assert event.seq == last_seq(store)


def test_a_change_that_fails_leaves_no_event_and_an_event_that_fails_no_change(
    store: Store,
) -> None:
    def change(*, then_fail: bool = False, **detail: object) -> None:
        with store.change() as journal:
            store.database.run("INSERT INTO meta (name, value) VALUES ('half', 'x')")
            journal.record("test.half", detail=detail)
            if then_fail:
                raise ZeroDivisionError

    act(store, "test.one")
    on_disk = mirror(store).read_bytes()
    with pytest.raises(ZeroDivisionError):
        change(then_fail=True)
    with pytest.raises(InvalidInput) as caught:
        change(reason="x" * 100_000)
    assert caught.value.code == "audit.detail"
    store.database.run("UPDATE audit_head SET mac = 'forged'")
    with pytest.raises(Unavailable) as broken:
        change()
    assert broken.value.code == "audit.broken"
    assert store.database.rows("SELECT 1 FROM meta WHERE name = 'half'") == []
    assert names(store)[-1] == "test.one"
    assert mirror(store).read_bytes() == on_disk


def test_without_the_audit_key_nothing_is_changed(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    act(store, "test.one")
    source = store.roots["audit"]
    assert isinstance(source, FileSource)
    source.path.rename(source.path.with_name("elsewhere"))
    for code in ("root.missing", "root.wrong"):
        with opened(store_url, tmp_path) as other:
            with pytest.raises(Unavailable) as caught:
                act(other, "test.two")
            assert caught.value.code == code
            with pytest.raises(Unavailable) as caught:
                other.audit.verify()
            assert caught.value.code == code
        assert source.read() == [] or code == "root.wrong"  # none was made in its place
        FileSource(source.path).add(b"w" * 32) if code == "root.missing" else None
    assert names(store)[-1] == "test.one"


def test_many_events_of_one_change_are_one_pass(store: Store) -> None:
    """As `issue --count` records them; in the order recorded, whole, mirrored at the end."""
    with store.change() as journal:
        for number in range(3000):
            journal.record("apikey.issued", target=("apikey", f"ak_{number}"), secret=f"s{number}")
    result = store.audit.verify()
    assert result.valid
    assert result.head == result.copy
    found = list(store.audit.find(event="apikey.issued"))
    assert [event.target_id for event in found] == [f"ak_{number}" for number in range(3000)]
    assert len({event.secret_digest for event in found}) == 3000


def test_no_secret_enters(store: Store, tmp_path: Path) -> None:
    act(store, "apikey.issued", secret=SECRET)
    assert SECRET not in repr(list(store.audit.find()))
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path


def test_text_that_no_database_can_hold_is_kept_as_what_can(store_url: str, tmp_path: Path) -> None:
    with opened(store_url, tmp_path, create=True, actor="a\0b\udcff" + "c" * 5000) as store:
        act(store, "test.hostile", target=("x", "\0\ud800"), detail={"\0": "\udcff\0\x1b"})
        *_, event = store.audit.find()
        assert event.actor == "a\ufffdb\ufffd" + "c" * 1020
        assert event.target_id == "\ufffd\ufffd"
        assert event.members == {"\0": "\udcff\0\x1b"}
        assert store.audit.verify().valid


@pytest.mark.parametrize("who", ["actor", "process", "request_id"])
def test_who_acts_is_no_api_key(store_url: str, tmp_path: Path, who: str) -> None:
    """It would be kept in clear with every event; nothing is made, and the key not repeated."""
    key = build(prefix="ak_live", key_id=new_id(now_ms=now_ms()), secret=new_secret())
    for text in (key, f"KEY_{key}", f"by {key}, at night"):
        with pytest.raises(InvalidInput) as caught:
            opened(store_url, tmp_path, create=True, **{who: text})
        assert caught.value.code == "actor.invalid"
        assert key[-40:] not in str(caught.value)
    assert list(tmp_path.rglob("*")) == []
    with opened(store_url, tmp_path, create=True) as store:
        given = {"actor": "a", "process": "p", "request_id": "r", who: key}
        log = AuditLog(store.database, keys=store.root_keys("audit"), mirror=None, **given)
        with pytest.raises(InvalidInput):
            log.journal()


def test_a_part_that_was_undone_leaves_no_event(store: Store) -> None:
    def part() -> None:
        with store.change() as journal:
            journal.record("test.inner")
            raise ZeroDivisionError

    with store.change() as journal:
        journal.record("test.outer")
        with pytest.raises(ZeroDivisionError):
            part()
    assert names(store)[-1] == "test.outer"
    assert store.audit.verify().valid


# Reading.


def test_filters_hold_together(store: Store, store_url: str, tmp_path: Path) -> None:
    act(store, "apikey.issued", target=("apikey", "ak_1"), secret=SECRET)
    act(store, "apikey.revoked", target=("apikey", "ak_1"))
    with opened(store_url, tmp_path, actor="bob@host") as other:
        act(other, "apikey.issued", target=("apikey", "ak_22"), secret="other")
    assert names(store) == ["store.created", "apikey.issued", "apikey.revoked", "apikey.issued"]
    assert names(store, event="apikey.issued", actor="alice@host") == ["apikey.issued"]
    assert names(store, event="apikey.*") == ["apikey.issued", "apikey.revoked", "apikey.issued"]
    assert names(store, actor="bob*") == ["apikey.issued"]
    assert names(store, actor="bo") == []
    assert [event.seq for event in store.audit.find(target="ak_1")] == [2, 3]
    assert [event.seq for event in store.audit.find(target="ak_*")] == [2, 3, 4]
    assert [event.seq for event in store.audit.find(secret=SECRET)] == [2]
    assert [event.seq for event in store.audit.find(secret="unknown")] == []
    assert [event.seq for event in store.audit.find(newest_first=True, limit=2)] == [4, 3]
    assert [event.seq for event in store.audit.find(after_seq=2)] == [3, 4]
    assert [event.seq for event in store.audit.find(limit=0)] == []
    assert [event.seq for event in store.audit.find(limit=10**23, after_seq=2)] == [3, 4]
    times = [event.at for event in store.audit.find()]
    assert len(names(store, since_ms=times[0], until_ms=times[-1] + 1)) == 4
    assert names(store, until_ms=times[0]) == []
    assert names(store, since_ms=times[-1] + 1) == []


def test_a_filter_is_never_a_pattern_or_sql(store: Store) -> None:
    act(store, "test.one")
    for text in ("%", "_", "' OR 1=1 --", "a:b", ":after", "?", "%s", "é", ""):
        assert names(store, actor=text) == []
    assert names(store, actor="*") == ["store.created", "test.one"]


# Verifying: what was changed in the database itself.


@pytest.fixture
def long(store: Store) -> Store:
    """A store with five events."""
    for number in range(4):
        act(store, "apikey.issued", target=("apikey", f"ak_{number}"), secret=f"s{number}")
    assert store.audit.verify().valid
    return store


TAMPERED = {
    **{
        f"UPDATE audit_events SET {name} = {change} WHERE seq = 3": ("audit.row", 3)
        for name in COLUMNS[1:]
        for change in (f"{name} + 1" if name in ("at", "key_id") else "'changed'",)
    },
    "DELETE FROM audit_events WHERE seq = 1": ("audit.missing", 1),
    "DELETE FROM audit_events WHERE seq = 3": ("audit.missing", 3),
    "DELETE FROM audit_events WHERE seq = 5": ("audit.truncated", None),
    "DELETE FROM audit_events": ("audit.lost", None),
    "DELETE FROM audit_head": ("audit.head", None),
    "UPDATE audit_head SET seq = 4": ("audit.head", None),
    "UPDATE audit_head SET mac = row_mac": ("audit.head", None),
    "UPDATE audit_events SET target_id = NULL WHERE seq = 2": ("audit.row", 2),
    "UPDATE audit_events SET secret_digest = NULL WHERE seq = 2": ("audit.row", 2),
    "UPDATE audit_events SET seq = 0 WHERE seq = 3": ("audit.row", 1),
    "UPDATE audit_events SET seq = 9 WHERE seq = 5": ("audit.missing", 5),
    "UPDATE audit_events SET key_id = 99 WHERE seq = 4": ("audit.row", 4),
    "INSERT INTO audit_events SELECT 6, at, event, outcome, actor, process, target_type, target_id,"
    " request_id, secret_digest, detail, key_id, row_mac FROM audit_events WHERE seq = 5": (
        *("audit.row", 6),
    ),
    "UPDATE audit_events SET target_id = (SELECT target_id FROM audit_events AS other"
    " WHERE other.seq = 7 - audit_events.seq) WHERE seq IN (3, 4)": ("audit.row", 3),
}


def test_what_was_done_with_sql_is_found(long: Store) -> None:
    """Each is undone again, so that the next one finds a whole chain."""

    def tamper(sql: str) -> None:
        with long.database.writing():
            long.database.run(sql)
            result = long.audit.verify()
            found[sql] = (result.code, result.first_broken)
            raise ZeroDivisionError

    found: dict[str, tuple[str | None, int | None]] = {}
    for sql in TAMPERED:
        with pytest.raises(ZeroDivisionError):
            tamper(sql)
    assert found == TAMPERED
    assert long.audit.verify().valid


def test_a_blob_or_a_float_in_place_of_a_text_or_a_number_is_found(tmp_path: Path) -> None:
    """SQLite keeps what it is given, whatever the column was declared as."""
    path = tmp_path / "auth.db"
    for column, value in (
        ("actor", b"alice@host"),
        ("at", 1.5),
        ("at", "soon"),
        ("detail", b"\xff"),
    ):
        with opened(str(path), tmp_path, create=True) as store:
            act(store, "test.one")
            kept = store.database.row(f"SELECT {column} FROM audit_events WHERE seq = 2")
            change = f"UPDATE audit_events SET {column} = :value WHERE seq = 2"
            store.database.run(change, value=value)
            result = store.audit.verify()
            assert (result.code, result.first_broken) == ("audit.row", 2)
            assert kept is not None
            store.database.run(change, value=kept[0])


def test_a_text_that_is_no_utf_8_is_read_and_found(tmp_path: Path) -> None:
    """And every row after it, in either order, with its type: SQLite itself would give none."""
    with opened(str(tmp_path / "auth.db"), tmp_path, create=True) as store:
        act(store, *(f"test.{number}" for number in range(2, 7)))
        whole = list(store.audit.find())
        database = store.database
        database.run("UPDATE audit_events SET actor = CAST(x'fffe80' AS TEXT) WHERE seq IN (3, 5)")
        database.run("UPDATE audit_events SET target_id = x'ff', at = 1.5 WHERE seq = 5")
        found = list(store.audit.find())
        assert [event.seq for event in found] == [1, 2, 3, 4, 5, 6]
        assert found[2] == whole[2]._replace(actor="\udcff\udcfe\udc80")
        assert (found[4].at, found[4].target_id) == (1.5, b"\xff")
        assert (found[1], found[3], found[5]) == (whole[1], whole[3], whole[5])
        newest = store.audit.find(newest_first=True, limit=3)
        assert [event.seq for event in newest] == [6, 5, 4]
        assert [event.seq for event in store.audit.find(event="test.3")] == [3]
        result = store.audit.verify()
        assert (result.code, result.first_broken, result.broken) == ("audit.row", 3, 2)
        assert result.events == 6


@pytest.mark.parametrize("value", ["x'00ff'", "CAST(x'ff' AS TEXT)", "1.5", "9e999", "'é'"])
def test_a_head_of_anything_is_forged(tmp_path: Path, value: str) -> None:
    with opened(str(tmp_path / "auth.db"), tmp_path, create=True) as store:
        known = store.audit.head()
        assert known is not None
        for column in ("mac", "seq", "row_mac", "at"):
            store.database.run(f"UPDATE audit_head SET {column} = {value}")
            result = store.audit.verify()
            assert "audit.head" in (result.code, *(check.code for check in result.failures))
            with pytest.raises(Unavailable):
                act(store, "test.one")
            kept = {column: getattr(known, column)}
            store.database.run(f"UPDATE audit_head SET {column} = :{column}", **kept)
        assert store.audit.verify().valid


@pytest.mark.parametrize(
    "detail", ['{"a":NaN}', '{"a":1e999}', '{"a":1,"a":2}', "[1]", "{", "[" * 100_000, b"{}", None]
)
def test_a_detail_that_is_none_of_ours_is_empty(detail: str) -> None:
    """Whatever a database holds, a list can be printed as JSON."""
    event = Event(1, 1, "e", "ok", "a", "p", None, None, "r", None, '{"a":1}', 1, "")
    assert event.members == {"a": 1}
    assert event._replace(detail=detail).members == {}


def test_an_older_database_that_was_put_back_is_found_and_goes_on_being_found(long: Store) -> None:
    """The mirror keeps what it knows while the cut chain grows past it again."""
    head, known = long.audit.head(), mirror(long).read_bytes()
    act(long, "test.hidden")
    assert head is not None
    long.database.run("DELETE FROM audit_events WHERE seq > 5")
    long.database.run(
        "UPDATE audit_head SET seq = :seq, row_mac = :row_mac, at = :at, mac = :mac",
        **head._asdict(),
    )
    known = mirror(long).read_bytes()
    for _ in range(3):
        result = long.audit.verify()
        assert result.code in ("audit.truncated", "audit.anchor")
        act(long, "test.after")
    assert mirror(long).read_bytes() == known
    assert "audit verify" in long.audit.warnings[0]
    # On purpose, as `store restore` does it:
    long.audit.renew_mirror()
    assert long.audit.verify().valid


def test_a_lost_chain_that_begins_anew_is_found(long: Store) -> None:
    long.database.run("DELETE FROM audit_events")
    long.database.run("DELETE FROM audit_head")
    assert long.audit.verify().code == "audit.lost"
    for _ in range(6):
        act(long, "test.after")
    assert long.audit.verify().code == "audit.anchor"


def test_a_cut_chain_with_its_old_head_never_looks_whole_again(long: Store) -> None:
    long.database.run("DELETE FROM audit_events WHERE seq > 3")
    act(long, "test.after")
    assert (long.audit.verify().code, long.audit.verify().first_broken) == ("audit.missing", 4)


def test_an_event_between_is_never_hidden_by_a_forged_head(long: Store) -> None:
    """A head moved back onto an event that is genuine would let the next one replace the rest."""
    row = long.database.row("SELECT seq, row_mac, at FROM audit_events WHERE seq = 3")
    assert row is not None
    long.database.run(
        "UPDATE audit_head SET seq = :s, row_mac = :m, at = :a", s=row[0], m=row[1], a=row[2]
    )
    long.database.run("DELETE FROM audit_events WHERE seq > 3")
    with pytest.raises(Unavailable):
        act(long, "test.after")


# The mirror.


def test_the_mirror_is_owner_only_and_at_the_head(long: Store) -> None:
    assert stat.S_IMODE(mirror(long).stat().st_mode) == 0o600
    result = long.audit.verify()
    assert result.copy == result.head == long.audit.head()


def test_a_mirror_behind_the_head_is_accepted_and_catches_up(long: Store) -> None:
    """The machine stopped between the commit and the mirror."""
    behind = mirror(long).read_bytes()
    act(long, "test.one", "test.two")
    files.replace(mirror(long), behind)
    result = long.audit.verify()
    assert result.valid
    assert result.checks[2].detail.endswith("is 2 events behind the head")
    act(long, "test.three")
    assert long.audit.verify().copy == long.audit.head()


def test_a_mirror_that_is_gone_is_said_and_written_anew(long: Store) -> None:
    mirror(long).unlink()
    assert [check.status for check in long.audit.verify().checks] == ["pass", "pass", "skipped"]
    act(long, "test.one")
    assert long.audit.verify().copy == long.audit.head()
    assert long.audit.warnings == []


def test_a_mirror_that_is_none_is_found_and_kept(long: Store) -> None:
    text = mirror(long).read_bytes()
    forged = text.replace(b'"seq":5', b'"seq":4')
    for content in (b"", b"{}", b"\0" * 500, b"x" * 100_000, text[:-20], forged):
        mirror(long).write_bytes(content)
        long.audit.warnings.clear()
        assert long.audit.verify().code == "audit.anchor"
        act(long, "test.one")
        assert mirror(long).read_bytes() == content
        assert len(long.audit.warnings) == 1


def test_a_mirror_that_is_a_link_is_not_followed(long: Store, tmp_path: Path) -> None:
    mirror(long).rename(tmp_path / "target")
    mirror(long).symlink_to(tmp_path / "target")
    assert long.audit.verify().code == "audit.anchor"


def test_a_mirror_that_cannot_be_written_undoes_nothing_and_is_said(
    long: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    known = mirror(long).read_bytes()
    monkeypatch.setattr(files, "replace", full)
    act(long, "test.committed")
    assert names(long)[-1] == "test.committed"
    (warning,) = long.audit.warnings
    assert "no space left on device" in warning
    assert mirror(long).read_bytes() == known
    monkeypatch.undo()
    assert long.audit.verify().valid


def test_an_older_head_never_replaces_a_newer_one(long: Store) -> None:
    older = long.audit.head()
    act(long, "test.one")
    newer = mirror(long).read_bytes()
    assert older is not None
    from authcli.store.audit_mirror import Mirror

    for shared in (False, True):
        assert Mirror(mirror(long), shared=shared).write(older) is None
    assert mirror(long).read_bytes() == newer


# Anchors.


def test_a_copy_that_was_taken_away_is_an_anchor(long: Store, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor"
    anchor.write_bytes(mirror(long).read_bytes())
    act(long, "test.one")
    assert long.audit.verify(anchor=anchor).valid
    mirror(long).unlink()
    long.database.run("DELETE FROM audit_events")
    long.database.run("DELETE FROM audit_head")
    assert long.audit.verify(anchor=anchor).code == "audit.lost"


def test_an_anchor_of_another_store_is_none_of_this(long: Store, tmp_path: Path) -> None:
    with opened(str(tmp_path / "other.db"), tmp_path, create=True) as other:
        assert long.audit.verify(anchor=mirror(other)).code == "audit.anchor"


def test_an_anchor_that_is_no_file_of_one_is_a_usage_error(long: Store, tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "json").write_bytes(b"{}")
    for name in ("nowhere", "empty", "json", "."):
        with pytest.raises(InvalidInput) as caught:
            long.audit.verify(anchor=tmp_path / name)
        assert caught.value.code == "audit.anchor-file"


# Several at once.


def _append(url: str, folder: str, number: int) -> None:
    with opened(url, Path(folder), actor=f"p{number}", wait_seconds=60.0) as store:
        for turn in range(25):
            with store.change() as journal:
                journal.record("test.concurrent", detail={"turn": turn})


def test_eight_processes_leave_a_whole_chain_and_a_mirror_at_its_head(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    with ProcessPoolExecutor(8, mp_context=get_context("spawn")) as pool:
        list(pool.map(_append, [store_url] * 8, [str(tmp_path)] * 8, range(8)))
    result = store.audit.verify()
    assert result.valid
    assert result.events == 1 + 8 * 25
    assert result.copy == result.head
    for number in range(8):
        turns = [event.members["turn"] for event in store.audit.find(actor=f"p{number}")]
        assert turns == list(range(25))


def test_a_chain_is_verified_while_others_append(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    """A snapshot of one moment, and a mirror from before it."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        running = pool.map(_append, [store_url] * 2, [str(tmp_path)] * 2, range(2))
        seen = 0
        while seen < 51:
            result = store.audit.verify()
            assert result.valid, result.checks
            seen = result.events
        list(running)


def test_events_are_what_the_database_holds(store: Store) -> None:
    act(store, "test.one")
    rows = store.database.rows(f"SELECT {', '.join(COLUMNS)} FROM audit_events ORDER BY seq")
    assert list(store.audit.find()) == [Event(*row) for row in rows]
