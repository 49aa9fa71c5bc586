"""Every change that was made without the key is found, and the first broken event is named."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from authcli.audit.chain import GENESIS, Mac, event_text, keyed, made_head
from authcli.audit.model import COLUMNS, Head
from authcli.audit.verification import Copy, Verification, verify_chain
from authcli.errors import Rejected

MACS = {1: keyed(b"k" * 32), 2: keyed(b"l" * 32)}


def chain(count: int) -> Iterator[tuple[Any, ...]]:
    """Make rows as the writer does; the key changes in the middle, as a rekey changes it."""
    previous = GENESIS
    for seq in range(1, count + 1):
        key_id = 1 if seq <= count // 2 else 2
        row = (
            *(seq, 1_764_000_000_000 + seq, "apikey.issued", "ok", "alice@host", "test [1]"),
            *("apikey", f"ak_{seq}", "r", "d" * 64 if seq % 2 else None, f'{{"n":{seq}}}', key_id),
        )
        previous = MACS[key_id](event_text(row, previous))
        yield (*row, previous)


def head_of(row: Sequence[Any]) -> Head:
    return made_head(MACS[row[11]], seq=row[0], row_mac=row[12], at=row[1])


ROWS = list(chain(9))
HEADS = [head_of(row) for row in ROWS]
WHOLE = HEADS[-1]


def verify(
    rows: list[tuple[Any, ...]],
    *,
    head: Head | None = WHOLE,
    copy: Head | None = WHOLE,
    problem: str | None = None,
) -> Verification:
    def mac_of(key_id: object) -> Mac | None:
        return MACS.get(key_id) if isinstance(key_id, int) else None

    return verify_chain(
        rows,
        head=head,
        copy=Copy("the copy", copy, problem),
        macs=mac_of,
        head_macs=list(MACS.values()),
    )


@pytest.mark.parametrize("known", range(9))
def test_a_whole_chain_is_valid_with_a_copy_at_or_behind_its_head(known: int) -> None:
    result = verify(ROWS, copy=HEADS[known])
    assert result.valid
    assert (result.code, result.events, result.broken, result.first_broken) == (None, 9, 0, None)
    result.require_valid()


def test_an_empty_store_is_valid() -> None:
    assert verify([], head=None, copy=None).valid


def test_a_copy_that_was_never_written_is_skipped_and_said() -> None:
    result = verify(ROWS, copy=None)
    assert result.valid
    assert [check.status for check in result.checks] == ["pass", "pass", "skipped"]


_ANY = st.one_of(
    *(st.none(), st.integers(-3, 12), st.floats(), st.binary(max_size=4)),
    *(st.text(max_size=5), st.sampled_from([value for row in ROWS for value in row])),
)


@given(st.integers(0, 8), st.integers(0, 12), _ANY)
def test_any_change_of_any_column_of_any_row_is_found(row: int, column: int, value: object) -> None:
    assume(value != ROWS[row][column] or type(value) is not type(ROWS[row][column]))
    rows = [*ROWS]
    rows[row] = (*rows[row][:column], value, *rows[row][column + 1 :])
    result = verify(rows)
    assert not result.valid
    # A MAC that was changed breaks its own row first; every other column too.
    assert result.first_broken == row + 1
    with pytest.raises(Rejected) as caught:
        result.require_valid()
    assert caught.value.code in ("audit.row", "audit.missing")


@given(st.integers(0, 8), st.integers(1, 8))
def test_deleted_rows_are_found(first: int, count: int) -> None:
    rows = ROWS[:first] + ROWS[first + count :]
    result = verify(rows)
    assert not result.valid
    if first + count < 9:
        assert (result.code, result.first_broken) == ("audit.missing", first + 1)
    else:
        assert result.code == ("audit.truncated" if rows else "audit.lost")


@given(st.integers(0, 8), st.integers(0, 8))
def test_two_events_that_changed_places_are_found(one: int, other: int) -> None:
    """With their numbers, or each with the number of the place."""
    assume(one < other)
    rows = [*ROWS]
    rows[one], rows[other] = rows[other], rows[one]
    numbered = [(number + 1, *row[1:]) for number, row in enumerate(rows)]
    assert verify(numbered).first_broken == one + 1
    assert verify(numbered).code == "audit.row"


@given(st.integers(0, 9), st.integers(0, 8), st.booleans())
def test_an_event_that_was_put_in_is_found(place: int, copied: int, renumbered: bool) -> None:
    """A copy of a genuine one, the others moved on; or under a number that no event has."""
    inserted = (place + 1, *ROWS[copied][1:])
    later = [(row[0] + 1, *row[1:]) for row in ROWS[place:]] if renumbered else []
    rows = [*ROWS[:place], inserted, *later] if renumbered else [(0, *inserted[1:]), *ROWS]
    result = verify(rows)
    assert not result.valid
    if place == copied and renumbered:  # the genuine one stands in its place; the next does not
        assert result.first_broken == place + 2
    else:
        assert (result.code, result.first_broken) == ("audit.row", place + 1 if renumbered else 1)


@given(st.integers(0, 8))
def test_a_chain_that_was_cut_is_found_by_its_head(kept: int) -> None:
    result = verify(ROWS[:kept])
    assert result.code == ("audit.truncated" if kept else "audit.lost")


@given(st.integers(0, 8))
def test_a_chain_that_was_cut_with_its_head_is_found_by_the_copy(kept: int) -> None:
    """An older state of the database was put back: all of it is genuine."""
    result = verify(ROWS[:kept], head=HEADS[kept - 1] if kept else None)
    assert result.code == ("audit.truncated" if kept else "audit.lost")
    assert [check.status for check in result.checks] == ["pass", "pass", "fail"]
    if kept == 7:
        assert result.checks[2].detail == "the last events, 8 to 9, are gone"
    if kept == 8:
        assert result.checks[2].detail == "the last event, 9, is gone"


@pytest.mark.parametrize("known", range(8))
def test_a_head_that_is_behind_is_an_error(known: int) -> None:
    assert verify(ROWS, head=HEADS[known], copy=None).code == "audit.head"


def test_a_head_that_is_gone_is_an_error() -> None:
    assert verify(ROWS, head=None).code == "audit.head"


@pytest.mark.parametrize(
    "change", [{"seq": 8}, {"seq": 10**9}, {"row_mac": "0" * 64}, {"at": 0}, {"mac": "0" * 64}]
)
def test_a_forged_head_or_copy_is_named(change: dict[str, Any]) -> None:
    forged = WHOLE._replace(**change)
    assert verify(ROWS, head=forged).code == "audit.head"
    assert verify(ROWS, copy=forged).code == "audit.anchor"


def test_a_copy_that_cannot_be_read_is_an_error() -> None:
    result = verify(ROWS, copy=None, problem="is not a regular file")
    assert result.code == "audit.anchor"
    assert result.checks[2].detail == "the copy is not a regular file"


def test_a_record_that_was_written_anew_with_the_key_disagrees_with_an_older_copy() -> None:
    """What even the holder of the key cannot do."""
    previous, rows = GENESIS, []
    for row in ROWS:
        altered = (*row[:4], "mallory@host", *row[5:12])
        previous = MACS[row[11]](event_text(altered, previous))
        rows.append((*altered, previous))
    result = verify(rows, head=head_of(rows[-1]), copy=HEADS[4])
    assert [check.status for check in result.checks] == ["pass", "pass", "fail"]
    assert result.code == "audit.anchor"


def test_all_broken_events_are_counted_and_what_follows_is_still_checked() -> None:
    rows = [*ROWS]
    for number in (2, 5, 6):
        rows[number] = (*rows[number][:4], "mallory", *rows[number][5:])
    result = verify(rows)
    assert (result.broken, result.first_broken) == (3, 3)
    assert result.checks[0].detail == (
        "event 3 is not what was written, or not where it was; 2 more after it"
    )


def test_several_missing_events_are_named() -> None:
    assert verify(ROWS[:2] + ROWS[5:]).checks[0].detail == "events 3 to 5 are missing"
    assert verify(ROWS[:2] + ROWS[3:]).checks[0].detail == "event 3 is missing"


def test_memory_does_not_grow_with_the_chain() -> None:
    """8,000 events take no more than 800."""

    def peak(count: int) -> int:
        *_, last = chain(count)
        tracemalloc.start()
        try:
            verify_chain(
                chain(count),
                head=head_of(last),
                copy=Copy("x"),
                macs=MACS.get,  # type: ignore[arg-type]
                head_macs=list(MACS.values()),
            )
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)
    assert peak(8_000) < peak(800) + 8_000


def test_columns_are_those_that_the_mac_is_over() -> None:
    """A column that is added to the table and forgotten here could be changed unseen."""
    from importlib.resources import files

    schema = (files("authcli.store") / "schema" / "0001_store.sql").read_text("utf-8")
    table = schema.partition("CREATE TABLE audit_events")[2].partition(");")[0]
    assert [name for name in COLUMNS if f" {name} " not in table.replace("\n", " ")] == []
    assert table.count(" TEXT") + table.count(" BIGINT") == len(COLUMNS)
