"""What `authcli totp recovery new` does: ask, make, show, and only then keep.

Codes that could not be shown must not take the place of those that somebody has. So they are shown
inside the store's transaction: what stops the writing undoes it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from authcli.cli._delivery import check_delivery
from authcli.cli._messages import note, warn
from authcli.cli._output import emit
from authcli.cli._prompt import confirm
from authcli.cli._store import at_ms, opened, store_exists
from authcli.cli._text import paint, visible
from authcli.otp.recovery import check_count, check_name, new_codes

if TYPE_CHECKING:
    from authcli.cli._run import Run

__all__ = ["Wanted", "make", "plan"]

MEMBERS = ("name", "codes", "count", "replaced", "changed")


class Wanted(NamedTuple):
    """What the command line asks for."""

    name: str
    number: int
    store: str | None
    actor: str | None


def make(run: Run, wanted: Wanted, *, yes: bool) -> None:
    """Make codes and show them.

    Raises:
        InvalidInput: a name or a count that cannot be, or nobody to ask.
        Conflict: the file exists.
    """
    _check(run, wanted)
    with opened(run, wanted.store, write=True, actor=wanted.actor) as found:
        states = found.one_time
        left = states.recovery_codes_left(wanted.name) or 0
        if left:
            confirm(run, f"replace {_codes(left)} that {visible(wanted.name)} has left?", yes=yes)
        is_new = run.output is not None and not os.path.lexists(run.output)
        shown = False
        try:
            with states.change():
                made = new_codes(states, wanted.name, count=wanted.number, at_ms=at_ms(run))
                codes = [code.reveal_text() for code in made]
                facts = _facts(wanted, codes, replaced=left, changed=True)
                text = "\n".join(codes)
                emit(run, facts, plain=text, human=lambda on: paint(text, "bold", on=on))
                shown = True
        except BaseException:
            if shown:
                if run.output is not None and is_new:  # of use to nobody, and in the next one's way
                    run.output.unlink(missing_ok=True)
                warn(run, "the codes that were shown are void: the store could not keep them")
            raise
    whose = f"{_codes(wanted.number)} of {visible(wanted.name)}"
    note(run, f"{whose}, shown once: keep them where the phone is not")


def plan(run: Run, wanted: Wanted) -> None:
    """Say what `make` would do; nothing is made."""
    _check(run, wanted)
    left = 0
    if store_exists(run, wanted.store):
        with opened(run, wanted.store, write=False, actor=wanted.actor) as found:
            left = found.one_time.recovery_codes_left(wanted.name) or 0
    text = f"would make {_codes(wanted.number)} of {visible(wanted.name)}"
    text += f", and replace {left} that {'are' if left != 1 else 'is'} left" if left else ""
    emit(run, _facts(wanted, [], replaced=left, changed=False), plain=text)


def _check(run: Run, wanted: Wanted) -> None:
    """Refuse, before codes are made, what would keep them from being made or shown."""
    check_name(wanted.name)
    check_count(wanted.number)
    check_delivery(run, MEMBERS, what="codes")


def _facts(wanted: Wanted, codes: list[str], *, replaced: int, changed: bool) -> dict[str, Any]:
    return {
        "name": wanted.name,
        "codes": codes,
        "count": wanted.number,
        "replaced": replaced,
        "changed": changed,
    }


def _codes(number: int) -> str:
    return f"{number} recovery code{'s' * (number != 1)}"
