"""Codes and the clock: the one that stands, the next, and waiting for it.

With `--now` the clock starts at that instant and runs on from there.
"""

from __future__ import annotations

import math
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from authcli import clock, otp
from authcli.cli._messages import note
from authcli.cli._output import ReaderGone, write_text
from authcli.cli._shown_codes import account_facts, emit_code
from authcli.cli._text import paint
from authcli.cli._times import duration_of
from authcli.errors import AuthError, InvalidInput

if TYPE_CHECKING:
    from authcli.cli._accounts import Opened
    from authcli.cli._run import Run
    from authcli.otp import Account, Code

__all__ = ["show", "watch"]

#: The longest that a line of `--watch` stays as it is, so that a clock that was set is followed.
_TICK_SECONDS = 1.0


def show(run: Run, opened: Opened, *, copy: bool, min_left: str | None) -> None:
    """Show the code of the moment, or of the next one where too little is left of it.

    Raises:
        InvalidInput: `--min-left` is as long as a code stands.
    """
    account, instants = opened.account, _Instants(run)
    found, left = _standing(account, instants.at)
    if min_left is not None:
        least = _least(account, min_left)
        while left < least:
            note(run, f"{math.ceil(left)} s are left; waiting for the next code")
            time.sleep(left)
            found, left = _standing(account, instants.at)
    upcoming = otp.code_at(account, found.moment + 1).text
    seconds = math.ceil(left)
    facts = {
        "code": found.text,
        "valid_until": clock.format_instant(found.valid_until or 0),
        "seconds_left": seconds,
        "next": upcoming,
        **account_facts(opened),
    }
    emit_code(
        run,
        facts,
        copy=copy,
        says=f"it stands for {seconds} s",
        human=lambda on: _line(found, upcoming, seconds, colored=on),
    )


def watch(run: Run, account: Account, *, copy: bool, min_left: str | None) -> None:
    """Redraw a terminal's line until Ctrl-C, which ends with 130 as everywhere.

    Raises:
        InvalidInput: it is no terminal, or flags that have no meaning here.
    """
    if not run.to_terminal or run.json or run.fields:
        raise InvalidInput("--watch redraws a line of a terminal; a pipe takes one code at a time")
    if copy or min_left is not None:
        raise InvalidInput("--watch shows every code; leave --copy and --min-left out")
    instants, width = _Instants(run), 0
    try:
        while True:
            found, left = _standing(account, instants.at)
            upcoming = otp.code_at(account, found.moment + 1).text
            seconds = math.ceil(left)
            plain = _line(found, upcoming, seconds, colored=False)
            # Blanks over what is left of a longer line, so that any terminal will do.
            blanks = " " * (width - len(plain))
            width = len(plain)
            write_text("\r" + _line(found, upcoming, seconds, colored=run.colored()) + blanks)
            time.sleep(min(_TICK_SECONDS, left - seconds + 1) or _TICK_SECONDS)
    finally:
        with suppress(ReaderGone, AuthError):
            write_text("\n")


class _Instants:
    """The clock of one command: the real one, or one that starts at `--now`."""

    def __init__(self, run: Run) -> None:
        self._pretended, self._started = run.now, time.monotonic()

    @property
    def at(self) -> float:
        if self._pretended is None:
            return time.time()
        return self._pretended + (time.monotonic() - self._started)


def _standing(account: Account, at: float) -> tuple[Code, float]:
    """Return the code of an instant, and the seconds for which it still stands."""
    found = otp.code(account, at=at)
    return found, (found.valid_until or 0) - at


def _least(account: Account, min_left: str) -> int:
    least = duration_of("--min-left", min_left, bare_seconds=True)
    if least >= account.period_seconds:
        raise InvalidInput(
            f"--min-left {least} s is never there: a code stands for {account.period_seconds} s"
        )
    return least


def _line(found: Code, upcoming: str, seconds: int, *, colored: bool) -> str:
    left = paint(f"{seconds:2} s left", "red" if seconds <= 5 else "dim", on=colored)
    return f"{paint(found.text, 'bold', on=colored)}  {left}  next {upcoming}"
