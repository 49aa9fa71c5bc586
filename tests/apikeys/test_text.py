"""Keys as text: what is built is read again, and what is mistyped is noticed offline."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from authcli.apikeys.text import (
    LOOK_ALIKES,
    MAX_ID,
    build,
    check_prefix,
    display_id,
    holds_a_key,
    id_of,
    id_range,
    looks_like_a_key,
    new_id,
    new_secret,
    parse,
)
from authcli.errors import ApiKeyRejected, InvalidInput

PREFIXES = st.from_regex(r"\A[a-z][a-z0-9]{0,8}(_[a-z0-9]{1,7}){0,2}\Z")
KEYS = st.builds(
    lambda prefix, key_id, secret: build(prefix=prefix, key_id=key_id, secret=secret),
    PREFIXES,
    st.integers(0, MAX_ID),
    st.binary(min_size=32, max_size=32),
)
KEY = build(prefix="ak_live", key_id=125_205_763_919_711_263, secret=bytes(range(32)))
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def code_of(text: str) -> str:
    """Return the code that a text is refused with."""
    with pytest.raises(ApiKeyRejected) as refused:
        parse(text)
    assert id_of(text) is None
    assert refused.value.code is not None
    return refused.value.code


@given(PREFIXES, st.integers(0, MAX_ID), st.binary(min_size=32, max_size=32))
@example("a", 0, bytes(32))
@example("a" * 32, MAX_ID, b"\xff" * 32)
def test_what_is_built_is_read(prefix: str, key_id: int, secret: bytes) -> None:
    text = build(prefix=prefix, key_id=key_id, secret=secret)
    assert parse(text) == (prefix, key_id, text)
    assert id_of(text) == key_id
    assert len(text) == len(prefix) + 61
    assert looks_like_a_key(f" {text}\n")


@given(KEYS, st.data())
def test_every_changed_character_is_noticed(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda c: c != text[place]))
    assert code_of(text[:place] + other + text[place + 1 :]) in (
        "apikey.checksum",
        "apikey.malformed",
    )


@given(KEYS, st.data())
def test_every_character_too_many_or_too_few_is_noticed(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text)))
    more = data.draw(st.sampled_from(f"{BASE62}_ "))
    code_of(text[:place] + more + text[place:])
    code_of(text[:place] + text[place + 1 :] if place < len(text) else text[:-1])


@given(KEYS, st.data())
def test_neighbours_that_change_places_are_noticed(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text) - 2))
    a, b = text[place : place + 2]
    if a != b:
        code_of(text[:place] + b + a + text[place + 2 :])


def test_every_single_change_of_one_key_is_noticed() -> None:
    """All of them: 68 places, each with every other letter and digit."""
    texts = {
        KEY[:place] + other + KEY[place + 1 :]
        for place in range(len(KEY))
        for other in f"{BASE62}_-"
    } - {KEY}
    assert [text for text in texts if id_of(text) is not None] == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        (KEY[:-1], "too short, with 59 of the 60"),
        (f"{KEY}x", "too long"),
        (f" {KEY}", "a blank at position 1"),
        (f"{KEY}\n", "a blank at position 69"),
        (f"{KEY[:30]}\x00{KEY[31:]}", "a control character at position 31"),
        (f"{KEY[:30]}\u202e{KEY[31:]}", "beyond ASCII at position 31"),
        (f"{KEY[:30]}\u0663{KEY[31:]}", "beyond ASCII at position 31"),
        (f"{KEY[:30]}\uff11{KEY[31:]}", "beyond ASCII at position 31"),
        (f"{KEY[:30]}\udc80{KEY[31:]}", "beyond ASCII at position 31"),
        (f"{KEY[:30]}-{KEY[31:]}", "a stray character at position 31"),
        (KEY.replace("ak_live", "AK_live"), "is no prefix"),
        (KEY.replace("ak_live", "ak__live"), "is no prefix"),
        (KEY.replace("ak_live", "9k"), "is no prefix"),
        (KEY.replace("ak_live_", ""), "is not a prefix"),
        (KEY.replace("ak_live", "a" * 33), "too long"),
        ("ak_live_" + "z" * 60, "beyond all ids"),
        ("sk-proj-abc", "is not a prefix"),
        ("eyJhbGciOiJIUzI1NiJ9.e30.x", "is not a prefix"),
    ],
)
def test_a_text_of_another_shape_is_refused_with_where_to_look(text: str, says: str) -> None:
    with pytest.raises(ApiKeyRejected, match=says) as refused:
        parse(text)
    assert refused.value.code == "apikey.malformed"


def test_a_refusal_repeats_nothing_of_the_key() -> None:
    for place in range(8, len(KEY)):
        with pytest.raises(ApiKeyRejected) as refused:
            parse(f"{KEY[:place]}{'0' if KEY[place] != '0' else '1'}{KEY[place + 1 :]}")
        said = f"{refused.value.message} {refused.value.hint}"
        assert not [KEY[i : i + 6] for i in range(8, 62) if KEY[i : i + 6] in said]


def test_a_look_alike_is_pointed_at() -> None:
    text = build(prefix="ak", key_id=62**10 + 24, secret=bytes(32))
    assert text[3:14] == "1000000000O"
    with pytest.raises(ApiKeyRejected) as refused:
        parse(f"{text[:13]}0{text[14:]}")
    assert refused.value.hint is not None
    assert refused.value.hint.startswith("character 14 looks like another one")


def test_a_look_alike_is_found_wherever_it_stands() -> None:
    """In the prefix, the id, the secret, and the checksum itself."""
    found = set()
    for index, character in enumerate(KEY):
        for other in LOOK_ALIKES.get(character, ""):
            with pytest.raises(ApiKeyRejected) as refused:
                parse(f"{KEY[:index]}{other}{KEY[index + 1 :]}")
            if refused.value.code == "apikey.checksum":  # a capital in a prefix is no prefix
                said = str(refused.value.hint)
                assert said.startswith(f"character {index + 1} looks like another one")
                found.add(index)
    assert {min(found), max(found)} == {3, len(KEY) - 1}
    assert len(found) > 30


def test_a_mistyped_key_costs_little() -> None:
    """A file of a million of them is refused at the pace of good ones."""
    mistyped = [f"{KEY[:30]}{number:04d}{KEY[34:]}" for number in range(2000)]
    code_of(mistyped[0])
    began = time.process_time()
    assert {code_of(text) for text in mistyped} == {"apikey.checksum"}
    assert time.process_time() - began < 0.35


def test_a_key_is_found_in_whatever_text_it_was_pasted_into() -> None:
    for text in (KEY, f"KEY_{KEY}", f"x{KEY}", f"{KEY}.", f'{{"a":"{KEY}"}}', f"é{KEY}_old"):
        assert holds_a_key(text)
    for text in (KEY[:-1], f"build_{'0' * 64}", f"sha256-{'a' * 60}", "_" * 100, ""):
        assert not holds_a_key(text)


@pytest.mark.parametrize(
    "text", ["x" * 10**6, "a_" * 500_000, "_" * 10**6, "\x00" * 10**6, f"{KEY}{'é' * 10**6}"]
)
def test_a_megabyte_of_anything_is_refused_at_once(text: str) -> None:
    began = time.process_time()
    assert code_of(text) == "apikey.malformed"
    assert looks_like_a_key(text) is False
    assert time.process_time() - began < 0.5


@given(st.text(max_size=100))
def test_no_text_at_all_is_a_traceback(text: str) -> None:
    try:
        parse(text)
    except ApiKeyRejected as refused:
        assert refused.code in ("apikey.checksum", "apikey.malformed")


def test_ids_sort_by_their_time_and_differ_within_it() -> None:
    ids = [new_id(now_ms=1_800_000_000_000 + ms) for ms in (0, 1, 2, 1000, 10**9)]
    assert ids == sorted(ids)
    assert len({new_id(now_ms=1_800_000_000_000) for _ in range(100)}) > 95
    assert 0 <= new_id(now_ms=0) <= new_id(now_ms=10**15) <= MAX_ID
    assert new_secret() != new_secret()


@given(st.integers(0, MAX_ID), st.integers(1, 11))
def test_a_beginning_of_an_id_names_the_ids_that_begin_so(key_id: int, width: int) -> None:
    shown = display_id(key_id)
    low, high = id_range(shown[: 3 + width])
    assert low <= key_id <= high <= MAX_ID
    assert display_id(low)[: 3 + width] == display_id(high)[: 3 + width] == shown[: 3 + width]
    assert low == 0 or display_id(low - 1)[: 3 + width] != shown[: 3 + width]
    assert id_range(shown) == (key_id, key_id)
    assert id_range(shown[3:]) == (key_id, key_id)


@pytest.mark.parametrize("text", ["", "ak_", "ak_0123456789ab", "ak-01", "é", "\u0661", "zzzz" * 9])
def test_what_is_no_beginning_of_an_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        id_range(text)
    assert refused.value.code == "apikey.id"


@pytest.mark.parametrize("prefix", ["", "_a", "a_", "a__b", "A", "1a", "a-b", "é", "a" * 33, "a\n"])
def test_a_prefix_that_would_break_the_word_is_refused(prefix: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_prefix(prefix)
    assert refused.value.code == "apikey.prefix"


@pytest.mark.parametrize("prefix", ["a", "ak_live", "acme2_eu_1", "a" * 32])
def test_a_prefix_of_small_letters_and_digits_is_taken(prefix: str) -> None:
    assert check_prefix(prefix) == prefix
