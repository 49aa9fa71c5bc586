"""What the claims say against what was asked: issuer, audience, subject, type, scope, others.

Comparison is exact, code point by code point: no normalisation, no prefix, no trailing slash
(RFC 7519, sections 4.1 and 7.3; RFC 8725, sections 3.8, 3.9 and 3.11).
"""

from __future__ import annotations

from collections.abc import Mapping

from authcli.encoding import compact_json
from authcli.errors import InvalidEncoding
from authcli.tokens.claims import audiences, faults_of_types, read_claims, scopes
from authcli.tokens.report import Check, quoted
from authcli.tokens.rules import Case, Rule, fail, passed, skipped

__all__ = ["CLAIM_RULES"]


def _test_claims(case: Case) -> Check | None:
    try:
        case.payload = read_claims(case.parts.payload)
    except InvalidEncoding as error:
        return fail("claims", "token.claims", error.message, hint=error.hint)
    case.readable = True
    faults = faults_of_types(case.payload)
    return fail("claims", "token.claims", "; ".join(faults)) if faults else None


def _test_typ(case: Case) -> Check | None:
    if case.policy.typ is None:
        return None
    typ = case.header.get("typ")
    if isinstance(typ, str) and _media_type(typ) == _media_type(case.policy.typ):
        return None
    return _differs("typ", "type", "token.typ", case.policy.typ, typ)


def _media_type(typ: str) -> str:
    """Return a typ for comparison: no case, no "application/" (RFC 7515, section 4.1.9)."""
    lowered = typ.lower() if typ.isascii() else typ
    rest = lowered.removeprefix("application/")
    return lowered if "/" in rest else rest


def _test_issuer(case: Case) -> Check | None:
    actual = case.payload.get("iss")
    if case.policy.issuer is None or actual == case.policy.issuer:
        return None
    return _differs("issuer", "issuer", "token.issuer", case.policy.issuer, actual)


def _test_subject(case: Case) -> Check | None:
    actual = case.payload.get("sub")
    if case.policy.subject is None or actual == case.policy.subject:
        return None
    return _differs("subject", "subject", "token.subject", case.policy.subject, actual)


def _test_audience(case: Case) -> Check | None:
    if not case.policy.audiences:
        return None
    named = audiences(case.payload) or ()
    if any(audience in named for audience in case.policy.audiences):
        return None
    if len(named) == 1 or not named:
        actual = named[0] if named else None
        return _differs("audience", "audience", "token.audience", case.policy.audiences[0], actual)
    return fail(
        "audience",
        "token.audience",
        f"the token is for {', '.join(map(quoted, named[:5]))}, not for "
        + " or ".join(map(quoted, case.policy.audiences)),
        hint="--aud takes one of the token's own, where you are it",
        expected=case.policy.audiences[0],
        actual=_nearest(case.policy.audiences[0], named),
    )


def _nearest(expected: str, named: tuple[str, ...]) -> str:
    """Return the audience that shares the longest beginning: the likeliest slip."""

    def shared(text: str) -> int:
        pairs = zip(expected, text, strict=False)
        return next(
            (at for at, (a, b) in enumerate(pairs) if a != b), min(len(expected), len(text))
        )

    return max(named, key=shared)


def _tell_audience(case: Case) -> Check:
    if not case.policy.audiences:
        return skipped("audience", "not asked for")
    named = audiences(case.payload) or ()
    return passed("audience", quoted(next(one for one in case.policy.audiences if one in named)))


def _test_scope(case: Case) -> Check | None:
    if not case.policy.needed_scopes:
        return None
    granted = scopes(case.payload)
    missing = [scope for scope in case.policy.needed_scopes if scope not in granted]
    if not missing:
        return None
    return fail(
        "scope",
        "token.scope",
        f"the token lacks the scope {', '.join(map(quoted, missing))}",
        hint=f"it grants {' '.join(map(quoted, granted[:10])) or 'none'}",
        expected=" ".join(case.policy.needed_scopes),
        actual=" ".join(granted),
    )


def _tell_scope(case: Case) -> Check:
    if not case.policy.needed_scopes:
        return skipped("scope", "not asked for")
    return passed("scope", " ".join(map(quoted, case.policy.needed_scopes)))


def _test_required(case: Case) -> Check | None:
    """Return one failure for all that is missing or different, the missing ones first."""
    required, payload = case.policy.required, case.payload
    missing = [name for name in required if name not in payload]
    different = {
        name: wanted
        for name, wanted in required.items()
        if name in payload and wanted is not None and not _holds(wanted, payload[name])
    }
    if not missing and not different:
        return None
    parts = [f"the token has no claim {', '.join(map(quoted, missing))}"] if missing else []
    parts += [
        f"the claim {quoted(name)} is {_shown(payload[name])}, not {_shown(wanted)}"
        for name, wanted in different.items()
    ]
    first = next(iter(different), None)
    return fail(
        "required",
        "token.claim-missing" if missing else "token.claim-mismatch",
        "; ".join(parts),
        expected=missing[0] if missing or first is None else _shown(different[first]),
        actual=None if missing or first is None else _shown(payload[first]),
    )


def _tell_required(case: Case) -> Check:
    if not case.policy.required:
        return skipped("required", "not asked for")
    return passed("required", ", ".join(map(quoted, case.policy.required)))


def _holds(wanted: object, actual: object) -> bool:
    """Tell whether a claim equals a value, contains it, or holds its members; true is not 1."""
    if isinstance(wanted, Mapping):
        return isinstance(actual, dict) and all(
            name in actual and (value is None or _holds(value, actual[name]))
            for name, value in wanted.items()
        )
    if isinstance(actual, list) and not isinstance(wanted, (list, tuple)):
        return any(_holds(wanted, item) for item in actual)
    if isinstance(wanted, (list, tuple)):
        return (
            isinstance(actual, list)
            and len(wanted) == len(actual)
            and all(map(_holds, wanted, actual))
        )
    return wanted == actual and isinstance(wanted, bool) == isinstance(actual, bool)


def _shown(value: object) -> str:
    try:
        text = compact_json(value).decode()
    except (TypeError, ValueError):
        text = type(value).__name__
    return text if len(text) <= 80 else f"{text[:77]}..."


def _differs(name: str, noun: str, code: str, expected: str, actual: object) -> Check:
    if actual is None:
        return fail(
            name,
            code,
            f"the token names no {noun}; asked for {quoted(expected)}",
            expected=expected,
        )
    return fail(
        name,
        code,
        f"the token's {noun} is {quoted(actual)}, not {quoted(expected)}",
        hint=_slip(expected, str(actual)),
        expected=expected,
        actual=str(actual),
    )


def _slip(expected: str, actual: str) -> str | None:
    """Name the slip behind two texts that differ little: they are compared exactly all the same."""
    if expected.rstrip("/") == actual.rstrip("/"):
        return "they differ in a trailing slash alone"
    if expected.casefold() == actual.casefold():
        return "they differ in upper and lower case alone"
    if expected.strip() == actual.strip():
        return "they differ in blanks alone"
    return None


def _equal(name: str, asked: str | None) -> Check:
    return skipped(name, "not asked for") if asked is None else passed(name, quoted(asked))


#: In the order of a report.
CLAIM_RULES = (
    Rule(
        "claims",
        _test_claims,
        "a JSON object, its registered claims of their right types",
        needs=("format",),
    ),
    Rule("typ", _test_typ, lambda case: _equal("typ", case.policy.typ), needs=("header",)),
    Rule(
        "issuer", _test_issuer, lambda case: _equal("issuer", case.policy.issuer), needs=("claims",)
    ),
    Rule("audience", _test_audience, _tell_audience, needs=("claims",)),
    Rule(
        "subject",
        _test_subject,
        lambda case: _equal("subject", case.policy.subject),
        needs=("claims",),
    ),
    Rule("scope", _test_scope, _tell_scope, needs=("claims",)),
    Rule("required", _test_required, _tell_required, needs=("claims",)),
)
