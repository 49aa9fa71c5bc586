"""What verification found: every check with its outcome, and the refusal that follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from authcli.errors import TokenDenied, TokenExpired, TokenRefused, TokenRejected, TokenRevoked

if TYPE_CHECKING:
    from authcli.keys.model import Key
    from authcli.tokens.compact import Json

__all__ = ["CHECK_NAMES", "Check", "Report", "Status", "malformed", "quoted", "refusal"]

Status: TypeAlias = Literal["pass", "fail", "skipped"]

#: Every check, in the order of a report. Names are stable.
CHECK_NAMES = (
    "format",
    "header",
    "algorithm",
    "critical",
    "key",
    "strength",
    "signature",
    "claims",
    "typ",
    "expiry",
    "not-before",
    "issued-at",
    "issuer",
    "audience",
    "subject",
    "scope",
    "required",
    "revocation",
)

#: What a failed check makes of the token. The order is the precedence: a forgery that is also
#: expired is a forgery. Codes that are not named here deny.
_REFUSALS: tuple[tuple[type[TokenRefused], frozenset[str]], ...] = (
    (
        TokenRejected,
        frozenset(
            {
                "token.malformed",
                "token.algorithm",
                "token.alg-none",
                "token.critical",
                "token.kid-unknown",
                "token.signature",
                "token.claims",
                "token.unregistered",
                "key.weak",
            }
        ),
    ),
    (TokenRevoked, frozenset({"token.revoked"})),
    (TokenExpired, frozenset({"token.expired", "token.not-yet-valid"})),
)


class Check(NamedTuple):
    """One check and how it ended."""

    name: str
    """One of `CHECK_NAMES`."""
    status: Status
    detail: str
    """One sentence, numbers with units; text out of the token is escaped and cut."""
    code: str | None = None
    """The stable dotted name of a failure, such as "token.expired"."""
    hint: str | None = None
    """What to do about it."""
    expected: str | None = None
    """What was asked for, and what the token says: raw text, for showing both side by side."""
    actual: str | None = None


class Report(NamedTuple):
    """Every check of one verification, whether the token passed or not."""

    checks: tuple[Check, ...]
    header: Mapping[str, Json] | None = None
    """The header as read, or None."""
    payload: Mapping[str, Json] | None = None
    """The claims as read, or None; NOT to be believed unless `passed`."""
    key: Key | None = None
    """The key that verified the signature, or the only one that was tried."""
    warnings: tuple[str, ...] = ()
    """What a person must know but that stops nothing."""

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed, in order."""
        return tuple(check for check in self.checks if check.status == "fail")

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return not self.failures

    def check(self, name: str) -> Check:
        """Return the check of that name; raises `KeyError` for a name that is none."""
        for check in self.checks:
            if check.name == name:
                return check
        raise KeyError(name)


def refusal(report: Report) -> TokenRefused:
    """Return the error that failures amount to: forged before expired before denied."""
    failures = report.failures
    for error, codes in _REFUSALS:
        for check in failures:
            if check.code in codes:
                return error(check.detail, report=report, hint=check.hint, code=check.code)
    first = failures[0]
    return TokenDenied(first.detail, report=report, hint=first.hint, code=first.code)


def malformed(message: str, *, hint: str | None = None) -> TokenRefused:
    """Return the refusal of a text that cannot be read as a token at all."""
    check = Check("format", "fail", message, code="token.malformed", hint=hint)
    return refusal(Report((check,)))


def quoted(text: object) -> str:
    """Return text out of a token fit for a message: ASCII, quoted, at most 80 characters."""
    shown = ascii(text) if isinstance(text, str) else ascii(str(text)[:100])
    return shown if len(shown) <= 80 else f"{shown[:76]}...'"
