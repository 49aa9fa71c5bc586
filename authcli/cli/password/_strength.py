"""How strong a password is, for a person and a program; refused where a finding is an error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from authcli.cli._feed import open_lines, readable
from authcli.cli._findings import finding_facts, finding_line
from authcli.cli._output import emit
from authcli.cli._refusal import emit_refused
from authcli.cli._text import columns, paint
from authcli.errors import Rejected

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.passwords.password_policy import PasswordPolicy
    from authcli.passwords.strength import Strength
    from authcli.secret import Secret

__all__ = ["BadLists", "emit_strength"]

REFUSED = "password.refused"
#: Check -> the codes of the findings that make it fail.
CHECKS = {
    "length": ("password.short", "password.long"),
    "composition": ("password.classes",),
    "known": ("password.known-bad", "password.breached"),
    "context": ("password.context",),
    "guesses": ("password.guessable",),
}
_PER_READ = 1 << 20
_STYLES = ("bold red", "bold red", "yellow", "green", "bold green")


class BadLists(NamedTuple):
    """Where passwords that must not be are listed."""

    breached: str | None
    """A file or folder of Have I Been Pwned."""
    known_bad: str | None
    """A file of passwords, one a line."""


def emit_strength(
    run: Run, password: Secret, policy: PasswordPolicy, *, about: Sequence[str], lists: BadLists
) -> None:
    """Judge a password and write the judgement.

    Raises:
        Rejected: the policy does not take it.
        InvalidInput: no text, or a list that cannot be used.
    """
    from authcli import passwords

    strength = passwords.check(
        password,
        policy=policy,
        about=about,
        known_bad=_listed(password, lists.known_bad) if lists.known_bad else (),
        breached=Path(lists.breached).expanduser() if lists.breached else None,
    )
    facts = _facts(strength, policy)
    if strength.accepted:
        return emit(
            run,
            facts,
            plain=str(strength.score),
            human=lambda on: _page(strength, policy, colored=on),
        )
    emit_refused(
        run, facts, valid_alone=set(), human=lambda on: _page(strength, policy, colored=on)
    )
    count = sum(finding.severity == "error" for finding in strength.findings)
    raise Rejected(
        f"policy {policy.name} refuses the password for {count} reason{'s' * (count != 1)}",
        hint="authcli password generate makes a good one",
        code=REFUSED,
    )


def _listed(password: Secret, path: str) -> list[str]:
    """Return the password where a file has it, in any case of letters; the file may be large."""
    from authcli.passwords.passtext import as_text

    text = as_text(password)
    wanted = text.lower()
    feed = open_lines(f"@{path}", what="known-bad passwords", per_read=_PER_READ)
    while not feed.ended:
        if (descriptor := feed.waits_on()) is not None:
            readable(descriptor, wait=True)
        for block in feed.pull():
            data = block.data.decode("utf-8", "replace").lower()
            # Most blocks have it nowhere, which is known ten times sooner than by lines.
            if wanted in data and wanted in (line.rstrip("\r") for line in data.split("\n")):
                return [text]
    return []


def _facts(strength: Strength, policy: PasswordPolicy) -> dict[str, Any]:
    return {
        "valid": strength.accepted,
        "code": None if strength.accepted else REFUSED,
        "checks": _checks(strength, policy),
        "policy": policy.name,
        "score": strength.score,
        "meaning": strength.words,
        "guesses_log10": strength.guesses_log10,
        "estimator": strength.estimator,
        "parts": list(strength.parts),
        "times_breached": strength.times_breached,
        "findings": [finding_facts(finding) for finding in strength.findings],
    }


def _checks(strength: Strength, policy: PasswordPolicy) -> list[dict[str, Any]]:
    rows = []
    errors = [finding for finding in strength.findings if finding.severity == "error"]
    for name, codes in CHECKS.items():
        here = [finding.message for finding in errors if finding.code in codes]
        status = "fail" if here else "pass"
        if name == "composition" and not policy.classes:
            status = "skipped"
        rows.append({"name": name, "status": status, "detail": "; ".join(here) or None})
    return rows


def _guesses(strength: Strength) -> str:
    """Return how many guesses it takes, which says nothing of one that is known."""
    known = any(finding.code in CHECKS["known"] for finding in strength.findings)
    how_many = f"about 10^{strength.guesses_log10:.0f} ({strength.estimator} estimate)"
    return "" if known else how_many


def _page(strength: Strength, policy: PasswordPolicy, *, colored: bool) -> str:
    verdict = paint("taken", "bold green", on=colored)
    if not strength.accepted:
        verdict = paint("refused", "bold red", on=colored)
    score = paint(strength.words, _STYLES[strength.score], on=colored)
    rows = [
        ("score", f"{strength.score} of 4: {score}"),
        ("guesses", _guesses(strength)),
        ("made of", ", ".join(strength.parts)),
        ("policy", f"{policy.name}: {verdict}"),
    ]
    if strength.times_breached is not None:
        rows.append(("breaches", f"{strength.times_breached:,} times"))
    shown = [(paint(name, "cyan", on=colored), text) for name, text in rows if text]
    found = [finding_line(finding, colored=colored) for finding in strength.findings]
    return "\n".join([columns(shown, indent=""), *found])
