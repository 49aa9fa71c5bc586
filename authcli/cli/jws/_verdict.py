"""The verdict on a JWS: each signature with its checks, and the payload where it is valid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authcli.cli._messages import note, warn
from authcli.cli._output import emit
from authcli.cli._refusal import emit_refused
from authcli.cli._text import paint, visible
from authcli.cli.jws._payloads import payload_facts
from authcli.cli.jwt._verdict import check_lines, verdict_facts
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.cli.jwt._verifying import Trusted
    from authcli.errors import TokenRefused
    from authcli.tokens.jws.verifying import Examined, Verified
    from authcli.tokens.report import Report

__all__ = ["emit_refusal", "emit_verified", "refuse_output"]

#: What only the verdict on a valid JWS has.
_VALID_ALONE = {"payload", "payload_base64url"}


def refuse_output(run: Run, verified: Verified) -> None:
    """Raise where `-o` has nothing to hold: the payload of a detached JWS is a file already."""
    if verified.detached and run.output is not None and not (run.json or run.fields):
        raise InvalidInput(
            "the JWS is valid and detached: there is nothing to write to -o",
            hint="the payload is what you gave; --json writes the verdict",
        )


def emit_verified(run: Run, verified: Verified, trusted: Trusted) -> None:
    """Write that a JWS is valid: the payload, and on a terminal the checks too."""
    from authcli.tokens.jws.payloads import payload_kind, payload_text

    _warn_partial(run, verified)
    for report in verified.verified:
        for text in report.warnings:
            warn(run, text)
    if payload_kind(verified.payload) == "claims":
        warn(run, "this is a token: its times and audience were not checked; authcli jwt verify")
    shown = None if verified.detached else verified.payload
    facts = {
        "valid": True,
        "code": None,
        "form": verified.form,
        "detached": verified.detached,
        **_facts(verified.signatures, trusted),
        **payload_facts(shown if run.json or run.fields else None),
        "payload_bytes": len(verified.payload),
    }
    if verified.detached and not (run.to_terminal or run.json or run.fields):
        note(run, "valid: " + "; ".join(_words(r) for r in verified.verified))

    def page(colored: bool) -> str:
        pieces = [paint("valid", "bold green", on=colored)]
        pieces.append(_signature_lines(verified.signatures, trusted, colored=colored))
        if shown is not None:
            pieces.append(paint("payload", "bold magenta", on=colored))
            pieces.append(visible(payload_text(shown) or "", keep="\n\t"))
        return "\n".join(pieces).removesuffix("\n")

    # A person sees text with its controls escaped, and everyone else the bytes as they are.
    legible = payload_text(shown) if run.to_terminal and shown is not None else None
    emit(run, facts, plain=shown if legible is None else legible, human=page)


def emit_refusal(
    run: Run, refusal: TokenRefused, examined: Examined | None, trusted: Trusted | None
) -> None:
    """Write that a JWS is refused: checks to stderr, or the verdict as JSON to stdout.

    Args:
        run: the invocation.
        refusal: the refusal.
        examined: the signatures; None where the text could not be read.
        trusted: the keys that were to verify it; None where nothing was verified.

    Raises:
        InvalidInput: a `--field` that no verdict has.
    """
    reports = examined.signatures if examined else ()
    message = examined.message if examined else None
    payload = message.payload if message else None
    for report in reports:
        for text in report.warnings:
            warn(run, text)
    facts: dict[str, Any] = {
        "valid": False,
        "code": refusal.code,
        "form": message.form if message else None,
        "detached": message.detached if message else None,
        **_facts(reports, trusted),
        "payload_bytes": None if payload is None else len(payload),
        "unverified": payload_facts(None if message and message.detached else payload),
    }
    if not reports:
        facts["checks"] = verdict_facts(refusal.report, None)["checks"]
    shown = reports or (refusal.report,)
    human = None if trusted is None else lambda on: _signature_lines(shown, trusted, colored=on)
    emit_refused(run, facts, valid_alone=_VALID_ALONE, human=human)


def _facts(reports: tuple[Report, ...], trusted: Trusted | None) -> dict[str, Any]:
    from authcli.tokens.report import refusal

    signatures: list[dict[str, Any]] = []
    checks: list[dict[str, Any]] = []
    for number, report in enumerate(reports, 1):
        facts = verdict_facts(report, trusted)
        header = report.header or {}
        checks += [{"signature": number, **check} for check in facts["checks"]]
        signatures.append(
            {
                "number": number,
                "valid": report.passed,
                "code": None if report.passed else refusal(report).code,
                "algorithm": header.get("alg"),
                "kid": header.get("kid"),
                "header": dict(header),
                "key": facts["key"],
                "warnings": facts["warnings"],
            }
        )
    return {"signatures": signatures, "checks": checks}


def _signature_lines(reports: tuple[Report, ...], trusted: Trusted, *, colored: bool) -> str:
    found: list[str] = []
    for number, report in enumerate(reports, 1):
        if len(reports) > 1:
            word, style = ("valid", "green") if report.passed else ("refused", "red")
            title = f"signature {number} of {len(reports)}: {paint(word, style, on=colored)}"
            found.append(title)
        found.append(check_lines(report, trusted, colored=colored))
    return "\n".join(found)


def _warn_partial(run: Run, verified: Verified) -> None:
    """Say which of several signatures verified, where not all did."""
    total, passed = len(verified.signatures), verified.verified
    if len(passed) < total:
        numbers = [n for n, report in enumerate(verified.signatures, 1) if report.passed]
        listed = ", ".join(
            f"number {n} ({_words(r)})" for n, r in zip(numbers, passed, strict=True)
        )
        warn(run, f"of {total} signatures {len(passed)} verified: {listed}; --all demands each")


def _words(report: Report) -> str:
    from authcli.tokens.report import quoted

    header = report.header or {}
    kid = header.get("kid")
    named = f", kid {quoted(kid)}" if isinstance(kid, str) else ""
    return f"{quoted(header.get('alg'))[1:-1]}{named}"
