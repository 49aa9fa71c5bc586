"""Codes accepted once, counters used once; RFC 6238, section 5.2, and RFC 4226, section 7.

What was accepted is in a store, under an id that only the shared secret gives: the same secret
under two names is one. Reading and writing are one turn of the store, so that of any number of
processes with the same code one is told yes, and of wrong codes no more are looked at than may be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from authcli.clock import now_ms
from authcli.errors import CodeMismatch, Conflict, InvalidInput
from authcli.otp import totp
from authcli.otp.failures import refuse_blocked
from authcli.otp.hotp import MAX_COUNTER
from authcli.otp.verifying import state_id, verify

if TYPE_CHECKING:
    from authcli.otp.model import Account, Code, Match
    from authcli.otp.repository import OneTimeRepository

__all__ = ["next_code", "verify_once"]

#: How far from the real clock an instant may be and not be a pretended one.
_PRETENDED_MS = 86_400_000
#: Refusals that are no guesses: no code at all, or one that was right before.
_NO_GUESS = ("otp.malformed", "otp.used")


def verify_once(
    states: OneTimeRepository,
    account: Account,
    code: str,
    *,
    name: str,
    at: float | None = None,
    window: int = 1,
) -> Match:
    """Return where a code belongs, and accept neither it nor an earlier one again.

    Of HOTP the store's counter is expected, or the account's where that is further; after a match
    the next one is, so that a token that ran ahead is in step again.

    Args:
        states: of a store that can be written (`store.one_time`).
        account: whose code it should be.
        code: untrusted.
        name: what people call the account.
        at: Unix seconds, None is now. More than a day from the real clock it is a pretended
            instant, and is remembered apart: it would refuse real codes for years.
        window: as of `otp.verify`.

    Raises:
        CodeMismatch: as of `otp.verify`; "otp.used": it was accepted before, or a later one was.
        Denied: "otp.blocked": too many wrong ones came before; the right one is refused too.
        InvalidInput: as of `otp.verify`; "otp.counter": the last counter was used.
        Unavailable: the store cannot be written.

    Source: RFC 6238, section 5.2; RFC 4226, sections 7.2 to 7.4.
    """
    key = state_id(account)
    refuse_blocked(states, key, code="otp.blocked")  # who guesses keeps nobody waiting
    accept = _accept_counter if account.kind == "hotp" else _accept_step
    with states.turn():
        refuse_blocked(states, key, code="otp.blocked")
        try:
            return accept(states, account, code, name=name, at=at, window=window)
        except CodeMismatch as error:
            refused = error
            if error.code not in _NO_GUESS:
                states.note_failure(key)
    raise refused


def next_code(states: OneTimeRepository, account: Account, *, name: str, at_ms: int) -> Code:
    """Return the code of the next HOTP counter, and give that counter to nobody else.

    Who shows codes and who verifies them each have a counter, as a token and its server do, even
    where both are one store's.

    Args:
        states: of a store that can be written.
        account: an HOTP account; the first counter is its own.
        name: what people call it.
        at_ms: the store's time, Unix milliseconds.

    Raises:
        InvalidInput: "otp.account": no HOTP account; "otp.counter": the last counter was used.
        Unavailable: the store cannot be written.

    Source: RFC 4226, section 5.2.
    """
    if account.kind != "hotp":
        raise InvalidInput(
            "this account's codes go by the clock, not a counter", code="otp.account"
        )
    key = f"{state_id(account)}.shown"
    with states.turn():
        known, counter = _expected(states, key, account)
        code = totp.code_at(account, counter)
        if not states.move_counter(key, expected=known, to=counter + 1, name=name, at_ms=at_ms):
            raise Conflict("the counter moved meanwhile", hint="try again")
    return code


def _accept_step(
    states: OneTimeRepository,
    account: Account,
    code: str,
    *,
    name: str,
    at: float | None,
    window: int,
) -> Match:
    """Accept a time step, of TOTP or Steam."""
    real = now_ms()
    at_ms = real if at is None else int(at * 1000)
    match = verify(account, code, at=at_ms / 1000, window=window)
    key = state_id(account)
    if abs(at_ms - real) > _PRETENDED_MS:
        key += ".pretended"
    if not states.spend_step(key, step=match.moment, name=name, at_ms=at_ms):
        raise _used()
    return match


def _accept_counter(
    states: OneTimeRepository,
    account: Account,
    code: str,
    *,
    name: str,
    at: float | None,
    window: int,
) -> Match:
    """Accept a counter of HOTP, and expect the one after it next."""
    key = state_id(account)
    known, expected = _expected(states, key, account)
    try:
        match = verify(account._replace(counter=expected), code, window=window)
    except CodeMismatch as error:
        if error.code == "otp.drift" and known is not None:  # of a counter that is over
            raise _used() from None
        raise
    at_ms = now_ms() if at is None else int(at * 1000)
    to = match.moment + 1
    if not states.move_counter(key, expected=known, to=to, name=name, at_ms=at_ms):
        raise _used()
    return match


def _expected(states: OneTimeRepository, key: str, account: Account) -> tuple[int | None, int]:
    """Return the counter that the store has, and the one that is next; neither ever goes back."""
    known = states.counter(key)
    expected = account.counter if known is None else max(known, account.counter)
    if expected > MAX_COUNTER:
        raise InvalidInput(
            "the last of this secret's counters was used",
            hint="make a new secret: authcli totp new",
            code="otp.counter",
        )
    return known, expected


def _used() -> CodeMismatch:
    return CodeMismatch(
        "this code was used already, or a later one was",
        hint="wait for the next code, or ask the device for one",
        code="otp.used",
    )
