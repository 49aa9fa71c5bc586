"""What a MAC is over can be read in one way only, and is what the documentation says."""

from __future__ import annotations

import hmac
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli.audit.chain import (
    event_text,
    head_from_text,
    head_to_text,
    is_genuine,
    keyed,
    made_head,
    secret_digest,
)
from authcli.audit.model import COLUMNS, Event, Head
from authcli.errors import InvalidInput

KEY = b"k" * 32
ROW: tuple[Any, ...] = (
    *(7, 1_764_000_000_123, "apikey.issued", "ok", "alice@host", "authcli apikey issue [4711]"),
    *("apikey", "ak_0Bq3v9XkT1a", "r-1", None, '{"name":"ci"}', 1),
)

#: Characters that an encoding trips over: its own delimiters, digits, what JSON escapes.
_TEXT = st.text(st.sampled_from('a1:,-\x00"\\é€😀'), max_size=6)
_NUMBER = st.integers(-5, 12)
_ROWS = st.tuples(
    *(_NUMBER, _NUMBER, _TEXT, _TEXT, _TEXT, _TEXT, st.none() | _TEXT, st.none() | _TEXT),
    *(_TEXT, st.none() | _TEXT, _TEXT, _NUMBER, _TEXT),
)


def _text(row: tuple[Any, ...]) -> bytes:
    return event_text(row, row[12])


@given(_ROWS, _ROWS)
def test_two_events_that_differ_have_two_texts(
    one: tuple[Any, ...], other: tuple[Any, ...]
) -> None:
    assert (_text(one) == _text(other)) == (one == other)


@given(_ROWS, st.integers(0, 12), st.data())
def test_what_moves_from_one_column_to_the_next_is_noticed(
    row: tuple[Any, ...], column: int, data: st.DataObject
) -> None:
    """The attack on every encoding by joining: "ab", "c" must not read as "a", "bc"."""
    texts = [i for i, value in enumerate(row) if isinstance(value, str)]
    first = texts[column % len(texts)]
    later = [i for i in texts if i > first]
    if not later or not row[first]:
        return
    moved, cut = list(row), data.draw(st.integers(0, len(row[first]) - 1))
    moved[first], moved[later[0]] = row[first][:cut], row[first][cut:] + row[later[0]]
    assert _text(tuple(moved)) != _text(row)


@pytest.mark.parametrize("column", range(12))
@pytest.mark.parametrize("value", [b"x", 1.5, 1.0, True, [1], None])
def test_a_value_of_another_type_passes_for_none(column: int, value: object) -> None:
    """A database may hold bytes or a float where a text or a whole number was written."""
    row = [*ROW]
    row[column] = value
    if value is None and COLUMNS[column] in ("target_type", "target_id", "secret_digest"):
        return
    if value is True and isinstance(ROW[column], int):
        return  # no database returns one from a column of numbers
    with pytest.raises((TypeError, ValueError)):
        event_text(row, "")


def test_the_text_is_the_documented_one() -> None:
    """Written by hand from the docstring, for whoever verifies an export with another program."""
    text = (
        "authcli-audit-event/1,7,1764000000123,1,4:prev"
        "13:apikey.issued2:ok10:alice@host27:authcli apikey issue [4711]"
        '6:apikey14:ak_0Bq3v9XkT1a3:r-1-13:{"name":"ci"}'
    )
    assert event_text(ROW, "prev").decode() == text
    assert keyed(KEY)(text.encode()) == hmac.new(KEY, text.encode(), "sha256").hexdigest()
    head = made_head(keyed(KEY), seq=7, row_mac="ab", at=5)
    by_hand = hmac.new(KEY, b"authcli-audit-head/1,7,5,2:ab", "sha256").hexdigest()
    assert head == Head(7, "ab", 5, by_hand)


def test_the_mac_does_not_depend_on_the_rows_own() -> None:
    assert event_text((*ROW, "x"), "p") == event_text((*ROW, "y"), "p") == event_text(ROW, "p")


@pytest.mark.parametrize(
    "change",
    [{"seq": 8}, {"row_mac": "ac"}, {"at": 6}, {"mac": "0" * 64}, {"mac": b"x"}, {"seq": "7"}],
)
def test_a_head_that_was_changed_is_not_genuine(change: dict[str, Any]) -> None:
    head = made_head(keyed(KEY), seq=7, row_mac="ab", at=5)
    other = keyed(b"o" * 32)
    assert is_genuine(head, [other, keyed(KEY)])
    assert not is_genuine(head._replace(**change), [other, keyed(KEY)])
    assert not is_genuine(head, [other])


def test_a_head_is_written_and_read() -> None:
    head = made_head(keyed(KEY), seq=7, row_mac="ab" * 32, at=1_764_000_000_123)
    assert head_from_text(head_to_text(head), name="x") == head


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"{}", b"null", b"[" * 5000, b"\xff" * 9, b"{" + b" " * 9000 + b"}"),
        b'{"schema":"authcli/audit.head/1","seq":"1","row_mac":"a","at":1,"mac":"b"}',
        b'{"schema":"authcli/audit.head/1","seq":true,"row_mac":"a","at":1,"mac":"b"}',
        b'{"schema":"authcli/audit.head/1","seq":-1,"row_mac":"a","at":1,"mac":"b"}',
        b'{"schema":"authcli/audit.head/1","seq":1,"row_mac":"a","at":1}',
        b'{"schema":"authcli/audit.head/2","seq":1,"row_mac":"a","at":1,"mac":"b"}',
    ],
)
def test_what_is_no_copy_of_a_head_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="no copy") as caught:
        head_from_text(data, name="anchor")
    assert caught.value.code == "audit.anchor-file"


def test_a_secret_is_known_again_by_the_key_alone() -> None:
    digest = secret_digest(KEY, "ak_live_x")
    assert digest == secret_digest(KEY, b"ak_live_x")
    assert (
        len({digest, secret_digest(b"o" * 32, "ak_live_x"), secret_digest(KEY, "ak_live_y")}) == 3
    )
    assert digest != hmac.new(KEY, b"ak_live_x", "sha256").hexdigest()  # no other use of the key


def test_a_detail_that_was_tampered_with_is_empty_not_an_error() -> None:
    for detail in ("", "[]", "nul", "[" * 100_000, b"x", None):
        assert Event(*ROW, "mac")._replace(detail=detail).members == {}  # type: ignore[arg-type]
