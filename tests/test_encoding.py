"""Base64url and JSON have one reading here, or none."""

from __future__ import annotations

import json
import math
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli.encoding import (
    MAX_JSON_BYTES,
    MAX_JSON_DEPTH,
    base62_decode,
    base62_encode,
    base64url_decode,
    base64url_encode,
    canonical_json,
    compact_json,
    json_object,
    read_json,
)
from authcli.errors import InvalidEncoding

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.integers(min_value=0, max_value=62**11 - 1), st.integers(min_value=0, max_value=2**63))
def test_base62_round_trips_and_sorts_as_numbers_do(number: int, other: int) -> None:
    text, another = base62_encode(number, width=11), base62_encode(other, width=11)
    assert (len(text), base62_decode(text)) == (11, number)
    assert (text < another) == (number < other)


def test_base62_has_the_digits_first() -> None:
    assert base62_encode(61, width=2) == "0z"
    assert base62_encode(10, width=1) == "A"
    assert base62_decode("zz") == 62**2 - 1


@pytest.mark.parametrize("text", ["", "-", "a b", "ä", "\N{ARABIC-INDIC DIGIT ONE}", "a\n"])
def test_what_is_no_base62_is_refused(text: str) -> None:
    with pytest.raises(InvalidEncoding):
        base62_decode(text)


def test_a_number_too_wide_for_its_text_is_an_error() -> None:
    with pytest.raises(ValueError, match="more than 2"):
        base62_encode(62**2, width=2)


@given(st.binary(max_size=200))
def test_base64url_round_trips(data: bytes) -> None:
    assert base64url_decode(base64url_encode(data)) == data


@given(st.binary(min_size=1, max_size=40), st.data())
def test_no_other_spelling_decodes_to_the_same_bytes(data: bytes, draw: st.DataObject) -> None:
    """A second spelling of a token would slip past a deny list of tokens."""
    text = base64url_encode(data)
    position = draw.draw(st.integers(0, len(text) - 1))
    other = draw.draw(st.sampled_from("ABCXYZabcxyz0189-_+/= \n"))
    changed = text[:position] + other + text[position + 1 :]
    if changed != text:
        with suppress(InvalidEncoding):
            assert base64url_decode(changed) != data


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("YQ==", "padded"),
        ("YR", "spare bits"),
        ("YWK", "spare bits"),
        ("Y", "1 characters"),
        ("YW Jj", "position 3"),
        ("YWJj\n", "position 5"),
        ("YWJ+", "position 4"),
        ("YWJ/", "position 4"),
        ("YWJé", "non-ASCII"),
    ],
)
def test_base64url_has_one_spelling(text: str, problem: str) -> None:
    with pytest.raises(InvalidEncoding, match=problem):
        base64url_decode(text)


def test_rfc_7515_section_2_example() -> None:
    """RFC 7515, appendix C: octets whose base64 has every special character."""
    assert base64url_encode(bytes([3, 236, 255, 224, 193])) == "A-z_4ME"
    assert base64url_decode("A-z_4ME") == bytes([3, 236, 255, 224, 193])


@given(JSON_VALUES)
def test_json_round_trips(value: object) -> None:
    assert read_json(compact_json(value)) == value
    assert read_json(canonical_json(value)) == value if _is_unicode(value) else True


def _is_unicode(value: object) -> bool:
    return "\\ud" not in json.dumps(value).lower()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b'{"a":1,"a":2}', "'a' twice"),
        (b'{"x":{"a":1,"\\u0061":2}}', "'a' twice"),
        (b'{"a":1,"b":2,"c":3,"b":2}', "'b' twice"),
        (b"[NaN]", "NaN"),
        (b"[-Infinity]", "Infinity"),
        (b"1e999", "too large"),
        (b"9" * 5000, "cannot be read"),
        (b"\xff", "not UTF-8"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        ("{}".encode("utf-16"), "byte order mark"),
        ("{}".encode("utf-16-le"), "not JSON"),
        (b'"\xed\xa0\x80"', "not UTF-8"),
        (b"{'a':1}", "not JSON"),
        (b'{"a":1}x', "not JSON"),
        (b"", "not JSON"),
    ],
)
def test_json_that_two_readers_could_read_differently_is_refused(text: bytes, problem: str) -> None:
    with pytest.raises(InvalidEncoding, match=problem):
        read_json(text)


def test_depth_is_bounded_before_decoding() -> None:
    deepest = b"[" * MAX_JSON_DEPTH + b"]" * MAX_JSON_DEPTH
    assert read_json(deepest)
    with pytest.raises(InvalidEncoding, match="deeper than 64"):
        read_json(b"[" + deepest + b"]")
    with pytest.raises(InvalidEncoding, match="deeper"):
        read_json(b'{"a":' * 100_000)


def test_brackets_in_strings_and_side_by_side_are_no_depth() -> None:
    assert read_json(b'"' + b"[" * 5000 + b'"') == "[" * 5000
    assert len(read_json(b"[" + b",".join([b"[]"] * 5000) + b"]")) == 5000
    assert read_json(b'["\\"[", ' + b",".join([b"{}"] * 100) + b"]")[0] == '"['


def test_what_was_closed_is_no_depth_and_hides_none() -> None:
    """Pairs of brackets before it make a nesting neither deeper nor less deep."""
    for pairs in (b"[],", b'{},"]]]",'):
        for inner in (MAX_JSON_DEPTH - 1, MAX_JSON_DEPTH):
            text = b"[" + pairs * 70 + b"[" * inner + b"]" * inner + b"]"
            if inner < MAX_JSON_DEPTH:
                assert len(read_json(text)) >= 71
            else:
                with pytest.raises(InvalidEncoding, match="deeper than 64"):
                    read_json(text)


def test_blanks_around_json_are_none_of_it() -> None:
    assert read_json(b' \r\n\t{"a": 1}\n') == {"a": 1}
    assert read_json(b" [1] ") == [1]
    with pytest.raises(InvalidEncoding, match="not JSON"):
        read_json(b'{"a": 1} {')


def test_size_is_bounded_before_decoding() -> None:
    assert read_json(b'"aaaaaaaa"', max_bytes=10) == "aaaaaaaa"
    assert len(read_json(b'"%s"' % (b"a" * (MAX_JSON_BYTES - 2)))) == MAX_JSON_BYTES - 2
    with pytest.raises(InvalidEncoding, match="over the limit of 1048576"):
        read_json(b'"%s"' % (b"a" * (MAX_JSON_BYTES - 1)))
    with pytest.raises(InvalidEncoding, match="over the limit of 10"):
        read_json(b'"aaaaaaaaaa"', max_bytes=10)


@pytest.mark.parametrize("text", [b"[]", b"1", b'"x"', b"null"])
def test_an_object_is_asked_for(text: bytes) -> None:
    with pytest.raises(InvalidEncoding, match="not a JSON object"):
        json_object(text)


def test_no_error_holds_the_text_that_it_is_about() -> None:
    """A key file that is not JSON: neither the error nor what led to it has the key."""
    with pytest.raises(InvalidEncoding) as caught:
        read_json(b'{"k": "planted-marker", oops}')
    assert caught.value.__context__ is None
    assert "planted" not in str(caught.value)


def test_canonical_json_is_sorted_and_without_blanks() -> None:
    """RFC 7638, section 3.3."""
    assert canonical_json({"n": "é", "e": "AQAB"}) == '{"e":"AQAB","n":"é"}'.encode()
    for write in (canonical_json, compact_json):
        with pytest.raises(ValueError, match="not JSON compliant"):
            write({"n": math.nan})


@pytest.mark.parametrize("inside", [b'\\"', b'"', b"\\\\", b"x"])
def test_a_string_without_an_end_takes_linear_time(inside: bytes) -> None:
    """Its quotes are no beginnings: 256 KiB of them took minutes, and no signature was needed."""
    begun = time.process_time()
    for opening in (b"[],", b'{"a":1},'):
        with pytest.raises(InvalidEncoding):
            read_json(b'{"a":[' + opening * 70 + b'"' + inside * 250_000)
    assert time.process_time() - begun < 2
