"""The judgement of a password: a score of 0 to 4, and what the policy finds wrong with it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from authcli.findings import Finding, Severity
from authcli.passwords import guessing, zxcvbn
from authcli.passwords.breaches import times_seen
from authcli.passwords.common_passwords import common_base, derived_from
from authcli.passwords.model import Password
from authcli.passwords.passtext import as_text
from authcli.passwords.password_policy import PasswordPolicy

__all__ = ["Strength", "judge"]

_WORDS = ("guessed at once", "very guessable", "guessable", "hard to guess", "very hard to guess")
_MOST_ABOUT, _MOST_ABOUT_CHARACTERS = 100, 256
_LEAST_ABOUT = 4


class Strength(NamedTuple):
    """How strong a password is."""

    score: int
    """0 to 4, as zxcvbn counts: 10^3, 10^6, 10^8, 10^10 guesses; 0 for a known one."""
    guesses_log10: float
    estimator: str
    """"zxcvbn" or "built-in"."""
    parts: tuple[str, ...]
    """What it is made of, in words."""
    accepted: bool
    """Whether no finding is an error."""
    findings: tuple[Finding, ...]
    times_breached: int | None
    """How often the list of leaked passwords has it; None where none was looked at."""

    @property
    def words(self) -> str:
        """The score in words."""
        return _WORDS[self.score]


def judge(
    password: Password,
    *,
    policy: PasswordPolicy,
    about: Sequence[str] = (),
    known_bad: Collection[str] = (),
    breached: Path | None = None,
) -> Strength:
    """Return the judgement; see `authcli.passwords.check`."""
    text = as_text(password)
    about = [word[:_MOST_ABOUT_CHARACTERS] for word in about[:_MOST_ABOUT]]
    found = zxcvbn.estimate(text, about=about)
    estimator = "zxcvbn" if found else "built-in"
    found = found or guessing.estimate(text, about=about)
    seen = times_seen(text, breached) if breached is not None else None
    known = [*_known(text, known_bad, seen)]
    score = 0 if known else guessing.score_of(found.guesses_log10)
    findings = (
        *_lengths(text, policy),
        *_classes(text, policy),
        *known,
        *_owner(text, about, policy),
        *_guessable(score, found, policy, known=bool(known)),
    )
    accepted = not any(finding.severity == "error" for finding in findings)
    return Strength(score, found.guesses_log10, estimator, found.parts, accepted, findings, seen)


def _lengths(text: str, policy: PasswordPolicy) -> Iterator[Finding]:
    size = len(text)
    if size < policy.min_length:
        message = f"it has {size} characters, and policy {policy.name} wants {policy.min_length}"
        hint = "four or more random words: authcli password generate --words 6"
        yield Finding("password.short", "error", message, hint)
    if policy.max_length is not None and size > policy.max_length:
        message = f"it has {size} characters, and policy {policy.name} takes {policy.max_length}"
        yield Finding("password.long", "error", message)


def _classes(text: str, policy: PasswordPolicy) -> Iterator[Finding]:
    present = {
        "upper": any(letter.isupper() for letter in text),
        "lower": any(letter.islower() for letter in text),
        "digit": any(letter.isdecimal() for letter in text),
        "symbol": any(not letter.isalnum() for letter in text),
    }
    missing = [name for name in policy.classes if not present[name]]
    if missing:
        words = {"upper": "upper-case letter", "lower": "lower-case letter"}
        message = "it has no " + ", no ".join(words.get(name, name) for name in missing)
        yield Finding("password.classes", "error", message)


def _known(text: str, known_bad: Collection[str], seen: int | None) -> Iterator[Finding]:
    base = common_base(text)
    listed = text in known_bad or text.lower() in {bad.lower() for bad in known_bad}
    if listed:
        message = "it is on your list of known-bad passwords"
        yield Finding("password.known-bad", "error", message)
    elif base is not None:
        message = "it is one of the first passwords that attackers try"
        if base != text:
            message = "it is a well-known password with small changes, which attackers try too"
        yield Finding("password.known-bad", "error", message)
    if seen:
        message = f"it was in breaches {seen:,} time{'s' * (seen != 1)}"
        yield Finding("password.breached", "error", message, "choose one that never leaked")


def _owner(text: str, about: Sequence[str], policy: PasswordPolicy) -> Iterator[Finding]:
    lower = text.lower()
    names = [word.lower() for word in about if len(word) >= _LEAST_ABOUT]
    parts = {part for name in names for part in re.findall(rf"\w{{{_LEAST_ABOUT},}}", name)}
    if derived_from(text, {*names, *parts}) is not None:
        message = "it is what is known of its owner or of the service, with small changes at most"
        yield Finding("password.context", "error", message)
    elif any(name in lower for name in names):
        message = "it holds what is known of its owner or of the service"
        severity: Severity = "error" if policy.refuses_parts else "warning"
        yield Finding("password.context", severity, message)


def _guessable(
    score: int, found: guessing.Estimate, policy: PasswordPolicy, *, known: bool
) -> Iterator[Finding]:
    if known or score >= 3:
        return
    made_of = f": it is made of {', '.join(found.parts)}" if found.parts else ""
    message = f"it takes about 10^{found.guesses_log10:.0f} guesses{made_of}"
    hint = "random words or characters: authcli password generate"
    severity: Severity = "error" if score < policy.min_score else "warning"
    yield Finding("password.guessable", severity, message, hint)
