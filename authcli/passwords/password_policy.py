"""What a password has to be: NIST's rules, the ones before them, or a file's.

NIST SP 800-63B-4, section 3.1.1.2: 15 characters where the password is all there is, 8 beside a
second factor, each code point one; 64 at least allowed; no rules of composition. The whole password
is compared with a list of used, expected and leaked ones, and of words about its owner and what is
derived from them; what merely holds such a word passes. The list is a rule here in part: what takes
under 10^6 guesses (`min_score`) is expected, such as "aaaaaaaaaaaaaaa".
"""

from __future__ import annotations

from typing import NamedTuple

from authcli.errors import InvalidInput

__all__ = ["CLASSES", "CLASSIC", "NIST", "NIST_MFA", "POLICIES", "PasswordPolicy", "policy_named"]

CLASSES = ("upper", "lower", "digit", "symbol")


class PasswordPolicy(NamedTuple):
    """The rules; `strength` applies them."""

    name: str
    min_length: int
    """Characters, as Unicode counts code points."""
    max_length: int | None = None
    """NIST wants 64 allowed at least."""
    classes: tuple[str, ...] = ()
    """Of `CLASSES`, which have to be there."""
    min_score: int = 2
    """Of `Strength.score`; what is below is as good as listed."""
    refuses_parts: bool = False
    """Whether a word about its owner within the password is too much, and not a warning."""


NIST = PasswordPolicy("nist", 15)
NIST_MFA = PasswordPolicy("nist-mfa", 8)
CLASSIC = PasswordPolicy("classic", 8, classes=CLASSES, min_score=1, refuses_parts=True)

POLICIES = {policy.name: policy for policy in (NIST, NIST_MFA, CLASSIC)}


def policy_named(name: str) -> PasswordPolicy:
    """Return a policy by its name; raises `InvalidInput` ("password.policy")."""
    if name not in POLICIES:
        raise InvalidInput(
            f"there is no policy {ascii(name)[:40]}",
            hint=f"{', '.join(POLICIES)}, or a file",
            code="password.policy",
        )
    return POLICIES[name]
