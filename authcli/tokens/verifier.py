"""Verifying: a token, the keys that are trusted and what is asked of it, in; the verdict out.

Every check runs whose ground stands, so that a refusal lists all that is wrong at once. A token
whose signature fails has its claims checked too, and reported as unverified.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING

from authcli.errors import InvalidInput, TokenRefused
from authcli.keys.model import Key, KeySet
from authcli.tokens.candidates import Candidate, candidates
from authcli.tokens.claim_checks import CLAIM_RULES
from authcli.tokens.doubts import doubts
from authcli.tokens.policy import Policy
from authcli.tokens.report import CHECK_NAMES, Check, Report, refusal
from authcli.tokens.rules import Case, skipped
from authcli.tokens.signature_checks import SIGNATURE_RULES
from authcli.tokens.time_checks import TIME_RULES

if TYPE_CHECKING:
    from authcli.tokens.compact import Json

__all__ = ["Verified", "Verifier"]

_RULES = SIGNATURE_RULES + CLAIM_RULES + TIME_RULES


@dataclass(frozen=True, slots=True)
class Verified:
    """A token that passed every check."""

    header: Mapping[str, Json]
    payload: Mapping[str, Json]
    key: Key
    """The key that verified the signature."""
    algorithm: str
    """The algorithm it was verified with."""
    _describe: Callable[[], Report] = field(repr=False, compare=False)

    @property
    def report(self) -> Report:
        """Every check, described: written when asked for, because among many nobody asks."""
        return self._describe()


class Verifier:
    """Validated parameters for verifying any number of tokens; each key is prepared once.

    Args:
        key: the key that is trusted, or a set of them.
        policy: what is asked of each token.

    Raises:
        KeyWrong: no key that may verify signatures with the policy's algorithms.
    """

    __slots__ = ("_explicit", "_keys", "policy")

    def __init__(self, key: Key | KeySet, *, policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self._explicit = isinstance(key, Key)
        self._keys: tuple[Candidate, ...] = candidates(key, algorithms=self.policy.names)

    def verify(self, token: str | bytes, *, at: float | None = None) -> Verified:
        """Return a token that passes every check; raises as `authcli.tokens.verify`."""
        now = time.time() if at is None else at
        if not isfinite(now):
            raise InvalidInput("the time to verify at is not a finite number of seconds")
        case = Case(token, self.policy, now, self._keys, self._explicit)
        failures = self._failures(case)
        if failures or case.signed_by is None:
            raise refusal(self._report(case, failures))
        return Verified(
            case.header,
            case.payload,
            case.signed_by.key,
            case.algorithm,
            lambda: self._report(case, {}),
        )

    def check(self, token: str | bytes, *, at: float | None = None) -> Report:
        """Return the report on a token, passed or not, instead of raising."""
        try:
            return self.verify(token, at=at).report
        except TokenRefused as error:
            return error.report

    def _failures(self, case: Case) -> dict[str, Check | None]:
        """Run every rule whose ground stands; None marks a rule that was not reached."""
        failures: dict[str, Check | None] = {}
        for rule in _RULES:
            if failures and any(name in failures for name in rule.needs):
                failures[rule.name] = None
            elif failure := rule.test(case):
                failures[rule.name] = failure
        return failures

    def _report(self, case: Case, failures: Mapping[str, Check | None]) -> Report:
        checks = {}
        for rule in _RULES:
            if rule.name not in failures:
                checks[rule.name] = rule.describe(case)
            else:
                unreached = skipped(rule.name, "not reached: an earlier check failed")
                checks[rule.name] = failures[rule.name] or unreached
        return Report(
            checks=tuple(checks[name] for name in CHECK_NAMES),
            header=case.header or None,
            payload=case.payload if case.readable else None,
            key=case.signed_by.key if case.signed_by else None,
            warnings=doubts(case),
        )
