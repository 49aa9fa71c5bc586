"""Account: what an authenticator app keeps of one sign-in; and what comes of it.

NamedTuples, because `totp code` is to be quick.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from authcli.errors import InvalidInput
from authcli.secret import Secret

__all__ = ["Account", "Algorithm", "Code", "Kind", "Match", "check"]

#: totp: RFC 6238 · hotp: RFC 4226 · steam: TOTP in Steam's five letters.
Kind: TypeAlias = Literal["totp", "hotp", "steam"]
Algorithm: TypeAlias = Literal["SHA1", "SHA256", "SHA512"]
#: Beyond what any app has; so that what comes from outside is bounded.
MAX_SECRET_BYTES, MAX_PERIOD_SECONDS = 512, 2**31 - 1


class Account(NamedTuple):
    """One account: a shared secret, and how codes are made of it."""

    secret: Secret
    """The shared secret, its bytes."""
    kind: Kind = "totp"
    issuer: str = ""
    """Who asks for the codes: "GitHub"; empty where that is not known."""
    name: str = ""
    """Whose account it is there: "alice@example.com"; empty where that is not known."""
    algorithm: Algorithm = "SHA1"
    digits: int = 6
    """6 to 8; 5 letters of Steam."""
    period_seconds: int = 30
    """How long a TOTP code stands."""
    counter: int = 0
    """The next HOTP counter, 0 to 2^64 - 1."""


class Code(NamedTuple):
    """A one-time code, and when it stands."""

    text: str
    moment: int
    """The time step of a TOTP code, the counter of an HOTP code."""
    valid_from: int | None = None
    """Unix seconds; None for HOTP."""
    valid_until: int | None = None
    """Unix seconds, the first at which it stands no more; None for HOTP."""


class Match(NamedTuple):
    """A code that was right."""

    moment: int
    """The time step or the counter that it belongs to."""
    drift: int
    """How many steps it is ahead of the clock (behind: negative), or of the expected counter."""


def check(account: Account) -> None:
    """Raise InvalidInput ("otp.account") where no code can be made of an account."""
    wrong = ""
    if account.kind not in ("totp", "hotp", "steam"):
        wrong = "an account's kind is totp, hotp or steam"
    elif not 0 < len(account.secret) <= MAX_SECRET_BYTES:
        wrong = f"a secret has 1 to {MAX_SECRET_BYTES} bytes"
    elif account.algorithm not in ("SHA1", "SHA256", "SHA512"):
        wrong = "an account's algorithm is SHA1, SHA256 or SHA512"
    elif account.kind != "steam" and not 6 <= account.digits <= 8:
        # RFC 4226, section 5.3: fewer are guessed; over more, 31 bits are not spread evenly.
        wrong = "codes have 6 to 8 digits"
    elif not 1 <= account.period_seconds <= MAX_PERIOD_SECONDS:
        wrong = f"a period is 1 to {MAX_PERIOD_SECONDS} seconds"
    elif not 0 <= account.counter < 2**64:
        wrong = "a counter is 0 to 2^64 - 1"
    if wrong:
        raise InvalidInput(wrong, code="otp.account")
