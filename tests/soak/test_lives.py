"""Which states a thing may be in: what was acknowledged is sure, what was killed may be either."""

from __future__ import annotations

import pytest

from tests.soak.diary import Fact
from tests.soak.lives import denials, key_verdicts, values


def told(*acts: str, ends: float | None = None) -> list[Fact]:
    """Facts on a key; an act that ends in "?" was interrupted."""
    return [
        Fact("key", "ak_1", act.rstrip("?"), {"ends": ends}, not act.endswith("?")) for act in acts
    ]


@pytest.mark.parametrize(
    ("acts", "codes"),
    [
        (["issue"], {0}),
        (["issue", "rotate"], {0}),
        (["issue", "disable"], {5}),
        (["issue", "disable?"], {0, 5}),
        (["issue", "disable", "enable"], {0}),
        (["issue", "disable?", "enable"], {0}),
        (["issue", "disable", "enable?"], {0, 5}),
        (["issue", "revoke"], {3, 5}),
        (["issue", "revoke?"], {0, 3, 5}),
        (["issue", "revoke", "enable"], {3, 5}),
        (["issue", "revoke?", "disable"], {3, 5}),
        (["issue", "replace"], {3, 4}),
        (["issue", "replace?"], {0, 3, 4}),
    ],
)
def test_a_key_may_be_in_these_states(acts: list[str], codes: set[int]) -> None:
    assert key_verdicts(told(*acts), began=0, ended=1) == codes


def test_a_key_that_ends_is_valid_before_and_over_after() -> None:
    facts = told("issue", ends=100)
    assert key_verdicts(facts, began=90, ended=91) == {0}
    assert key_verdicts(facts, began=99, ended=101) == {0, 3, 4}
    assert key_verdicts(facts, began=110, ended=111) == {3, 4}


def test_what_is_kept_under_a_name_is_the_last_that_was_acknowledged() -> None:
    facts = [
        Fact("secret", "s", "set", "a"),
        Fact("secret", "s", "set", "b", sure=False),
        Fact("secret", "s", "remove", None, sure=False),
    ]
    assert values([]) == {None}
    assert values(facts[:1]) == {"a"}
    assert values(facts[:2]) == {"a", "b"}
    assert values(facts) == {"a", "b", None}
    assert values([*facts, Fact("secret", "s", "set", "c")]) == {"c"}


def test_a_token_is_denied_by_its_own_marks_alone() -> None:
    token = {"jti": "j", "sub": "s", "kid": "k", "family": None}
    for kind, name in (("token", "j"), ("sub", "s"), ("kid", "k")):
        assert denials([Fact(kind, name, "revoke")]).verdicts(token) == {5}
        assert denials([Fact(kind, name, "revoke", sure=False)]).verdicts(token) == {0, 5}
        assert denials([Fact(kind, f"{name}2", "revoke")]).verdicts(token) == {0}
    assert denials([Fact("token", "j", "mint")]).verdicts(token) == {0}
