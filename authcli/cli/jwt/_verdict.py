"""The verdict on a token: every check with pass, fail or skipped, and the key that was used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authcli.cli._messages import warn
from authcli.cli._output import emit, payload_line
from authcli.cli._refusal import emit_refused
from authcli.cli._text import columns, paint, visible
from authcli.cli.jwt._options import check_ttl, missing_seconds, ttl_check
from authcli.cli.jwt._pages import expires_at, token_page

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.cli.jwt._verifying import Trusted
    from authcli.errors import TokenRefused
    from authcli.tokens.report import Check, Report
    from authcli.tokens.verifier import Verified, Verifier

__all__ = [
    "DESCRIBED",
    "check_lines",
    "emit_refusal",
    "emit_verdict",
    "emit_verified",
    "key_facts",
    "mended",
    "refused_facts",
    "verdict_facts",
    "verified_facts",
]

#: The checks whose difference is worth showing, and the flag that would mend each.
_FLAGS = {"issuer": "--iss", "audience": "--aud", "subject": "--sub", "typ": "--typ"}
#: What only the verdict on a valid token has.
_VALID_ALONE = {"algorithm", "header", "payload", "expires_at"}
#: What a report's words are needed for.
DESCRIBED = ("checks", "key", "warnings")
_MARKS = {"pass": ("pass", "green"), "fail": ("FAIL", "bold red"), "skipped": ("skip", "dim")}


def emit_verdict(
    run: Run,
    verifier: Verifier,
    token: str,
    trusted: Trusted,
    *,
    least: int | None,
    time: str | None,
) -> None:
    """Verify one token and write the verdict.

    Raises:
        TokenRefused: it is refused; with a hint that asks for what the token says.
        Due: it is valid, and less than `least` seconds are left.
    """
    from authcli.errors import TokenRefused

    try:
        verified = verifier.verify(token, at=run.now)
    except TokenRefused as refusal:
        emit_refusal(run, refusal, trusted)
        refusal.hint = "; ".join(filter(None, (refusal.hint, mended(refusal.report)))) or None
        raise
    emit_verified(run, verified, trusted, least=least, time=time)
    check_ttl(run, least, verified.payload.get("exp"))


def emit_verified(
    run: Run, verified: Verified, trusted: Trusted, *, least: int | None, time: str | None
) -> None:
    """Write that a token is valid: the payload, and on a terminal the checks too."""
    report = verified.report
    for text in report.warnings:
        warn(run, text)
    facts = verified_facts(run, verified, trusted, least=least)

    def page(colored: bool) -> str:
        return "\n".join(
            (
                paint("valid", "bold green", on=colored),
                check_lines(report, trusted, colored=colored),
                token_page(
                    verified.header, verified.payload, at=run.at, colored=colored, time=time
                ),
            )
        )

    emit(run, facts, plain=payload_line(verified.payload), human=page)


def verified_facts(
    run: Run,
    verified: Verified,
    trusted: Trusted,
    *,
    least: int | None,
    described: bool = True,
) -> dict[str, Any]:
    """Return the verdict on a valid token as JSON has it.

    Args:
        run: the invocation.
        verified: the token.
        trusted: the keys that were to verify it.
        least: `--min-ttl` in seconds.
        described: with the members of `DESCRIBED`, which cost more than the verdict.
    """
    exp = verified.payload.get("exp")
    verdict: dict[str, Any] = {}
    if described:
        verdict = verdict_facts(verified.report, trusted)
        verdict["checks"] += ttl_check(run, least, exp)
    return {
        "valid": True,
        "code": "token.due" if missing_seconds(run, least, exp) is not None else None,
        **verdict,
        "algorithm": verified.algorithm,
        "header": dict(verified.header),
        "payload": dict(verified.payload),
        "expires_at": expires_at(verified.payload),
    }


def refused_facts(refusal: TokenRefused, trusted: Trusted | None) -> dict[str, Any]:
    """Return the verdict on a refused token as JSON has it."""
    report = refusal.report
    return {
        "valid": False,
        "code": refusal.code,
        **verdict_facts(report, trusted),
        "unverified": {"header": report.header, "payload": report.payload},
    }


def emit_refusal(run: Run, refusal: TokenRefused, trusted: Trusted | None = None) -> None:
    """Write that a token is refused: checks to stderr, or the verdict as JSON to stdout.

    Args:
        run: the invocation.
        refusal: the refusal, with its report.
        trusted: the keys that were to verify it; None where nothing was verified.

    Raises:
        InvalidInput: a `--field` that no verdict has.
    """
    report = refusal.report
    for text in report.warnings:
        warn(run, text)
    facts = refused_facts(refusal, trusted)

    human = None if trusted is None else lambda on: check_lines(report, trusted, colored=on)
    emit_refused(run, facts, valid_alone=_VALID_ALONE, human=human)


def mended(report: Report) -> str | None:
    """Return the flags that would ask for what the token says, for whoever finds it right."""
    import shlex

    flags = [
        f"{_FLAGS[check.name]} {shlex.quote(check.actual)}"
        for check in report.failures
        if check.name in _FLAGS and check.actual and check.actual.isprintable()
    ]
    return f"if the token is right, ask for {' '.join(flags)}" if flags else None


def check_lines(report: Report, trusted: Trusted, *, colored: bool) -> str:
    """Return a line a check, differences shown side by side, and the key at the end."""
    rows: list[str] = []
    for check in report.checks:
        word, style = _MARKS[check.status]
        detail = visible(check.detail)
        rows.append(columns([(paint(word, style, on=colored), f"{check.name:<10} {detail}")]))
        rows.extend(_difference(check))
    rows.append(f"  {paint('key', 'bold', on=colored)}   {_key_words(report, trusted)}")
    return "\n".join(rows)


def _key_words(report: Report, trusted: Trusted) -> str:
    key = key_facts(report, trusted)
    names = []
    if key["kid"]:
        names.append(f"kid {key['kid']}")
    if key["thumbprint"] and key["thumbprint"] != key["kid"]:
        names.append(f"thumbprint {key['thumbprint']}")
    return visible(", ".join([*names, f"from {key['source']}"]))


def key_facts(report: Report, trusted: Trusted) -> dict[str, Any]:
    """Return which key was used, or the only one that could have been, and where it came from."""
    from authcli import keys

    key = report.key or (trusted.keys if isinstance(trusted.keys, keys.Key) else None)
    return {
        "source": trusted.source,
        "kid": key.kid if key else None,
        # The digest of a weak secret would tell the secret to whoever tries a list.
        "thumbprint": keys.thumbprint(key) if key and key.kty != "oct" else None,
    }


def verdict_facts(report: Report, trusted: Trusted | None) -> dict[str, Any]:
    """Return the checks, the key and the warnings of a report, ready for JSON."""
    checks = [
        {
            "name": check.name,
            "status": check.status,
            "detail": check.detail,
            "code": check.code,
            "hint": check.hint,
            "expected": check.expected,
            "actual": check.actual,
        }
        for check in report.checks
    ]
    key = key_facts(report, trusted) if trusted else None
    return {"checks": checks, "key": key, "warnings": list(report.warnings)}


def _difference(check: Check) -> list[str]:
    """Return expected and actual one above the other, with a caret at the first difference."""
    if check.name not in _FLAGS or not check.expected or not check.actual:
        return []
    expected, actual = visible(check.expected)[:400], visible(check.actual)[:400]
    same = next(
        (i for i, (a, b) in enumerate(zip(expected, actual, strict=False)) if a != b),
        min(len(expected), len(actual)),
    )
    indent = " " * 8
    return [
        f"{indent}expected  {expected}",
        f"{indent}token has {actual}",
        f"{indent}          {' ' * same}^",
    ]
