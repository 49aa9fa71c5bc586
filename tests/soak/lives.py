"""Lives: which states a thing can be in, by what was acknowledged and what was interrupted.

Only its owner, one worker, changes an API key or a secret, so its facts have an order. What is
revoked stays so, whoever did it, so that needs no order.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from tests.soak.diary import Fact

__all__ = ["Denials", "key_states", "key_verdicts", "possible", "values"]

#: Of an API key: act -> state before -> state after; states that are not there stay.
_KEY_STEPS = {
    "issue": {"unborn": "live"},
    "revoke": dict.fromkeys(("live", "disabled", "over"), "revoked"),
    "disable": {"live": "disabled"},
    "enable": {"disabled": "live"},
    "replace": {"live": "over"},
}
#: State -> exit codes of `apikey verify`; what is dead `store gc` may have forgotten.
_KEY_VERDICTS = {
    "unborn": {3},
    "live": {0},
    "disabled": {5},
    "revoked": {5, 3},
    "over": {4, 3},
}
#: Clocks are read before and after a command.
_SLACK_SECONDS = 2.0


def possible(facts: Iterable[Fact], step: Callable[[Any, Fact], Any], first: Any) -> set[Any]:
    """Return every state that a thing may be in after its facts, in their order."""
    states = {first}
    for fact in facts:
        after = {step(state, fact) for state in states}
        states = after if fact.sure else states | after
    return states


def key_states(facts: Iterable[Fact]) -> set[str]:
    """Return the states that an API key may be in."""
    return possible(
        facts, lambda state, fact: _KEY_STEPS.get(fact.act, {}).get(state, state), "unborn"
    )


def key_verdicts(facts: list[Fact], *, began: float, ended: float) -> set[int]:
    """Return the exit codes that verifying the key between two moments may have."""
    codes = {code for state in key_states(facts) for code in _KEY_VERDICTS[state]}
    ends = next((fact.value["ends"] for fact in facts if fact.act == "issue"), None)
    if ends is None or ended < ends - _SLACK_SECONDS:
        return codes
    late = (codes - {0}) | {4, 3}
    return late if began > ends + _SLACK_SECONDS else codes | late


def values(facts: Iterable[Fact]) -> set[Any]:
    """Return what may be kept under a name that is set and removed; None: nothing."""
    return possible(facts, lambda state, fact: fact.value if fact.act == "set" else None, None)


class Denials(NamedTuple):
    """What was revoked, for sure or perhaps: tokens, families, subjects, signing keys."""

    sure: set[tuple[str, str]]
    perhaps: set[tuple[str, str]]

    def verdicts(self, token: dict[str, Any]) -> set[int]:
        """Return the exit codes that `jwt verify`, which asks the store, may have for a token."""
        marks = {
            ("token", token["jti"]),
            ("family", token.get("family")),
            ("sub", token["sub"]),
            ("kid", token["kid"]),
        }
        if marks & self.sure:
            return {5}
        return {0, 5} if marks & self.perhaps else {0}


def denials(facts: Iterable[Fact]) -> Denials:
    """Collect what was revoked."""
    found: dict[bool, set[tuple[str, str]]] = defaultdict(set)
    for fact in facts:
        if fact.act == "revoke":
            found[fact.sure].add((fact.kind, fact.subject))
    return Denials(found[True], found[False])


def lasting(token: dict[str, Any], *, seconds: float = 60) -> bool:
    """Say whether a token is alive for a while yet."""
    return bool(token["exp"] > time.time() + seconds)
