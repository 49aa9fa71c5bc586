"""Verifying: each signature of a JWS judged by itself, then the whole (RFC 7515, section 5.2).

What a token's signature is held against (`authcli.tokens.signature_checks`) holds here, with two
differences: `b64` is understood where `crit` names it (RFC 7797), and a header may stand outside
of what is signed. Of that part `kid` may choose among trusted keys; `crit` and `b64` are refused
there, and `alg` is taken only where the key allows no other, so that it is no choice at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from authcli.errors import TokenRefused, TokenRejected
from authcli.keys.model import Key, KeySet
from authcli.tokens.candidates import Candidate, candidates
from authcli.tokens.doubts import doubts
from authcli.tokens.jws.serialisations import Form, Message, Signature
from authcli.tokens.policy import Policy
from authcli.tokens.report import CHECK_NAMES, Check, Report, quoted, refusal
from authcli.tokens.rules import Case, Rule, fail, skipped
from authcli.tokens.signature_checks import SIGNATURE_RULES

__all__ = ["Examined", "Verified", "examine", "judge"]

_TOKEN_RULES = {rule.name: rule for rule in SIGNATURE_RULES}


class Examined(NamedTuple):
    """A JWS with what was found out about each signature."""

    message: Message
    signatures: tuple[Report, ...]
    """In the order of the JWS; a report's header is the whole one, unsigned members too."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A JWS of which one signature passed every check; or all, where all were demanded."""

    payload: bytes = field(repr=False)
    form: Form
    detached: bool
    """Whether the payload travelled apart."""
    signatures: tuple[Report, ...]
    """All of them, in the order of the JWS: look at `passed`."""

    @property
    def verified(self) -> tuple[Report, ...]:
        """The signatures that passed every check."""
        return tuple(report for report in self.signatures if report.passed)


def examine(message: Message, *, key: Key | KeySet, policy: Policy) -> Examined:
    """Return a JWS with a report on each of its signatures.

    Args:
        message: the JWS as it reads.
        key: the key that is trusted, or a set of them.
        policy: its algorithms and its `allow_weak` count.

    Raises:
        TokenRejected: the payload travels apart, and was not given.
        KeyWrong: no key that may verify signatures with the policy's algorithms.
    """
    trusted = candidates(key, algorithms=policy.names)
    reports = []
    for number, signature in enumerate(message.signatures, 1):
        case = Case(b"", policy, 0, trusted, isinstance(key, Key))
        case.compact, case.header = message.parts(signature), signature.header
        reports.append(_report(case, _rules(message, signature, number)))
    return Examined(message, tuple(reports))


def judge(examined: Examined, *, require_all: bool = False) -> Verified:
    """Return the verdict on what was examined.

    Args:
        examined: what `examine` returned.
        require_all: demand that every signature passes, and not only one of them.

    Raises:
        TokenRejected: no signature passes, or not all do.
    """
    message, reports = examined
    failed = [report for report in reports if not report.passed]
    if len(failed) == len(reports) or (require_all and failed) or message.payload is None:
        raise _refused(reports)
    return Verified(message.payload, message.form, message.detached, reports)


def _rules(message: Message, signature: Signature, number: int) -> tuple[Rule, ...]:
    count = len(message.signatures)
    which = f", signature {number} of {count}" if count > 1 else ""
    form = f"{message.form}, {'detached' if message.detached else 'with its payload'}{which}"
    header = "a JSON object without duplicate members"
    if signature.unprotected:
        header += f"; not signed: {', '.join(map(quoted, signature.unprotected))}"
    extended = isinstance(signature.protected.get("crit"), list)
    return (
        Rule("format", lambda _: None, form),
        Rule("header", lambda _: None, header),
        _TOKEN_RULES["algorithm"]._replace(test=lambda case: _test_algorithm(case, signature)),
        Rule(
            "critical",
            lambda case: _test_critical(case, signature),
            "b64, which is understood" if extended else "no critical extension",
        ),
        *(_TOKEN_RULES[name] for name in ("key", "signature", "strength")),
    )


def _report(case: Case, rules: tuple[Rule, ...]) -> Report:
    """Run every rule whose ground stands, and describe how each ended."""
    checks: dict[str, Check] = {}
    missing: set[str] = set()
    for rule in rules:
        if missing & set(rule.needs):
            missing.add(rule.name)
            checks[rule.name] = skipped(rule.name, "not reached: an earlier check failed")
        elif failure := rule.test(case):
            missing.add(rule.name)
            checks[rule.name] = failure
    for rule in rules:
        if rule.name not in checks:
            checks[rule.name] = rule.describe(case)
    return Report(
        checks=tuple(checks[name] for name in CHECK_NAMES if name in checks),
        header=case.header,
        key=case.signed_by.key if case.signed_by else None,
        warnings=doubts(case),
    )


def _test_algorithm(case: Case, signature: Signature) -> Check | None:
    """RFC 7515, section 10.7: an alg that is not signed is an attacker's to change."""
    failure = _TOKEN_RULES["algorithm"].test(case)
    if failure or "alg" in signature.protected:
        return failure
    choice = {name for one in _fitting(case) for name in one.algorithms}
    if len(choice) == 1:
        return None
    return fail(
        "algorithm",
        "token.algorithm",
        f"alg stands in the unprotected header, which anyone can change, and the key allows "
        f"{', '.join(sorted(choice))}",
        hint=f"if {case.algorithm} is the one agreed on: --alg {case.algorithm}",
        expected=", ".join(sorted(choice)),
        actual=case.algorithm,
    )


def _fitting(case: Case) -> tuple[Candidate, ...]:
    return tuple(one for one in case.keys if case.algorithm in one.algorithms)


def _test_critical(case: Case, signature: Signature) -> Check | None:
    """RFC 7515, section 4.1.11, with the one extension that is understood: b64."""
    loose = [name for name in ("crit", "b64") if name in signature.unprotected]
    if loose:
        return fail(
            "critical",
            "token.critical",
            f"the header's {loose[0]} is not signed (RFC 7515, section 4.1.11; RFC 7797, 3)",
        )
    header, crit = dict(signature.protected), signature.protected.get("crit")
    listed = isinstance(crit, list) and crit.count("b64") == 1
    if header.get("b64") is False and not listed:
        return fail(
            "critical",
            "token.critical",
            "b64 is false, and the header's crit does not list it once (RFC 7797, section 6)",
        )
    if "b64" in header and isinstance(crit, list) and listed:
        header["crit"] = [name for name in crit if name != "b64"]
        if not header["crit"]:
            del header["crit"]
    header.pop("b64", None)
    return _TOKEN_RULES["critical"].test(replace(case, header=header))


def _refused(reports: tuple[Report, ...]) -> TokenRefused:
    """Return the refusal of the whole: of several signatures, with the checks of them all."""
    if len(reports) == 1:
        return refusal(reports[0])
    failed = [(n, refusal(report)) for n, report in enumerate(reports, 1) if not report.passed]
    number, first = failed[0]
    what = f"none of the {len(reports)} signatures verifies"
    if len(failed) < len(reports):
        what = f"{len(failed)} of the {len(reports)} signatures do not verify"
    codes = {error.code for _, error in failed}
    checks = tuple(
        check._replace(detail=f"signature {n}: {check.detail}")
        for n, report in enumerate(reports, 1)
        for check in report.checks
    )
    return TokenRejected(
        f"{what}; signature {number}: {first.message}",
        report=Report(checks),
        hint=first.hint,
        code=codes.pop() if len(codes) == 1 else "token.rejected",
    )
