"""Whom a deny mark hits: exactly the tokens that it names, for as long as they may live."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli.revocation.deny_list import FAMILY_CLAIM, checker, mark_id, targets
from authcli.revocation.model import Kind, Mark, Target
from authcli.tokens.policy import Denial

NOW = 1_900_000_000_000
ISSUER = "https://login.example"
CLAIMS = {"iss": ISSUER, "jti": "1", "sub": "alice", FAMILY_CLAIM: "tf_1", "iat": NOW // 1000 - 60}


class Marks:
    """Marks in memory: fills `DenyList`, and gives more than it was asked for."""

    def __init__(self, *marks: Mark) -> None:
        self.marks = list(marks)

    def find(self, targets: Sequence[Target]) -> list[Mark]:
        return [mark for mark in self.marks if mark[:3] in targets]

    def add(self, marks: Iterable[Mark]) -> None:
        self.marks += marks


def mark(kind: Kind, value: str, *, issuer: str = ISSUER, **members: object) -> Mark:
    return Mark(kind, issuer, value, NOW - 1000, NOW + 1000)._replace(**members)  # type: ignore[arg-type]


def denial(*marks: Mark, kid: str | None = "K", **claims: object) -> Denial | None:
    return checker(Marks(*marks), at_ms=NOW)({**CLAIMS, **claims}, kid)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (mark("jti", "1"), "the token was revoked at 2030-03-17T17:46:39Z"),
        (mark("kid", "K", issuer=""), "the key that signed it was revoked"),
        (mark("family", "tf_1"), "its family of refreshes was revoked"),
        (
            mark("sub", "alice", issued_before=NOW, reason="left"),
            "every token of its subject issued up to 2030-03-17T17:46:40Z was revoked: left",
        ),
    ],
)
def test_a_token_is_hit_by_its_id_subject_key_and_family(found: Mark, said: str) -> None:
    denied = denial(found)
    assert denied is not None
    assert denied.detail.startswith(said)
    assert denied.code == "token.revoked"


@pytest.mark.parametrize(
    "found",
    [
        mark("jti", "2"),
        mark("jti", "1", issuer="https://other.example"),
        mark("jti", "1", issuer=""),
        mark("sub", "1"),
        mark("kid", "K"),  # marks of keys have no issuer
        mark("kid", "L", issuer=""),
        mark("jti", "1", expires_at=NOW),
        mark("sub", "alice", issued_before=NOW - 61_000),
    ],
)
def test_another_token_is_not_hit(found: Mark) -> None:
    assert denial(found) is None


def test_a_subject_is_denied_what_was_issued_up_to_then() -> None:
    """In that second too; and where the token does not say when it was issued."""
    found = mark("sub", "alice", issued_before=NOW)
    assert denial(found, iat=NOW // 1000) is not None
    assert denial(found, iat=NOW // 1000 + 1) is None
    assert denial(found, iat=None) is not None


def test_a_claim_that_is_no_text_names_nothing() -> None:
    odd = {"jti": 1, "sub": ["alice"], FAMILY_CLAIM: None, "iss": 7}
    assert targets(odd, None) == []
    assert targets({"jti": "1", "iss": 7}, "K") == [("jti", "", "1"), ("kid", "", "K")]


def test_a_reason_cannot_repaint_the_terminal() -> None:
    denied = denial(mark("jti", "1", reason="\x1b[2J" + "x" * 1000))
    assert denied is not None
    assert denied.detail.isprintable()
    assert len(denied.detail) < 300


def test_an_allow_list_is_asked_of_what_no_mark_hits() -> None:
    asked: list[object] = []

    def registered(payload: object, kid: str | None) -> Denial | None:
        asked.append(payload)
        return Denial("unknown", "token.unregistered")

    check = checker(Marks(mark("jti", "1")), registered=registered, at_ms=NOW)
    first, second = check({"iss": ISSUER, "jti": "1"}, None), check({"jti": "1"}, None)
    assert (first and first.code, second and second.code) == ("token.revoked", "token.unregistered")
    assert len(asked) == 1


@given(st.text(), st.text(), st.text(), st.text())
def test_issuer_and_value_are_not_run_together(a: str, b: str, c: str, d: str) -> None:
    """No two targets have one number because of where one name ends and the next begins."""
    if "\0" not in a + b + c + d and (a, b) != (c, d):
        assert mark_id("jti", a, b) != mark_id("jti", c, d)
    assert 0 <= mark_id("jti", a, b) < 2**63
    assert mark_id("jti", a, b) != mark_id("sub", a, b)


def test_the_number_of_a_mark_is_what_stores_hold() -> None:
    """Every store and Redis out there was filled by it."""
    assert mark_id("jti", "https://login.example", "1") == 9_143_810_848_423_010_605
