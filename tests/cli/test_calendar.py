"""iCalendar files, held against RFC 5545 by a reader that follows it to the letter."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli.cli._calendar import Event, calendar
from authcli.cli._text import visible

NOW = 1_790_000_000

#: Section 3.3.11: what may stand in a TEXT value, escaped.
_TEXT = r"(?:[^\x00-\x08\x0a-\x1f\x7f\\;,]|\\[\\;,nN])*"


def unfolded(text: str) -> list[str]:
    """Undo the folding of section 3.1, once each line is known to be as it asks."""
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", ""), "a bare line break"
    assert "\r" not in text.replace("\r\n", ""), "a bare carriage return"
    for line in text.split("\r\n"):
        assert len(line.encode()) <= 75
    return text.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def components(text: str) -> list[tuple[str, dict[str, str]]]:
    """Read a calendar by its grammar (sections 3.4 and 3.6): name and properties of each part."""
    lines = unfolded(text)
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-1] == "END:VCALENDAR"
    found: list[tuple[str, dict[str, str]]] = []
    head: dict[str, str] = {}
    open_parts: list[dict[str, str]] = [head]
    for line in lines[1:-1]:
        name, colon, value = line.partition(":")
        assert colon
        assert re.fullmatch("[A-Z-]+", name), line
        if name == "BEGIN":
            open_parts.append({})
            found.append((value, open_parts[-1]))
        elif name == "END":
            open_parts.pop()
        else:
            assert name not in open_parts[-1], "each of these may stand once"
            open_parts[-1][name] = value
    assert open_parts == [head]
    assert head["VERSION"] == "2.0"
    assert head["PRODID"]
    assert found, "section 3.4: at least one component"
    return found


def events(text: str) -> list[dict[str, str]]:
    """Read the events, each with what section 3.6.1 asks of it."""
    found = [properties for name, properties in components(text) if name == "VEVENT"]
    for properties in found:
        assert {"UID", "DTSTAMP", "DTSTART"} <= properties.keys()
        for name in ("DTSTAMP", "DTSTART"):
            assert re.fullmatch(r"\d{8}T\d{6}Z", properties[name]), properties[name]
        for name in ("UID", "SUMMARY", "DESCRIPTION"):
            assert re.fullmatch(_TEXT, properties.get(name, "")), properties[name]
    uids = [properties["UID"] for properties in found]
    assert len({*uids}) == len(uids)
    return found


def plain(value: str) -> str:
    """Undo the escapes of section 3.3.11."""
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "N": "\n"}.get(found[1], found[1]), value)


def test_an_event_is_written_as_the_standard_has_it() -> None:
    event = Event("apikey-1", 1_795_000_000, "API key ci, of ops; ends", "line\nline")
    assert calendar([event], made_at=NOW).split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//authcli//authcli//EN",
        "BEGIN:VEVENT",
        "UID:apikey-1@authcli",
        "DTSTAMP:20260921T141320Z",
        "DTSTART:20261118T110640Z",
        r"SUMMARY:API key ci\, of ops\; ends",
        r"DESCRIPTION:line\nline",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_nothing_to_come_is_a_calendar_too() -> None:
    """One without any component is none: readers refuse it, and subscriptions break."""
    assert [name for name, _ in components(calendar([], made_at=NOW))] == ["VTIMEZONE", "STANDARD"]
    assert events(calendar([], made_at=NOW)) == []


def test_a_thing_that_comes_twice_is_one_event() -> None:
    twice = [Event("a", 1, "first"), Event("b", 2, "other"), Event("a", 3, "second")]
    assert [one["SUMMARY"] for one in events(calendar(twice, made_at=NOW))] == ["first", "other"]


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (-1, "19700101T000000Z"),
        (0, "19700101T000000Z"),
        (253_402_300_799, "99991231T235959Z"),
        (10**15, "99991231T235959Z"),
    ],
)
def test_a_year_has_four_digits(at: int, written: str) -> None:
    [event] = events(calendar([Event("a", at, "a")], made_at=NOW))
    assert event["DTSTART"] == written


@given(
    st.lists(
        st.builds(
            Event,
            st.text(max_size=90),
            st.integers(-(10**20), 10**20),
            st.text(max_size=300),
            st.text(max_size=300),
        ),
        max_size=3,
    )
)
def test_whatever_names_hold_the_file_is_whole(given_events: list[Event]) -> None:
    text = calendar(given_events, made_at=NOW)
    written = {visible(event.uid, keep="\n") for event in given_events}
    assert len(events(text)) == len(written)


@given(st.text(alphabet=st.characters(exclude_categories=["C", "Z"]) | st.just("\n"), max_size=200))
def test_text_reads_as_it_was(summary: str) -> None:
    """What is no control and no invisible character comes out as it went in."""
    [event] = events(calendar([Event("a", 1, summary)], made_at=NOW))
    assert plain(event["SUMMARY"]) == visible(summary, keep="\n")


def test_no_fold_cuts_a_character() -> None:
    for letters in ("é" * 100, "\U0001f600" * 50, "a" * 63 + "\U0001f600" * 5, "\\" * 100):
        text = calendar([Event("a", 1, letters)], made_at=NOW)
        for line in text.encode().split(b"\r\n"):
            line.decode()  # or a line ends within a character
        [event] = events(text)
        assert plain(event["SUMMARY"]) == letters


@pytest.mark.parametrize("text", ["\r\nBEGIN:VEVENT", "\x00\x1b[31m", "\u2028", "\ud800", "\u202e"])
def test_a_name_adds_no_line_and_moves_no_cursor(text: str) -> None:
    made = calendar([Event(text, 1, text, text)], made_at=NOW)
    assert len(events(made)) == 1
    assert "\x1b" not in made
    assert "\u202e" not in made
