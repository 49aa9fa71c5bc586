"""Whether a genuine token was revoked: asked of the caller's function, of no other token."""

from __future__ import annotations

from authcli.tokens.report import Check
from authcli.tokens.rules import Case, Rule, fail, passed, skipped

__all__ = ["REVOCATION_RULES"]


def _test(case: Case) -> Check | None:
    if case.policy.revocation is None or case.signed_by is None:
        return None
    denial = case.policy.revocation(case.payload, case.signed_by.key.kid)
    if denial is None:
        return None
    return fail("revocation", denial.code, denial.detail, hint=denial.hint)


def _tell(case: Case) -> Check:
    if case.policy.revocation is None:
        return skipped("revocation", "not asked for")
    return passed("revocation", "not revoked")


REVOCATION_RULES = (Rule("revocation", _test, _tell, ("signature", "claims")),)
