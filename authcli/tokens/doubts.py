"""What a person must know about a token that was checked, but that stops nothing."""

from __future__ import annotations

from authcli.tokens.claims import MILLISECONDS_FROM, as_time, audiences
from authcli.tokens.report import quoted
from authcli.tokens.rules import Case
from authcli.tokens.signature_checks import weakness_of

__all__ = ["doubts"]

_KEY_CARRIERS = ("jwk", "jku", "x5c", "x5u")


def doubts(case: Case) -> tuple[str, ...]:
    """Return the warnings on a token that was checked, in the order of its parts."""
    return (*_header_doubts(case), *_claim_doubts(case))


def _header_doubts(case: Case) -> list[str]:
    warnings: list[str] = []
    if case.compact and case.compact.forgiven:
        warnings.append(f"forgiven: {', '.join(case.compact.forgiven)}")
    kid = case.header.get("kid")
    if case.explicit and isinstance(kid, str) and (own := case.keys[0].key.kid) not in (None, kid):
        warnings.append(f"the token names the key {quoted(kid)}; the key given is {quoted(own)}")
    carried = [name for name in _KEY_CARRIERS if name in case.header]
    if carried:
        warnings.append(f"the header's {', '.join(carried)} is ignored: keys come from you alone")
    if case.algorithm and case.policy.allow_weak and (weakness := weakness_of(case)):
        warnings.append(f"a weak key was allowed: {weakness}")
    return warnings


def _claim_doubts(case: Case) -> list[str]:
    if not case.readable:
        return []
    warnings: list[str] = []
    exp = as_time(case.payload.get("exp"))
    if "exp" not in case.payload:
        warnings.append("the token has no exp: it never expires")
    elif exp is not None and exp >= MILLISECONDS_FROM:
        warnings.append(f"exp is {exp}: milliseconds? its standard counts seconds")
    named = audiences(case.payload)
    if named and not case.policy.audiences:
        listed = ", ".join(map(quoted, named[:3]))
        warnings.append(f"the token is for the audience {listed}, and none was asked for (--aud)")
    return warnings
