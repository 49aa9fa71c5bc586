"""In what two tokens differ: header, claims, signature; in JSON's terms and in words.

Nothing is verified. Values are compared as JSON has them: `1`, `1.0` and `true` are three, the
order of an object's members is none, and a list that grew is told by its members.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from authcli.clock import format_duration, format_instant
from authcli.encoding import base64url_encode
from authcli.errors import TokenRefused
from authcli.tokens.claims import TIME_CLAIMS, as_time
from authcli.tokens.compact import Json
from authcli.tokens.decoding import Decoded, decode
from authcli.tokens.report import malformed, quoted

__all__ = ["Comparison", "Difference", "Kind", "PartName", "compare", "differences_of", "dotted"]

PartName: TypeAlias = Literal["header", "payload", "signature"]
Kind: TypeAlias = Literal["added", "removed", "changed"]

#: Objects under longer paths are compared whole: of a token with one huge name and thousands of
#: members under it, every difference would repeat the name.
MAX_PATH_CHARACTERS = 256

_MEMBERS_NAMED = 3
_TAMPERED = "the signatures are the same, what they sign is not: one was changed after signing"
#: What a time claim says happens then.
_EVENTS = {
    "exp": "expires",
    "nbf": "becomes valid",
    "iat": "was issued",
    "auth_time": "logged in",
    "updated_at": "was updated",
}
#: Algorithms whose signatures are the same for the same key and text. ECDSA, PSS and ML-DSA draw
#: random numbers (RFC 7518, sections 3.4 and 3.5; FIPS 204, section 3.4).
_DETERMINISTIC = ("HS", "RS", "Ed")


class Difference(NamedTuple):
    """One thing in which two tokens differ."""

    part: PartName
    path: tuple[str, ...]
    """The names that lead to it; empty for the part as a whole."""
    change: Kind
    before: Json = None
    """In the first token; None where it was added."""
    after: Json = None
    """In the second; None where it was removed."""
    words: str | None = None
    """What the change means, where that can be said: "expires 2 h later"."""
    added: tuple[Json, ...] = ()
    """The members that a list has more: of an array, of scope and of aud in any spelling."""
    removed: tuple[Json, ...] = ()
    """The members that it has no more."""


class Comparison(NamedTuple):
    """Two tokens side by side. No signature was verified."""

    first: Decoded
    second: Decoded
    differences: tuple[Difference, ...]
    """Header, then payload, then signature."""
    warnings: tuple[str, ...] = ()
    """What the two together give away."""

    @property
    def same(self) -> bool:
        """Whether the tokens are the same, byte for byte."""
        return not self.differences

    @property
    def only_signature(self) -> bool:
        """Whether header and payload are the same, and the signatures differ."""
        return [found.part for found in self.differences] == ["signature"]


def compare(first: str | bytes, second: str | bytes, *, lenient: bool = False) -> Comparison:
    """Return in what two tokens differ; `authcli.tokens.diff` says how."""
    a, b = _read(first, "A", lenient=lenient), _read(second, "B", lenient=lenient)
    found = [
        *_part_differences("header", a.header, b.header, a.compact.header, b.compact.header),
        *_part_differences("payload", a.payload, b.payload, a.compact.payload, b.compact.payload),
    ]
    if a.compact.signature != b.compact.signature:
        found.append(_signature_difference(a, b, content_differs=bool(found)))
    elif found and a.compact.signature:
        return Comparison(a, b, tuple(found), (_TAMPERED,))
    return Comparison(a, b, tuple(found))


def differences_of(
    part: PartName, before: Mapping[str, Json], after: Mapping[str, Json]
) -> tuple[Difference, ...]:
    """Return in what two headers or two payloads differ, in the order of the first."""
    return tuple(_of_objects(part, (), before, after))


def dotted(path: Sequence[str]) -> str:
    """Return a path as claims are named on the command line: `address.city`, `a\\.b`."""
    if len(path) == 1 and "://" in path[0]:
        return path[0]
    return ".".join(name.replace(".", "\\.") or '""' for name in path)


def _read(token: str | bytes, name: str, *, lenient: bool) -> Decoded:
    try:
        return decode(token, lenient=lenient)
    except TokenRefused as error:
        raise malformed(f"token {name}: {error.message}", hint=error.hint) from None


def _part_differences(
    part: PartName,
    before: Mapping[str, Json],
    after: Mapping[str, Json],
    raw_before: bytes,
    raw_after: bytes,
) -> tuple[Difference, ...]:
    found = differences_of(part, before, after)
    if found or raw_before == raw_after:
        return found
    words = "the same members, written differently: order, blanks, escapes or numbers"
    return (Difference(part, (), "changed", words=words),)


def _of_objects(
    part: PartName, path: tuple[str, ...], before: Mapping[str, Json], after: Mapping[str, Json]
) -> Iterator[Difference]:
    for name, old in before.items():
        here = (*path, name)
        if name not in after:
            yield Difference(part, here, "removed", old, None, _time_words(part, here, old, None))
        else:
            yield from _of_values(part, here, old, after[name])
    for name, new in after.items():
        if name not in before:
            here = (*path, name)
            yield Difference(part, here, "added", None, new, _time_words(part, here, None, new))


def _of_values(
    part: PartName, path: tuple[str, ...], before: Json, after: Json
) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict) and _short(path):
        yield from _of_objects(part, path, before, after)
    elif _same(before, after):
        return
    elif (lists := _lists(part, path, before, after)) is None:
        words = _time_words(part, path, before, after)
        yield Difference(part, path, "changed", before, after, words)
    else:
        old, new = lists
        added, removed = _without(new, old), _without(old, new)
        words = _list_words(old, new, added, removed)
        yield Difference(part, path, "changed", before, after, words, added, removed)


def _same(before: Json, after: Json) -> bool:
    """Say whether two values are the same JSON; to Python 1 == 1.0 == True."""
    return type(before) is type(after) and _key(before) == _key(after)


def _short(path: tuple[str, ...]) -> bool:
    return sum(map(len, path)) <= MAX_PATH_CHARACTERS


def _lists(
    part: PartName, path: tuple[str, ...], before: Json, after: Json
) -> tuple[list[Json], list[Json]] | None:
    """Return both values as lists, where they are lists by their type or by their claim."""
    if path == ("aud",) and isinstance(before, str) and isinstance(after, str):
        return None  # two names, and each is all there is
    old, new = _listed(part, path, before), _listed(part, path, after)
    return None if old is None or new is None else (old, new)


def _listed(part: PartName, path: tuple[str, ...], value: Json) -> list[Json] | None:
    if isinstance(value, list):
        return value
    if part == "payload" and isinstance(value, str):
        if path == ("aud",):
            return [value]
        if path in (("scope",), ("scp",)):
            return [scope for scope in value.split(" ") if scope]
    return None


def _without(members: list[Json], others: list[Json]) -> tuple[Json, ...]:
    """Return the members that the others have not, or not as often."""
    there = Counter(map(_key, others))
    missing = []
    for member in members:
        key = _key(member)
        there[key] -= 1
        if there[key] < 0:
            missing.append(member)
    return tuple(missing)


def _key(value: Json) -> str:
    """Return a text that equal values share; the order of an object's members is none."""
    return json.dumps(value, sort_keys=True)


def _list_words(
    old: list[Json], new: list[Json], added: tuple[Json, ...], removed: tuple[Json, ...]
) -> str:
    if not (added or removed):
        in_order = list(map(_key, old)) == list(map(_key, new))
        return f"the same members, {'written differently' if in_order else 'in another order'}"
    pieces = [
        f"{verb} {_named(members)}"
        for verb, members in (("adds", added), ("drops", removed))
        if members
    ]
    return ", ".join(pieces)


def _named(members: tuple[Json, ...]) -> str:
    shown = ", ".join(
        quoted(member if isinstance(member, str) else _key(member))
        for member in members[:_MEMBERS_NAMED]
    )
    more = len(members) - _MEMBERS_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def _time_words(part: PartName, path: tuple[str, ...], before: Json, after: Json) -> str | None:
    """Return what the change of a time claim means."""
    if part != "payload" or len(path) != 1 or path[0] not in TIME_CLAIMS:
        return None
    event, old, new = _EVENTS[path[0]], as_time(before), as_time(after)
    if new is None:
        return "no longer expires" if path == ("exp",) and after is None else None
    if old is None:
        return f"{event} {format_instant(new)}"
    if old == new:
        return "the same instant, written differently"
    apart = abs(new - old)
    distance = format_duration(apart) if apart >= 1 else "less than a second"
    return f"{event} {distance} {'later' if new > old else 'earlier'}"


def _signature_difference(a: Decoded, b: Decoded, *, content_differs: bool) -> Difference:
    before, after = base64url_encode(a.compact.signature), base64url_encode(b.compact.signature)
    change: Kind = "changed"
    if not before:
        change, words = "added", "the first token is not signed"
    elif not after:
        change, words = "removed", "the second token is not signed"
    elif content_differs:
        words = "differs, as what was signed does"
    elif str(a.header["alg"]).startswith(_DETERMINISTIC):
        algorithm = quoted(a.header["alg"])
        words = f"same header and claims, different signatures: {algorithm} gives one for each key"
    else:
        words = "same header and claims, different signatures: each signing may give another"
    return Difference("signature", (), change, before or None, after or None, words)
