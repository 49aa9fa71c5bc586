"""JSON changed in places: what keeps its value keeps its bytes (RFC 8259).

Reading a number and writing it again may change it: `1e2` comes back as `100.0`, and digits that
a double cannot hold are lost. So the text of a member that stays is copied, not written anew.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from authcli.encoding import compact_json

if TYPE_CHECKING:
    from authcli.tokens.compact import Json

__all__ = ["rewritten"]

_BLANKS = " \t\r\n"
_DECODER = json.JSONDecoder()


def rewritten(text: str, before: Json, after: Json) -> str:
    """Return JSON text that says `after`, made out of a text that says `before`.

    Args:
        text: JSON that was read strictly: no member twice, bounded in depth.
        before: what it says.
        after: what it is to say. Members that both have keep their place; blanks between the
            members of an object that changes go.

    Raises:
        ValueError: `after` holds an integer too long to be written.
    """
    if _written(before) == _written(after):
        return text
    if isinstance(before, dict) and isinstance(after, dict):
        found = _members(text)
        members = []
        for name, value in after.items():
            if name in before:
                spelled, inner = found[name]
                members.append(f"{spelled}:{rewritten(inner, before[name], value)}")
            else:
                members.append(f"{_written(name)}:{_written(value)}")
        return "{" + ",".join(members) + "}"
    if isinstance(before, list) and isinstance(after, list) and before:
        kept, added = after[: len(before)], after[len(before) :]
        if added and _written(kept) == _written(before):
            return ",".join((text[:-1].rstrip(_BLANKS), *map(_written, added))) + "]"
    return _written(after)


def _members(text: str) -> dict[str, tuple[str, str]]:
    """Return, for each member of an object, its name and its value as they are spelled."""
    members = {}
    here = _skip(text, 1)
    while text[here] != "}":
        name, end = _DECODER.raw_decode(text, here)
        start = _skip(text, _skip(text, end) + 1)  # beyond the colon
        _, stop = _DECODER.raw_decode(text, start)
        members[name] = (text[here:end], text[start:stop])
        here = _skip(text, stop)
        here = _skip(text, here + 1) if text[here] == "," else here
    return members


def _skip(text: str, here: int) -> int:
    while text[here] in _BLANKS:
        here += 1
    return here


def _written(value: Json) -> str:
    return compact_json(value).decode()
