"""The times in a token against the clock (RFC 7519, sections 4.1.4 to 4.1.6).

`now >= exp` is expired; a token of the future is refused, because a signer whose clock runs
ahead, or who lies about it, gives tokens a longer life than they say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from authcli.clock import format_instant, format_relative
from authcli.tokens.claims import as_time
from authcli.tokens.report import Check
from authcli.tokens.rules import Case, Rule, fail, passed, skipped

__all__ = ["TIME_RULES", "in_time"]

#: A leeway up to here is worth suggesting: clocks differ by seconds.
SUGGESTED_LEEWAY_SECONDS = 300


def in_time(claims: Mapping[str, Any], *, at: float, leeway_seconds: float) -> bool:
    """Tell whether no rule of `TIME_RULES` fails, for whoever needs no words.

    Args:
        claims: times in them are numbers (`claims.faults_of_types` finds nothing).
        at: now, in epoch seconds.
        leeway_seconds: how wrong clocks may be.
    """
    latest, now = at + leeway_seconds, at - leeway_seconds
    exp, nbf, iat = claims.get("exp"), claims.get("nbf"), claims.get("iat")
    return (
        (exp is None or now < exp)
        and (nbf is None or nbf <= latest)
        and (iat is None or iat <= latest)
    )


def _test_expiry(case: Case) -> Check | None:
    exp = as_time(case.payload.get("exp"))
    if exp is None or case.at - case.policy.leeway_seconds < exp:
        return None
    when = f"{format_relative(exp, at=case.at)} ({format_instant(exp)})"
    return fail(
        "expiry",
        "token.expired",
        f"the token expired {when}{_despite(case)}",
        hint=_leeway_hint(case.at - exp, "mint or fetch a new one"),
        expected=f"exp after {format_instant(case.at)}",
        actual=format_instant(exp),
    )


def _tell_expiry(case: Case) -> Check:
    exp = as_time(case.payload.get("exp"))
    if exp is None:
        return skipped("expiry", "no exp: the token never expires")
    words = "expires" if exp > case.at else "expired"
    when = f"{format_relative(exp, at=case.at)} ({format_instant(exp)})"
    leeway = "" if exp > case.at else f", within the leeway of {case.policy.leeway_seconds:g} s"
    return passed("expiry", f"{words} {when}{leeway}")


def _test_not_before(case: Case) -> Check | None:
    nbf = as_time(case.payload.get("nbf"))
    if nbf is None or case.at + case.policy.leeway_seconds >= nbf:
        return None
    return _future("not-before", "the token is not valid yet: it begins", nbf, case)


def _test_issued_at(case: Case) -> Check | None:
    iat = as_time(case.payload.get("iat"))
    if iat is None or case.at + case.policy.leeway_seconds >= iat:
        return None
    return _future("issued-at", "the token says it was issued", iat, case)


def _future(name: str, words: str, instant: float, case: Case) -> Check:
    when = f"{format_relative(instant, at=case.at)} ({format_instant(instant)})"
    return fail(
        name,
        "token.not-yet-valid",
        f"{words} {when}{_despite(case)}",
        hint=_leeway_hint(instant - case.at, "is a clock wrong?"),
        expected=f"at most {format_instant(case.at)}",
        actual=format_instant(instant),
    )


def _instant(name: str, words: str, claim: str, case: Case) -> Check:
    instant = as_time(case.payload.get(claim))
    if instant is None:
        return skipped(name, f"no {claim}")
    when = f"{format_instant(instant)} ({format_relative(instant, at=case.at)})"
    return passed(name, f"{words} {when}")


def _despite(case: Case) -> str:
    leeway = case.policy.leeway_seconds
    return f", beyond the leeway of {leeway:g} s" if leeway else ""


def _leeway_hint(seconds: float, otherwise: str) -> str:
    needed = int(seconds) + 1
    return f"{otherwise}; --leeway {needed}s" if needed <= SUGGESTED_LEEWAY_SECONDS else otherwise


#: In the order of a report.
TIME_RULES = (
    Rule("expiry", _test_expiry, _tell_expiry, needs=("claims",)),
    Rule(
        "not-before",
        _test_not_before,
        lambda case: _instant("not-before", "valid since", "nbf", case),
        needs=("claims",),
    ),
    Rule(
        "issued-at",
        _test_issued_at,
        lambda case: _instant("issued-at", "issued", "iat", case),
        needs=("claims",),
    ),
)
