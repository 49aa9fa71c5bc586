"""Is this code right; and the name under which a store remembers that it was used.

Single use is `authcli.otp.once`'s: a code checked here alone is right as often as it is shown.
"""

from __future__ import annotations

from hmac import compare_digest, digest

from authcli.errors import CodeMismatch, InvalidInput
from authcli.otp import steam
from authcli.otp.hotp import MAX_COUNTER
from authcli.otp.model import Account, Match, check
from authcli.otp.totp import WRITERS, moment_of

__all__ = ["MAX_WINDOW", "state_id", "verify"]

#: Each step more is one more code that a guess may hit: RFC 4226, section 7.4; RFC 6238, 5.2.
MAX_WINDOW = 10
#: How many steps back a wrong code is looked for, to say that it is too old.
_STEPS_BACK = 20
_STEAM = frozenset(steam.ALPHABET)


def verify(account: Account, code: str, *, at: float | None = None, window: int = 1) -> Match:
    """Return where a code belongs; raise where it is not right. See `authcli.otp.verify`."""
    check(account)
    if not 0 <= window <= MAX_WINDOW:
        raise InvalidInput(
            f"a window is 0 to {MAX_WINDOW} steps, not {window}",
            hint="each step more lets a guess hit one more code; 1 is what RFC 6238 recommends",
            code="otp.window",
        )
    shown, expected = _shown(account, code), moment_of(account, at=at)
    ahead = range(expected, expected + window + 1)
    behind = range(expected - 1, expected - 1 - window, -1) if account.kind != "hotp" else range(0)
    moment = _found(account, shown, [*ahead, *behind])
    if moment is None:
        raise _mismatch(account, shown, expected, window)
    return Match(moment, moment - expected)


def state_id(account: Account) -> str:
    """Return the name of an account in a store, which tells nothing of its secret."""
    return digest(account.secret.reveal(), b"authcli-otp-state", "sha256").hex()


def _shown(account: Account, code: str) -> bytes:
    """Return the code's bytes. Digits of other scripts are none: they would be many spellings."""
    if account.kind == "steam":
        letters, what = steam.LETTERS, "letters and digits of Steam's"
        # Length and ASCII come first: upper() makes two letters of some.
        sound = len(code) == letters and code.isascii() and set(code.upper()) <= _STEAM
    else:
        letters, what = account.digits, "digits, 0 to 9"
        sound = len(code) == letters and code.isascii() and code.isdigit()
    if not sound:
        raise CodeMismatch(f"a code of this account is {letters} {what}", code="otp.malformed")
    return code.upper().encode()


def _found(account: Account, shown: bytes, moments: list[int]) -> int | None:
    """Return the moment nearest to the expected; all are compared, so that time tells nothing."""
    found = None
    for moment in sorted(moments, key=lambda moment: abs(moment - moments[0]), reverse=True):
        if 0 <= moment <= MAX_COUNTER:
            right = WRITERS[account.kind](account, moment).encode()
            found = moment if compare_digest(shown, right) else found
    return found


def _mismatch(account: Account, shown: bytes, expected: int, window: int) -> CodeMismatch:
    """Say when it is an old code, which helps its owner.

    Never that it is one to come: that would tell a guesser a code before its time.
    """
    first = expected - 1 if account.kind == "hotp" else expected - 1 - window
    old = _found(account, shown, list(range(first, first - _STEPS_BACK, -1)))
    if old is None:
        return CodeMismatch("the code is wrong", code="otp.mismatch")
    if account.kind == "hotp":
        return CodeMismatch(
            f"the code is of a counter that is over: {expected - old} before the expected",
            hint="the next code of the device is asked for",
            code="otp.drift",
        )
    return CodeMismatch(
        f"the code is over: it was that of {(expected - old) * account.period_seconds} s ago",
        hint="take the code that is shown now; if it was, set the clock of the device or this one",
        code="otp.drift",
    )
