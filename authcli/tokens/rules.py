"""The shape of a check, and what the checks of one token pass on to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from authcli.tokens.candidates import Candidate
from authcli.tokens.policy import Policy
from authcli.tokens.report import Check

if TYPE_CHECKING:
    from authcli.tokens.compact import Compact, Json

__all__ = ["Case", "Rule", "fail", "passed", "skipped"]


@dataclass(slots=True)
class Case:
    """A token under examination; each check adds what it finds out."""

    token: str | bytes
    policy: Policy
    at: float
    """Now, in epoch seconds."""
    keys: tuple[Candidate, ...]
    """The keys that the caller trusts."""
    explicit: bool
    """One key was named by the caller, whatever the token's kid says."""
    compact: Compact | None = None
    header: dict[str, Json] = field(default_factory=dict)
    algorithm: str = ""
    tried: tuple[Candidate, ...] = ()
    """The keys that may have signed it."""
    signed_by: Candidate | None = None
    """The key that verified the signature, or the only one that was tried."""
    payload: dict[str, Json] = field(default_factory=dict)
    readable: bool = False
    """The payload was read; `{}` is a payload, too."""

    @property
    def parts(self) -> Compact:
        """The token's parts; for checks that need its format."""
        if self.compact is None:
            raise LookupError("a check ran before the format was known")
        return self.compact


class Rule(NamedTuple):
    """One check, in two halves: the verdict, and the words for a token that passes.

    They are apart because words cost more than verdicts: of a million tokens that pass, none is
    described.
    """

    name: str
    test: Callable[[Case], Check | None]
    """Returns the failure, or None; adds to the case."""
    words: str | Callable[[Case], Check]
    """Describes the pass, or says what was not asked for."""
    needs: tuple[str, ...] = ()
    """Checks that must have passed for this one to mean anything."""

    def describe(self, case: Case) -> Check:
        """Return the check of a token that did not fail it."""
        return passed(self.name, self.words) if isinstance(self.words, str) else self.words(case)


def passed(name: str, detail: str) -> Check:
    """Return a check that passed."""
    return Check(name, "pass", detail)


def skipped(name: str, detail: str) -> Check:
    """Return a check that was not asked for, or could not be reached."""
    return Check(name, "skipped", detail)


def fail(
    name: str,
    code: str,
    detail: str,
    *,
    hint: str | None = None,
    expected: str | None = None,
    actual: str | None = None,
) -> Check:
    """Return a check that failed."""
    return Check(name, "fail", detail, code, hint, expected, actual)
