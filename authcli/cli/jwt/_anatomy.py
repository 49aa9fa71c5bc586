"""The anatomy of a token on a page: what `jwt inspect` and `inspect` show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authcli.cli._findings import finding_facts, finding_line
from authcli.cli._listing import terminal_width
from authcli.cli._messages import note, warn
from authcli.cli._output import emit, json_text
from authcli.cli._text import paint
from authcli.cli.jwt._pages import (
    PART_COLORS,
    colored_token,
    member_row,
    member_table,
    time_words,
)

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.cli.jwt._verifying import KeyChoice
    from authcli.errors import TokenRefused
    from authcli.tokens.anatomy import Anatomy, Member

__all__ = ["inspect_token"]


def inspect_token(
    run: Run, token: str, choice: KeyChoice, *, lenient: bool, time: str | None
) -> None:
    """Explain a token; where a key was named verify it too, and raise as verifying does."""
    from authcli import tokens
    from authcli.errors import TokenRefused

    try:
        anatomy = tokens.inspect(token, at=run.at, lenient=lenient)
    except TokenRefused as refused:
        from authcli.cli.jwt._verdict import emit_refusal

        emit_refusal(run, refused)
        raise
    for text in anatomy.forgiven:
        note(run, f"forgiven: {text}")
    verdict: dict[str, Any] = {"verified": False}
    refusal = None
    if choice.key is not None or choice.jwks is not None:
        verdict, refusal = _verified(run, token, choice, lenient=lenient)
    else:
        warn(run, "NOT VERIFIED: anyone can write this; name a key with --key")
    facts = {**verdict, **_facts(anatomy)}
    emit(
        run,
        facts,
        plain=json_text(run, facts),
        human=lambda on: _page(anatomy, at=run.at, colored=on, time=time, verdict=verdict),
    )
    if refusal is not None:
        raise refusal


def _verified(
    run: Run, token: str, choice: KeyChoice, *, lenient: bool
) -> tuple[dict[str, Any], TokenRefused | None]:
    from authcli import tokens
    from authcli.cli.jwt._verdict import verdict_facts
    from authcli.cli.jwt._verifying import revocation_check, trusted_keys
    from authcli.errors import TokenRefused

    trusted = trusted_keys(run, choice._replace(with_compromised=True), token=token)
    asked = revocation_check(
        run, trusted, wanted=None, allow_list=False, on_error="closed", store=None
    )
    try:
        report = tokens.verify(
            token, key=trusted.keys, lenient=lenient, revocation=asked, at=run.now
        ).report
    except TokenRefused as error:
        facts = verdict_facts(error.report, trusted)
        return {"verified": False, "valid": False, "code": error.code, **facts}, error
    finally:
        if asked is not None:
            asked.close()
    return {"verified": True, "valid": True, "code": None, **verdict_facts(report, trusted)}, None


def _facts(anatomy: Anatomy) -> dict[str, Any]:
    return {
        "size_bytes": anatomy.size_bytes,
        "header": {member.name: member.value for member in anatomy.header},
        "payload": {member.name: member.value for member in anatomy.claims},
        "claims": [
            {
                "name": member.name,
                "kind": member.kind,
                "meaning": member.meaning or None,
                "source": member.source or None,
            }
            for member in anatomy.claims
        ],
        "findings": [finding_facts(finding) for finding in anatomy.findings],
    }


def _page(
    anatomy: Anatomy, *, at: int, colored: bool, time: str | None, verdict: dict[str, Any]
) -> str:
    token = ".".join(part.text for part in anatomy.parts)
    pieces = [colored_token(token, colored=colored), ""]
    for title, style, members in (
        ("header", PART_COLORS[0], anatomy.header),
        ("payload", PART_COLORS[1], anatomy.claims),
    ):
        pieces.append(paint(title, f"bold {style}", on=colored))
        rows = [_row(member, at=at, time=time) for member in members]
        pieces.append(member_table(rows, width=terminal_width(), colored=colored))
    signature = anatomy.parts[2]
    state = _state(verdict, colored=colored)
    title = paint("signature", f"bold {PART_COLORS[2]}", on=colored)
    pieces.append(f"{title}\n  {signature.size_bytes} bytes, {state}")
    pieces.append(f"  the whole token is {anatomy.size_bytes} bytes long")
    if anatomy.findings:
        pieces.append(paint("findings", "bold", on=colored))
        pieces.extend(finding_line(finding, colored=colored) for finding in anatomy.findings)
    return "\n".join(pieces)


def _row(member: Member, *, at: int, time: str | None) -> tuple[str, str, str]:
    words = None if member.instant is None else time_words(member.instant, at=at, time=time)
    return member_row(member, noun="claim", words=words)


def _state(verdict: dict[str, Any], *, colored: bool) -> str:
    if "valid" not in verdict:
        return paint("NOT VERIFIED", "bold yellow", on=colored)
    if verdict["valid"]:
        return paint("verified", "bold green", on=colored)
    return paint(f"refused: {verdict['code']}", "bold red", on=colored)
