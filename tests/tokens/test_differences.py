"""What differs between two tokens: all of it, nothing else, and in words where words say more."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from authcli import tokens
from authcli.errors import TokenRejected
from authcli.tokens.changes import Change, apply
from authcli.tokens.differences import MAX_PATH_CHARACTERS, Comparison, Difference, dotted
from tests.tokens.forging import NOW, hmac_signed, key_for, secret_key, signed, unsigned
from tests.tokens.test_editing import exact

KEY = secret_key()
HS256 = {"alg": "HS256"}
NAMES = st.sampled_from(["a", "b", "c.d", "https://ex.org/r", "scope", "aud", "exp", "", "é"])
VALUES = st.sampled_from([None, True, False, 0, 1, 1.0, -0.0, "a", "a b", "b a", 10**20, 1e20])
JSON = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
PAYLOADS = st.dictionaries(NAMES, JSON, max_size=5)


def compared(before: object, after: object, **header: object) -> Comparison:
    """Compare two payloads under one header."""
    first = hmac_signed({**HS256, **header}, before)
    return tokens.diff(first, hmac_signed({**HS256, **header}, after))


def of_payload(before: object, after: object) -> list[Difference]:
    return [found for found in compared(before, after).differences if found.part == "payload"]


def only(before: object, after: object) -> Difference:
    (found,) = of_payload(before, after)
    return found


def applied(payload: dict[str, Any], differences: list[Difference]) -> dict[str, Any]:
    """Return a payload after the changes that are listed."""
    result: Any = copy.deepcopy(payload)
    for found in differences:
        here = result
        for name in found.path[:-1]:
            here = here[name]
        if found.change == "removed":
            assert exact(here.pop(found.path[-1])) == exact(found.before)
        elif found.path:
            assert (found.path[-1] in here) == (found.change == "changed")
            here[found.path[-1]] = found.after
    return dict(result)


# --- all that differs, and nothing else -------------------------------------------------------


@given(payload=PAYLOADS, algorithm=st.sampled_from(["HS256", "HS512", "none"]))
def test_a_token_does_not_differ_from_itself(payload: dict[str, object], algorithm: str) -> None:
    token = hmac_signed({"alg": algorithm}, payload)
    comparison = tokens.diff(token, token.encode())
    assert (comparison.same, comparison.differences, comparison.warnings) == (True, (), ())


@given(before=PAYLOADS, after=PAYLOADS)
def test_the_differences_lead_from_the_first_token_to_the_second(
    before: dict[str, object], after: dict[str, object]
) -> None:
    found = of_payload(before, after)
    assert exact(applied(before, found)) == exact(after)
    if exact(before) == exact(after):
        assert [one.path for one in found] in ([], [()])


@given(before=PAYLOADS, after=PAYLOADS)
def test_the_other_way_round_everything_is_the_other_way_round(
    before: dict[str, object], after: dict[str, object]
) -> None:
    there = {(one.path, one.change): one for one in of_payload(before, after)}
    back = {(one.path, one.change): one for one in of_payload(after, before)}
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    assert {(path, turned[change]) for path, change in there} == back.keys()
    for (path, change), one in there.items():
        other = back[path, turned[change]]  # type: ignore[index]
        assert exact([one.before, one.after]) == exact([other.after, other.before])
        assert exact([one.added, one.removed]) == exact([other.removed, other.added])


@given(first=PAYLOADS, second=PAYLOADS, same=st.booleans())
def test_tokens_are_the_same_where_their_bytes_are(
    first: dict[str, object], second: dict[str, object], same: bool
) -> None:
    a, b = hmac_signed(HS256, first), hmac_signed(HS256, first if same else second)
    assert tokens.diff(a, b).same == (a == b)


PATHS = st.lists(NAMES, min_size=1, max_size=3).map(tuple)


@given(payload=PAYLOADS, path=PATHS, value=JSON)
def test_of_an_edit_exactly_what_was_edited_is_told(
    payload: dict[str, Any], path: tuple[str, ...], value: Any
) -> None:
    """Edit, then compare: the path that was set, or what differs in it, or what holds it."""
    payload = {f"x{name}": value for name, value in payload.items()}  # no registered claim
    path = (f"x{path[0]}", *path[1:])
    here: Any = payload
    for name in path[:-1]:
        assume(isinstance(here, dict))
        here = here.get(name, {})
    assume(isinstance(here, dict))
    change = Change(path, value)
    token = tokens.mint(payload, key=KEY, at=NOW)
    edit = tokens.edit(token, [change], key=KEY, at=NOW)
    found = [one for one in tokens.diff(token, edit).differences if one.part == "payload"]
    for one in found:
        length = min(len(one.path), len(path))
        assert one.path[:length] == path[:length]
    wanted = apply(payload, [change], remove=())
    assert bool(found) == (json.dumps(payload) != json.dumps(wanted))
    assert exact(applied(tokens.decode(token).payload, found)) == exact(tokens.decode(edit).payload)


def test_nested_differences_are_told_by_their_path() -> None:
    before = {"sub": "a", "at": {"city": "Oslo", "geo": {"x": 1}}, "gone": 1}
    after = {"at": {"city": "Rome", "geo": {"x": 1, "y": 2}}, "sub": "a", "new": None}
    assert [(one.path, one.change, one.before, one.after) for one in of_payload(before, after)] == [
        (("at", "city"), "changed", "Oslo", "Rome"),
        (("at", "geo", "y"), "added", None, 2),
        (("gone",), "removed", 1, None),
        (("new",), "added", None, None),
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [(1, 1.0), (1, True), (0, False), (0.0, -0.0), (10**20, 1e20), ([1], [True])],
)
def test_values_that_python_takes_for_equal_differ(before: object, after: object) -> None:
    assert exact(only({"x": before}, {"x": after}).after) == exact(after)


def test_the_order_of_members_is_no_difference_of_claims_but_one_of_bytes() -> None:
    found = only({"a": 1, "b": [{"x": 1, "y": 2}]}, {"b": [{"y": 2, "x": 1}], "a": 1})
    assert (found.path, found.change) == ((), "changed")
    assert found.words == "the same members, written differently: order, blanks, escapes or numbers"


def test_an_object_under_a_very_long_path_is_told_whole() -> None:
    """Every difference repeats its path: thousands under one huge name would be gigabytes."""
    name = "n" * (MAX_PATH_CHARACTERS + 1)
    members = {f"m{number}": number for number in range(1000)}
    changed = {member: number + 1 for member, number in members.items()}
    found = only({name: members}, {name: changed})
    assert (found.path, found.after) == ((name,), changed)
    assert of_payload({name: members}, {name: dict(reversed(members.items()))})[0].path == ()
    assert len(of_payload({name[:-1]: members}, {name[:-1]: changed})) == 1000


# --- lists -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "added", "removed", "words"),
    [
        ({"r": ["a", "b"]}, {"r": ["b", "c"]}, ("c",), ("a",), "adds 'c', drops 'a'"),
        ({"r": ["a", "b"]}, {"r": ["b", "a"]}, (), (), "the same members, in another order"),
        ({"r": ["a"]}, {"r": ["a", "a"]}, ("a",), (), "adds 'a'"),
        ({"r": [1]}, {"r": [True]}, (True,), (1,), "adds 'true', drops '1'"),
        ({"r": [{"a": 1, "b": 2}]}, {"r": [{"b": 2, "a": 1}, {}]}, ({},), (), "adds '{}'"),
        ({"scope": "a b"}, {"scope": "b c"}, ("c",), ("a",), "adds 'c', drops 'a'"),
        ({"scope": "a b"}, {"scope": "b a"}, (), (), "the same members, in another order"),
        ({"scope": "a"}, {"scope": " a"}, (), (), "the same members, written differently"),
        ({"scp": "a b"}, {"scp": ["a", "b"]}, (), (), "the same members, written differently"),
        ({"aud": "a"}, {"aud": ["a"]}, (), (), "the same members, written differently"),
        ({"aud": "a"}, {"aud": ["a", "b"]}, ("b",), (), "adds 'b'"),
        ({"aud": "a"}, {"aud": "b"}, (), (), None),
        ({"r": []}, {"r": list("abcde")}, tuple("abcde"), (), "adds 'a', 'b', 'c' and 2 more"),
        ({"r": "a"}, {"r": ["a"]}, (), (), None),
        ({"x": {"aud": "a"}}, {"x": {"aud": "b"}}, (), (), None),
    ],
)
def test_lists_are_told_by_their_members(
    before: object, after: object, added: object, removed: object, words: str | None
) -> None:
    found = only(before, after)
    assert exact([found.added, found.removed]) == exact([added, removed])
    assert found.words == words


def test_text_out_of_a_token_is_escaped_in_words() -> None:
    found = only({"r": ["a"]}, {"r": ["a", "\x1b[2J\u202e" + "y" * 500]})
    assert found.words is not None
    assert found.words.isascii()
    assert found.words.isprintable()
    assert len(found.words) < 100


# --- times -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"exp": NOW}, {"exp": NOW + 7200}, "expires 2 h later"),
        ({"exp": NOW}, {"exp": NOW - 90}, "expires 1 min 30 s earlier"),
        ({"exp": NOW}, {"exp": NOW + 0.25}, "expires less than a second later"),
        ({"exp": NOW}, {"exp": float(NOW)}, "the same instant, written differently"),
        ({"nbf": NOW}, {"nbf": NOW + 1}, "becomes valid 1 s later"),
        ({"iat": NOW}, {"iat": NOW + 86_400}, "was issued 1 day later"),
        ({"auth_time": 1}, {"auth_time": 2}, "logged in 1 s later"),
        ({}, {"exp": NOW}, "expires 2026-12-01T09:00:00Z"),
        ({"exp": NOW}, {}, "no longer expires"),
        ({"exp": NOW}, {"exp": "soon"}, None),
        ({"exp": NOW}, {"exp": 10**30}, None),
        ({"exp": 10**30}, {"exp": NOW}, "expires 2026-12-01T09:00:00Z"),
        ({"nbf": NOW}, {}, None),
        ({"x": {"exp": 1}}, {"x": {"exp": 2}}, None),
        ({"x": 1}, {"x": 2}, None),
    ],
)
def test_times_are_told_in_words(before: object, after: object, words: str | None) -> None:
    assert only(before, after).words == words


# --- header and signature --------------------------------------------------------------------


def test_header_members_are_compared_as_claims_are() -> None:
    first, second = hmac_signed({**HS256, "kid": "a"}), hmac_signed({**HS256, "typ": "JWT"})
    found = [one for one in tokens.diff(first, second).differences if one.part == "header"]
    assert [(one.path, one.change) for one in found] == [(("kid",), "removed"), (("typ",), "added")]


def test_an_exp_in_the_header_is_no_time() -> None:
    first, second = hmac_signed({**HS256, "exp": 1}), hmac_signed({**HS256, "exp": 2})
    assert tokens.diff(first, second).differences[0].words is None


def test_signatures_of_one_text_are_told_apart() -> None:
    key = key_for("ES256")
    first, second = (signed({"alg": "ES256"}, {}, key=key, algorithm="ES256") for _ in "ab")
    comparison = tokens.diff(first, second)
    assert comparison.only_signature
    (found,) = comparison.differences
    assert (found.before, found.after) == (first.split(".")[2], second.split(".")[2])
    assert found.words == (
        "same header and claims, different signatures: each signing may give another"
    )


@pytest.mark.parametrize("algorithm", ["HS256", "RS256", "EdDSA", "Ed25519"])
def test_where_a_key_gives_one_signature_two_mean_two_keys(algorithm: str) -> None:
    first, second = (unsigned({"alg": algorithm}, {}, sig) for sig in (b"one", b"two"))
    words = tokens.diff(first, second).differences[0].words
    assert words == (
        f"same header and claims, different signatures: '{algorithm}' gives one for each key"
    )


def test_a_missing_signature_is_told_which_way() -> None:
    without, with_one = unsigned(HS256, {}), unsigned(HS256, {}, b"x")
    (added,) = tokens.diff(without, with_one).differences
    (removed,) = tokens.diff(with_one, without).differences
    assert (added.change, added.words) == ("added", "the first token is not signed")
    assert (removed.change, removed.words) == ("removed", "the second token is not signed")


def test_one_signature_over_two_texts_is_warned_of() -> None:
    comparison = tokens.diff(unsigned(HS256, {"a": 1}, b"x"), unsigned(HS256, {"a": 2}, b"x"))
    assert [found.part for found in comparison.differences] == ["payload"]
    assert comparison.warnings == (
        "the signatures are the same, what they sign is not: one was changed after signing",
    )


# --- what is no token ------------------------------------------------------------------------


def test_the_token_that_cannot_be_read_is_named() -> None:
    token = hmac_signed(HS256)
    for first, second, name in (("x", token, "A"), (token, "x", "B"), ("x", "x", "A")):
        with pytest.raises(TokenRejected) as refused:
            tokens.diff(first, second)
        said = f"token {name}: the token has 1 part; a signed one has 3"
        assert (refused.value.message, refused.value.code) == (said, "token.malformed")
        assert refused.value.report.checks[0].detail == said


def test_lenient_forgives_padding_and_finds_the_same_token() -> None:
    token = hmac_signed(HS256)
    padded = re.sub(r"^[^.]+", lambda m: m[0] + "=" * (-len(m[0]) % 4), token)
    assert padded != token
    comparison = tokens.diff(token, padded, lenient=True)
    assert (comparison.same, len(comparison.second.forgiven)) == (True, 1)
    with pytest.raises(TokenRejected, match="token B"):
        tokens.diff(token, padded)


@given(first=st.text() | st.binary(), second=st.text() | st.binary())
def test_no_text_raises_anything_but_a_verdict(first: str | bytes, second: str | bytes) -> None:
    with pytest.raises(TokenRejected):
        tokens.diff(first, second)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("a",), "a"),
        (("a", "b"), "a.b"),
        (("a.b", "c"), "a\\.b.c"),
        (("https://ex.org/r",), "https://ex.org/r"),
        (("",), '""'),
        ((), ""),
    ],
)
def test_paths_are_written_as_claims_are_named(path: tuple[str, ...], text: str) -> None:
    assert dotted(path) == text
