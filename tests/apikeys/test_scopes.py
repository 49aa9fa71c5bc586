"""Scopes: their grammar, and what a pattern covers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli.apikeys.scopes import (
    MAX_SCOPE,
    MAX_SCOPES,
    check_scope,
    check_scopes,
    grants,
    missing,
)
from authcli.apikeys.text import build
from authcli.errors import InvalidInput

KEY = build(prefix="ak_live", key_id=12345, secret=bytes(range(32)))

WORDS = st.from_regex(r"\A[a-z0-9./_-]{1,6}\Z")
SCOPES = st.lists(WORDS, min_size=1, max_size=4).map(":".join)


@pytest.mark.parametrize(
    "scope",
    ["read", "read:invoices", "a:b:c", "*", "a:*", "a:b:*", "https://api.example/x.read", "a_b-c"],
)
def test_what_is_a_scope(scope: str) -> None:
    assert check_scope(scope) == scope


@pytest.mark.parametrize(
    "scope",
    [
        *("", " ", "read write", "read,write x", "a:", ":a", "a::b", "a*", "*:a", "a:*:b", "**"),
        *("a\n", "a\x00", 'a"b', "a\\b", "é", "a\u202e", "x" * (MAX_SCOPE + 1), "a:**"),
    ],
)
def test_what_is_no_scope(scope: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_scope(scope)
    assert refused.value.code == "apikey.scope-invalid"


@pytest.mark.parametrize("scope", [KEY, f"read:{KEY}", f"KEY_{KEY}:*"])
def test_a_scope_that_holds_a_key_is_refused_and_not_repeated(scope: str) -> None:
    """It has a scope's grammar, and would be kept in clear, in the row and in the audit."""
    with pytest.raises(InvalidInput) as refused:
        check_scope(scope)
    assert refused.value.code == "apikey.scope-invalid"
    assert KEY[:30] not in f"{refused.value.message}{refused.value.hint}"


@given(SCOPES)
def test_a_scope_grants_itself_and_is_granted_by_all(scope: str) -> None:
    assert check_scope(scope) == scope
    assert grants([scope], scope)
    assert grants(["*"], scope)
    assert not grants([], scope)


@given(SCOPES, WORDS)
def test_a_pattern_grants_what_is_below_and_not_itself_alone(scope: str, word: str) -> None:
    assert grants([f"{scope}:*"], f"{scope}:{word}")
    assert grants([f"{scope}:*"], f"{scope}:{word}:*")
    assert not grants([f"{scope}:*"], scope)
    assert not grants([f"{scope}:*"], f"{scope}{word}")
    assert not grants([scope], f"{scope}:{word}")


@pytest.mark.parametrize(
    ("held", "wanted"),
    [("a:b", "a:*"), ("a:*", "*"), ("a:b:*", "a:*"), ("A:*", "a:b"), ("a:*", "ab"), ("a:*", "a:")],
)
def test_a_pattern_is_granted_by_no_narrower_one(held: str, wanted: str) -> None:
    assert not grants([held], wanted)


def test_what_is_missing_is_named_in_order() -> None:
    assert missing(["read:*"], ["write", "read:a", "admin"]) == ("write", "admin")
    assert missing(["*"], ["write"]) == ()


def test_scopes_are_kept_once_and_bounded() -> None:
    assert check_scopes(["b", "a", "b"]) == ("b", "a")
    with pytest.raises(InvalidInput, match="over the limit of 64"):
        check_scopes(f"s{number}" for number in range(MAX_SCOPES + 1))
