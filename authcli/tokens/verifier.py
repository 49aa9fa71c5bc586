"""Verifying: a token, the keys that are trusted and what is asked of it, in; the verdict out.

Every check runs whose ground stands, so that a refusal lists all that is wrong at once. A token
whose signature fails has its claims checked too, and reported as unverified.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from authcli.encoding import base64url_decode
from authcli.errors import InvalidEncoding, InvalidInput, TokenRefused
from authcli.keys.model import Key, KeySet
from authcli.tokens.candidates import Candidate, candidates
from authcli.tokens.claim_checks import CLAIM_RULES
from authcli.tokens.claims import faults_of_types, read_claims
from authcli.tokens.compact import split, token_text
from authcli.tokens.doubts import doubts
from authcli.tokens.policy import Policy
from authcli.tokens.report import CHECK_NAMES, Check, Report, refusal
from authcli.tokens.revocation_checks import REVOCATION_RULES
from authcli.tokens.rules import Case, skipped
from authcli.tokens.signature_checks import SIGNATURE_RULES
from authcli.tokens.time_checks import TIME_RULES, in_time

if TYPE_CHECKING:
    from authcli.tokens.compact import Json
    from authcli.tokens.engine import Verify

__all__ = ["Verified", "Verifier"]

_RULES = SIGNATURE_RULES + CLAIM_RULES + TIME_RULES + REVOCATION_RULES
_ASKED = CLAIM_RULES + REVOCATION_RULES
#: Issuers have few headers; a verifier that met more stops learning them.
_MAX_RECOGNISED = 64


class Verified(NamedTuple):
    """A token that passed every check."""

    header: Mapping[str, Json]
    payload: Mapping[str, Json]
    key: Key
    """The key that verified the signature."""
    algorithm: str
    """The algorithm it was verified with."""
    describe: Callable[[], Report]
    """Writes the report; `report` calls it."""

    @property
    def report(self) -> Report:
        """Every check, described: written when asked for, because among many nobody asks."""
        return self.describe()


class _Recognised(NamedTuple):
    """What follows from a header that a valid token had: the next one need not find it out."""

    header: dict[str, Json]
    algorithm: str
    key: Candidate
    verifies: Verify


class Verifier:
    """Validated parameters for verifying any number of tokens; each key is prepared once.

    Args:
        key: the key that is trusted, or a set of them.
        policy: what is asked of each token.

    Raises:
        KeyWrong: no key that may verify signatures with the policy's algorithms.
    """

    __slots__ = ("_asked", "_explicit", "_keys", "_recognised", "policy")

    def __init__(self, key: Key | KeySet, *, policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self._explicit = isinstance(key, Key)
        self._keys: tuple[Candidate, ...] = candidates(key, algorithms=self.policy.names)
        self._recognised: dict[bytes, _Recognised] = {}
        self._asked = tuple(rule for rule in _ASKED if self.policy.asks(rule.name))

    def verify(self, token: str | bytes, *, at: float | None = None) -> Verified:
        """Return a token that passes every check; raises as `authcli.tokens.verify`."""
        if at is not None and not isfinite(at):
            raise InvalidInput("the time to verify at is not a finite number of seconds")
        now = time.time() if at is None else at
        return self._at_once(token, now) or self._examined(token, now)

    def _at_once(self, token: str | bytes, now: float) -> Verified | None:
        """Return a valid token whose header is recognised; None leaves it to the rules.

        It can only say yes, and only by the tests that the rules themselves are made of.
        """
        try:
            message, _, signature = token_text(token).rpartition(b".")
            header, _, payload = message.partition(b".")
            known = self._recognised.get(header)
            if known is None or not signature:
                return None
            claims = read_claims(base64url_decode(payload))
            genuine = known.verifies(message, base64url_decode(signature))
        except InvalidEncoding:
            return None
        valid = (
            genuine
            and not faults_of_types(claims)
            and in_time(claims, at=now, leeway_seconds=self.policy.leeway_seconds)
            and (not self._asked or self._as_asked(known, claims, now))
        )
        if not valid:
            return None
        return Verified(
            dict(known.header),
            claims,
            known.key.key,
            known.algorithm,
            lambda: self._report(self._case_of(known, token, claims, now), {}),
        )

    def warnings(self, verified: Verified) -> tuple[str, ...]:
        """Return the doubts about a token that this verifier found valid, without its report."""
        if self.policy.lenient or self.policy.allow_weak:
            return verified.report.warnings
        case = Case(b"", self.policy, 0, self._keys, self._explicit)
        case.header, case.payload, case.readable = (
            dict(verified.header),
            dict(verified.payload),
            True,
        )
        return doubts(case)

    def _case_of(
        self, known: _Recognised, token: str | bytes, claims: dict[str, Json], now: float
    ) -> Case:
        """Return what the rules would have found out about a valid token."""
        return Case(
            token,
            self.policy,
            now,
            self._keys,
            self._explicit,
            compact=split(token, lenient=self.policy.lenient),
            header=dict(known.header),
            algorithm=known.algorithm,
            tried=(known.key,),
            signed_by=known.key,
            payload=claims,
            readable=True,
        )

    def _as_asked(self, known: _Recognised, claims: dict[str, Json], now: float) -> bool:
        """Tell whether the header and the claims are what the policy asks for."""
        case = Case(b"", self.policy, now, self._keys, self._explicit)
        case.header, case.payload, case.signed_by = known.header, claims, known.key
        return not any(rule.test(case) for rule in self._asked)

    def _examined(self, token: str | bytes, now: float) -> Verified:
        """Return a token that passes every rule; raises the refusal, with its report."""
        case = Case(token, self.policy, now, self._keys, self._explicit)
        failures = self._failures(case)
        if failures or case.signed_by is None:
            raise refusal(self._report(case, failures))
        self._recognise(case, case.signed_by)
        return Verified(
            case.header,
            case.payload,
            case.signed_by.key,
            case.algorithm,
            lambda: self._report(case, {}),
        )

    def _recognise(self, case: Case, key: Candidate) -> None:
        """Remember a header that left one key to try, and whose copies cannot share a member."""
        flat = all(isinstance(value, str) for value in case.header.values())
        if len(case.tried) == 1 and flat and len(self._recognised) < _MAX_RECOGNISED:
            self._recognised[case.parts.texts[0]] = _Recognised(
                dict(case.header), case.algorithm, key, key.prepared(case.algorithm)
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
