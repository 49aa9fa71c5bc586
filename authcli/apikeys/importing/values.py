"""Values of an export: times, truths, numbers and lists, as databases and APIs write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from authcli.encoding import read_json
from authcli.errors import AuthError, InvalidInput

__all__ = ["first", "instant_ms", "number", "text", "truth", "words"]

_TRUE = ("true", "t", "1", "yes", "y")
_FALSE = ("false", "f", "0", "no", "n")
#: Epoch seconds, and milliseconds: 2001 to 5138 both.
_SECONDS, _MILLISECONDS = range(10**9, 10**11), range(10**12, 10**14)


def first(fields: Mapping[str, object], *names: str) -> object:
    """Return the first of some members that is there; of spellings, `a_b` means `aB` too."""
    for name in names:
        parts = name.split("_")
        camel = parts[0] + "".join(part.title() for part in parts[1:])
        for spelling in (name, camel):
            value = fields.get(spelling)
            if value is not None and value != "":
                return value
    return None


def text(value: object, *, what: str) -> str | None:
    """Return a text without blanks around it, or None where there is none."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise InvalidInput(f"the {what} is not a text")
    return value.strip() or None


def truth(value: object, *, what: str, default: bool) -> bool:
    """Return yes or no, as PostgreSQL, MySQL, SQLite, Django and JSON write it."""
    if value is None:
        return default
    said = str(value).strip().lower()
    if said in _TRUE:
        return True
    if said in _FALSE:
        return False
    raise InvalidInput(f"{what} is neither true nor false")


def number(value: object, *, what: str) -> int | None:
    """Return a whole number, not negative, or None where there is none."""
    if value is None:
        return None
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,15}", str(value).strip()):
        raise InvalidInput(f"{what} is no whole number")
    return int(str(value))


def instant_ms(value: object, *, what: str) -> int | None:
    """Return Unix milliseconds, from epoch seconds or milliseconds, or a date; UTC where unsaid."""
    if value is None:
        return None
    said = str(value).strip()
    if re.fullmatch(r"[0-9]{1,15}", said):
        count = int(said)
        if count in _MILLISECONDS:
            return count
        if count in _SECONDS:
            return count * 1000
        raise InvalidInput(f"{what} is neither epoch seconds nor milliseconds")
    try:
        moment = datetime.fromisoformat(said.replace(" UTC", "+00:00"))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        raise InvalidInput(f"{what} is no date") from None


def words(value: object, *, what: str) -> tuple[str, ...]:
    """Return words: a list, a JSON list in a text, or separated by blanks, commas or semicolons."""
    if value is None:
        return ()
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = read_json(value, what=what)
        except AuthError as error:
            raise InvalidInput(error.message) from None
    if isinstance(value, str):
        return tuple(re.split(r"[\s,;]+", value.strip(" ,;\t{}")))
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return tuple(value)
    raise InvalidInput(f"the {what} are no list of words")
