"""Recovery codes: what lets somebody in whose phone is lost, each of them once.

Ten codes of 80 random bits, in Crockford's base32 (no i, l, o, u), lower case, in groups of four:
"x7k2-9m4p-…". They cannot be guessed, so one keyed hash is as good as a slow one: the store has
HMAC-SHA-256(pepper, name NUL code), and never the codes. They are shown when they are made.
"""

from __future__ import annotations

import hmac
import os
import re
from typing import TYPE_CHECKING, NamedTuple

from authcli.errors import CodeMismatch, InvalidInput, NotFound
from authcli.otp.failures import refuse_blocked
from authcli.secret import Secret

if TYPE_CHECKING:
    from authcli.otp.repository import OneTimeRepository

__all__ = [
    "CODE_BITS",
    "MAX_CODES",
    "MAX_NAME",
    "Spent",
    "check_count",
    "check_name",
    "new_codes",
    "no_codes",
    "verify",
]

CODE_BITS = 80
MAX_CODES = 100
MAX_NAME = 200

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_WIDTH = CODE_BITS // 5
_GROUP = 4
#: What people read for what; Crockford's base32 has none of these.
_LOOKALIKES = str.maketrans("oil", "011")
#: Blanks, and what word processors make of a hyphen.
_BETWEEN = re.compile(r"[\s\u2010-\u2015\u2212-]+")


class Spent(NamedTuple):
    """A recovery code that was right."""

    left: int
    """How many the name has left."""


def new_codes(states: OneTimeRepository, name: str, *, count: int = 10, at_ms: int) -> list[Secret]:
    """Return new recovery codes, and store their digests in the place of all that the name had.

    Inside the caller's `states.change()` it is a part of that: who cannot show them undoes it.

    Args:
        states: of a store that can be written (`store.one_time`).
        name: whose they are: a saved name, a user.
        count: how many, 1 to 100.
        at_ms: the store's time, Unix milliseconds.

    Raises:
        InvalidInput: a name that cannot be kept ("recovery.name"), or another count.
        Unavailable: the store cannot be written, or its pepper is not held.
    """
    check_name(name)
    check_count(count)
    bare = [_random() for _ in range(count)]
    with states.change() as journal:
        replaced = states.recovery_codes_left(name)
        pepper_id = states.peppers.active_id
        pepper = states.peppers.key(pepper_id)
        digests = [_digest(name, code, pepper) for code in bare]
        states.replace_recovery_codes(name, digests, pepper_id=pepper_id, at_ms=at_ms)
        journal.record(
            "recovery.created",
            target=("recovery", name),
            detail={"count": count, "replaced": replaced or 0},
        )
    return [Secret(_grouped(code)) for code in bare]


def verify(states: OneTimeRepository, name: str, code: str, *, at_ms: int) -> Spent:
    """Spend a recovery code.

    Case, blanks and hyphens do not matter; o is 0, i and l are 1.

    Args:
        states: of a store that can be written.
        name: whose it should be.
        code: what was typed.
        at_ms: the store's time, Unix milliseconds.

    Raises:
        CodeMismatch: not of a code's form ("recovery.malformed"), none of the name's
            ("recovery.mismatch"), or spent before ("recovery.used").
        NotFound: the name has no recovery codes, and never had any ("recovery.none").
        Denied: too many wrong ones came before ("recovery.blocked"); the right one is refused too.
        Unavailable: the store cannot be written, or a pepper is not held.
    """
    check_name(name)
    bare = _bare(code)
    failures = f"recovery:{name}"
    refuse_blocked(states, failures, code="recovery.blocked")
    if states.recovery_codes_left(name) is None:
        raise no_codes(name)
    with states.change() as journal:
        refuse_blocked(states, failures, code="recovery.blocked")
        peppers = states.peppers
        held = [n for n in states.recovery_pepper_ids(name) if not peppers.is_retired(n)]
        digests = [_digest(name, bare, peppers.key(number)) for number in held]
        spent = states.spend_recovery_code(name, digests, at_ms=at_ms)
        left = states.recovery_codes_left(name) or 0
        if spent:
            target = ("recovery", name)
            journal.record(
                "recovery.spent", target=target, detail={"left": left}, secret=_grouped(bare)
            )
        elif spent is None:
            states.note_failure(failures)
    if spent is None:
        raise CodeMismatch("this is none of the recovery codes", code="recovery.mismatch")
    if not spent:
        raise CodeMismatch(
            "this recovery code was used already", hint="use another one", code="recovery.used"
        )
    return Spent(left)


def check_name(name: str) -> None:
    """Refuse a name that cannot be kept and shown.

    Args:
        name: whose codes: a saved name, a user.

    Raises:
        InvalidInput: empty, over 200 characters, with blanks around it, or with characters that
            change what a terminal shows ("recovery.name").
    """
    if not name or len(name) > MAX_NAME or not name.isprintable() or name != name.strip():
        raise InvalidInput(
            f"a name is 1 to {MAX_NAME} printable characters without a blank around them",
            code="recovery.name",
        )


def check_count(count: int) -> None:
    """Refuse a number of codes that nobody keeps.

    Raises:
        InvalidInput: not between 1 and 100 ("recovery.count").
    """
    if not 1 <= count <= MAX_CODES:
        raise InvalidInput(
            f"{count} recovery codes are not between 1 and {MAX_CODES}", code="recovery.count"
        )


def no_codes(name: str) -> NotFound:
    """Return what is wrong where a name has no recovery codes."""
    return NotFound(
        f"there are no recovery codes of {ascii(name[:80])}",
        hint="authcli totp recovery new NAME",
        code="recovery.none",
    )


def _random() -> str:
    number = int.from_bytes(os.urandom(CODE_BITS // 8))
    return "".join(_LETTERS[number >> shift & 31] for shift in range(0, CODE_BITS, 5))


def _grouped(bare: str) -> str:
    return "-".join(bare[start : start + _GROUP] for start in range(0, _WIDTH, _GROUP))


def _bare(code: str) -> str:
    """Return the sixteen letters of a code as somebody typed it; nothing of it is repeated."""
    bare = _BETWEEN.sub("", code[:MAX_NAME]).lower().translate(_LOOKALIKES)
    if len(code) > MAX_NAME or not re.fullmatch(f"[{_LETTERS}]{{{_WIDTH}}}", bare):
        raise CodeMismatch(
            "this has not the form of a recovery code",
            hint=f"{_WIDTH} letters and digits: xxxx-xxxx-xxxx-xxxx",
            code="recovery.malformed",
        )
    return bare


def _digest(name: str, bare: str, pepper: bytes) -> str:
    return hmac.digest(pepper, f"{name}\0{bare}".encode(), "sha256").hex()
