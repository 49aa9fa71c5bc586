"""Root keys: read from where they are held, made once, known again, never confused."""

from __future__ import annotations

import os
import re
import stat
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli.encoding import base64url_encode
from authcli.errors import Conflict, InvalidInput, Unavailable
from authcli.roots import (
    ROOTS,
    FileSource,
    FixedSource,
    RootKeys,
    check_mac,
    first_key,
    new_root_key,
    read_root_text,
)

A, B, C = (bytes([n]) * 32 for n in (1, 2, 3))


def line(key: bytes) -> bytes:
    return base64url_encode(key).encode() + b"\n"


def row(
    key_id: int, key: bytes, *, root: str = "pepper", state: str = "active"
) -> tuple[object, ...]:
    return (key_id, state, check_mac(root, key))


def keys_of(held: list[bytes], *rows: tuple[object, ...], root: str = "pepper") -> RootKeys:
    return RootKeys(root, rows=lambda: rows, source=FixedSource("env:PEPPER", held))


# Reading what a source holds.


def test_keys_are_read_as_base64url_and_as_hex() -> None:
    text = line(A) + B.hex().encode() + b"\r\n" + b"  " + line(C)
    assert read_root_text(text, "x") == [A, B, C]


def test_a_text_of_another_kind_is_one_key() -> None:
    """The same text is always the same key, with a line break after it or without."""
    (key,) = read_root_text(b"a pass phrase of more than 32 characters", "x")
    assert len(key) == 32
    assert read_root_text(b"a pass phrase of more than 32 characters\r\n", "x") == [key]
    assert read_root_text(b"a pass phrase of more than 32 characterz", "x") != [key]


@pytest.mark.parametrize("text", [b"", b" \n", b"too short", b"x" * 31, b"y" * 70_000])
def test_what_is_no_key_is_refused_and_not_repeated(text: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_root_text(text, "env:PEPPER")
    assert caught.value.code == "root.malformed"
    assert "env:PEPPER" in caught.value.message
    assert not text.strip() or text.decode() not in caught.value.message


@given(st.binary(max_size=300))
def test_any_bytes_are_keys_of_32_bytes_or_refused(data: bytes) -> None:
    try:
        found = read_root_text(data, "x")
    except InvalidInput:
        return
    assert found
    assert all(len(key) == 32 for key in found)


# Files.


def test_a_file_that_does_not_exist_holds_nothing(tmp_path: Path) -> None:
    assert FileSource(tmp_path / "none").read() == []


def test_keys_are_added_at_the_end_and_nobody_else_can_read_them(tmp_path: Path) -> None:
    source = FileSource(tmp_path / "auth.db.pepper")
    for key in (A, B, C):
        source.add(key)
    assert source.read() == [A, B, C]
    assert stat.S_IMODE((tmp_path / "auth.db.pepper").stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["auth.db.pepper"]
    assert not source.others_can_read


def test_a_file_that_others_can_read_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "pepper"
    path.write_bytes(line(A))
    path.chmod(0o640)
    source = FileSource(path)
    assert source.read() == [A]
    assert source.others_can_read


def _link(path: Path) -> None:
    (path.parent / "target").write_bytes(line(A))
    path.symlink_to("target")


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(_link, id="link"),
        pytest.param(os.mkfifo, id="named pipe"),
        pytest.param(lambda path: path.mkdir(), id="folder"),
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.write_bytes(line(A)[:-3] + b"\n"), id="cut"),
        pytest.param(lambda path: path.write_bytes(line(A) + b"?" * 60 + b"\n"), id="half wrong"),
        pytest.param(lambda path: path.write_bytes(line(A) * 5000), id="endless"),
    ],
)
def test_what_is_no_file_of_keys_is_refused(tmp_path: Path, make: object) -> None:
    """A damaged file must not pass for the secret of another key, nor a link lead elsewhere."""
    path = tmp_path / "pepper"
    make(path)  # type: ignore[operator]
    with pytest.raises(Unavailable) as caught:  # nobody named it: it is no usage error
        FileSource(path).read()
    assert caught.value.code == "root.damaged"
    assert caught.value.hint


def test_a_folder_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        FileSource(tmp_path / "no" / "pepper").add(A)
    assert caught.value.code == "root.unwritable"


# Making the first key.


def _first(path: str) -> bytes:
    return first_key(FileSource(Path(path)))


def test_two_that_come_at_once_agree_on_one_key(tmp_path: Path) -> None:
    path = tmp_path / "pepper"
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        made = set(pool.map(_first, [str(path)] * 16))
    assert len(made) == 1
    assert FileSource(path).read() == list(made)


def test_the_loser_of_a_race_takes_what_the_winner_made(tmp_path: Path) -> None:
    class Late(FileSource):
        """Finds nothing at first, as one does who looked before the other wrote."""

        looked = 0

        def read(self) -> list[bytes]:
            self.looked += 1
            return [] if self.looked <= 2 else super().read()

    (tmp_path / "pepper").write_bytes(line(A))
    late = Late(tmp_path / "pepper")
    with pytest.raises(Conflict):
        Late(tmp_path / "pepper").add(B)
    assert first_key(late) == A


def test_a_key_that_is_held_is_used_and_the_newest_of_several(tmp_path: Path) -> None:
    assert first_key(FixedSource("env:X", [A, B])) == B
    with pytest.raises(Unavailable) as caught:
        first_key(FixedSource("env:X", []))
    assert caught.value.code == "root.fixed"
    assert len(new_root_key()) == 32 != len({new_root_key(), new_root_key()})


# The keys of a store.


def test_a_key_is_found_by_its_check_value_wherever_it_stands() -> None:
    keys = keys_of([C, A, B], row(1, A, state="verify_only"), row(2, B), row(9, C, state="retired"))
    assert (keys.key(1), keys.key(2), keys.key(9)) == (A, B, C)
    assert keys.active_id == 2
    assert keys.ids == [1, 2]
    keys.check()


def test_the_check_value_is_what_the_schema_says() -> None:
    """`hex(HMAC-SHA-256(key, 'authcli-<root>-check'))`, computed apart: `openssl dgst -hmac`."""
    assert check_mac("pepper", b"k" * 32) == (
        "b3a4d6469a3087ffba161624da96c7caab41b037717b69ef3dda470871e4edb7"
    )
    assert check_mac("pepper", A) != check_mac("audit", A)


@pytest.mark.parametrize(
    ("held", "code"), [([], "root.missing"), ([B], "root.wrong"), ([B, C], "root.wrong")]
)
def test_a_key_that_is_missing_or_another_is_said_to_be(held: list[bytes], code: str) -> None:
    keys = keys_of(held, row(1, A))
    for ask in (keys.check, lambda: keys.key(1)):
        with pytest.raises(Unavailable) as caught:
            ask()
        assert caught.value.code == code
        assert "AUTHCLI_PEPPER" in str(caught.value.hint)
        assert "env:PEPPER" in caught.value.message


def test_the_key_of_another_root_is_another_key() -> None:
    keys = keys_of([A], row(1, A, root="audit"))
    with pytest.raises(Unavailable) as caught:
        keys.key(1)
    assert caught.value.code == "root.wrong"


def test_an_id_that_the_store_does_not_list_has_no_key() -> None:
    with pytest.raises(Unavailable) as caught:
        keys_of([A], row(1, A)).key(2)
    assert caught.value.code == "root.missing"


def test_a_store_without_keys_has_no_active_one() -> None:
    keys = keys_of([A])
    keys.check()
    with pytest.raises(Unavailable) as caught:
        _ = keys.active_id
    assert caught.value.code == "root.none"


def test_a_key_that_was_added_meanwhile_is_found_without_opening_anew(tmp_path: Path) -> None:
    source, rows = FileSource(tmp_path / "pepper"), [row(1, A)]
    source.add(A)
    keys = RootKeys("pepper", rows=lambda: rows, source=source)
    assert keys.key(1) == A
    source.add(B)
    rows.append(row(2, B))
    assert keys.key(2) == B


def test_what_a_change_read_is_taken_over_and_no_file_read_again_for_nothing() -> None:
    class Counted(FixedSource):
        reads = 0

        def read(self) -> list[bytes]:
            self.reads += 1
            return super().read()

    source = Counted("env:PEPPER", [A, B])
    keys = RootKeys("pepper", rows=lambda: [row(1, A)], source=source)
    assert (keys.active_id, keys.key(1)) == (1, A)
    keys.renew([row(1, A)])
    assert (keys.key(1), source.reads) == (A, 1)
    keys.renew([row(1, A, state="retired"), row(2, B)])
    assert (keys.active_id, keys.key(2), source.reads) == (2, B, 2)
    assert keys.is_retired(1)
    assert not keys.is_retired(2)
    assert not keys.is_retired(3)


@pytest.mark.parametrize(
    "damaged",
    [
        ("1", "active", "0" * 64),
        (1.5, "active", "0" * 64),
        (1, "living", "0" * 64),
        (1, "active", "\u00e9"),
        (1, "active", b"0" * 64),
        (1, None, None),
    ],
)
def test_a_list_of_keys_that_we_never_wrote_is_said_to_be_damaged(
    damaged: tuple[object, ...],
) -> None:
    keys = keys_of([A], damaged)
    for ask in (keys.check, lambda: keys.key(1), lambda: keys.renew([damaged])):
        with pytest.raises(Unavailable) as caught:
            ask()
        assert caught.value.code == "store.corrupt"
    with pytest.raises(Unavailable) as caught:
        _ = keys_of([A], row(1, A, state="retired")).active_id
    assert caught.value.code == "store.corrupt"


def test_nothing_is_read_before_a_key_is_needed() -> None:
    def fail() -> list[tuple[object, ...]]:
        raise AssertionError("read")

    repr(RootKeys("pepper", rows=fail, source=FixedSource("x", [A])))


def test_no_repr_shows_a_key() -> None:
    keys = keys_of([A], row(1, A))
    keys.key(1)
    shown = repr(keys) + repr(keys.source) + repr(vars(keys.source).keys())
    assert not re.search(re.escape(repr(A)[2:20]), shown)


def test_every_root_has_a_setting_and_a_file(tmp_path: Path) -> None:
    from authcli.cli._settings import SETTINGS

    assert [root for root in ROOTS.values() if root.setting not in SETTINGS] == []
    assert ROOTS["audit"].beside(tmp_path / "auth.db").name == "auth.db.audit-key"
    assert ROOTS["audit"].within(tmp_path) == tmp_path / "audit-key"
