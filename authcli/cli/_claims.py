"""The grammar of claims on the command line.

name=text           a string                     name:=JSON    a number, list, object, true …
address.city=Oslo   nested                       role[]=admin  appended to a list
name=@FILE          a file's text                name:=@FILE   a file's JSON
a\\.b=x              the dot is part of the name  name=\\@x      the text "@x"
https://ex.org/r=x  a name that holds :// is never split at dots
@FILE  -  {…}       a whole JSON object; single claims win over it
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from authcli.cli._reading import read_file, read_stdin
from authcli.encoding import json_object, read_json
from authcli.errors import InvalidClaim, InvalidEncoding

if TYPE_CHECKING:
    from authcli.cli._run import Run

__all__ = [
    "Single",
    "is_object",
    "parse_claims",
    "parse_header",
    "parse_requirements",
    "put_claims",
    "single_claims",
]

MAX_DEPTH = 32
_DOT = re.compile(r"(?<!\\)\.")


class Single(NamedTuple):
    """One claim as an argument spells it."""

    path: tuple[str, ...]
    append: bool
    """The value goes to the end of a list."""
    value: Any


def parse_claims(run: Run, arguments: list[str]) -> dict[str, Any]:
    """Return the claims that arguments spell, whole objects first, single ones over them.

    Raises:
        InvalidClaim: no claim, a name given twice, or a list and a value under one name.
        InvalidInput: a file that cannot be read.
    """
    claims: dict[str, Any] = {}
    for argument in arguments:
        if is_object(argument):
            claims |= _read_object(run, argument)
    return put_claims(claims, single_claims([a for a in arguments if not is_object(a)]))


def single_claims(arguments: list[str]) -> list[Single]:
    """Return what single claims say, to be put into any number of claims sets.

    Raises:
        InvalidClaim: as `parse_claims`.
    """
    singles: list[Single] = []
    given: dict[tuple[str, ...], bool] = {}
    for argument in arguments:
        single = _single(argument)
        _check_conflict(single.path, single.append, given)
        given[single.path] = single.append
        singles.append(single)
    return singles


def put_claims(claims: dict[str, Any], singles: list[Single]) -> dict[str, Any]:
    """Set single claims in a claims set, and return it."""
    for path, append, value in singles:
        _put(claims, path, value, append=append)
    return claims


def parse_header(arguments: list[str]) -> dict[str, Any]:
    """Return header members from `name=text` and `name:=JSON`."""
    header: dict[str, Any] = {}
    for argument in arguments:
        path, append, value = _single(argument)
        if append or len(path) > 1:
            raise InvalidClaim("a header member is name=text or name:=JSON, without dots or []")
        header[path[0]] = value
    return header


def parse_requirements(arguments: list[str]) -> dict[str, Any]:
    """Return what `--require` asks: name -> value, or None where any value will do."""
    required: dict[str, Any] = {}
    for argument in arguments:
        path, append, value = _single(argument if "=" in argument else f"{argument}:=null")
        if append or (value is None and "=" in argument):
            raise InvalidClaim(
                "--require takes name, name=text or name:=JSON",
                hint="a name alone asks that the claim be there, whatever it says",
            )
        _put(required, path, value, append=False)
    return required


def is_object(argument: str) -> bool:
    """Say whether an argument is a whole object, or names one, rather than a single claim."""
    return argument == "-" or argument.startswith(("@", "{"))


def _read_object(run: Run, argument: str) -> dict[str, Any]:
    if argument == "-":
        data, what = read_stdin("claims").data, "claims object on stdin"
    elif argument.startswith("@"):
        given = read_file(argument[1:], "claims")
        data, what = given.data, f"claims object in {given.name}"
    else:
        data, what = argument.encode("utf-8", "surrogateescape"), "claims object"
    try:
        return json_object(data, what=what)
    except InvalidEncoding as error:
        raise InvalidClaim(error.message) from None


def _single(argument: str) -> Single:
    left, equals, right = argument.partition("=")
    as_json = left.endswith(":")
    name = left.removesuffix(":")
    append = name.endswith("[]")
    name = name.removesuffix("[]")
    if not equals or not name:
        raise InvalidClaim(
            f"{ascii(argument[:40])} is not a claim", hint="write name=text, or name:=JSON"
        )
    if not _is_unicode(argument):
        raise InvalidClaim(f"claim {ascii(name[:40])} is not UTF-8")
    path = (name,) if "://" in name else tuple(p.replace("\\.", ".") for p in _DOT.split(name))
    if not all(path) or len(path) > MAX_DEPTH:
        raise InvalidClaim(f"{ascii(name[:40])} is not a claim's name", hint="write \\. for a dot")
    return Single(path, append, _json(right, path) if as_json else _text(right, path))


def _text(text: str, path: tuple[str, ...]) -> str:
    if text.startswith("\\@"):
        return text[1:]
    if not text.startswith("@"):
        return text
    given = read_file(text[1:], f"claim {_shown(path)}")
    try:
        return given.data.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise InvalidClaim(f"claim {_shown(path)}: {given.name} is not UTF-8") from None


def _json(text: str, path: tuple[str, ...]) -> Any:
    data = read_file(text[1:], "claim").data if text.startswith("@") else text
    try:
        return read_json(data, what=f"value of claim {_shown(path)}")
    except InvalidEncoding as error:
        hint = f"a string is written {path[-1]}=…, or {path[-1]}:='\"…\"'"
        raise InvalidClaim(error.message, hint=hint) from None


def _check_conflict(
    path: tuple[str, ...], append: bool, given: dict[tuple[str, ...], bool]
) -> None:
    """Refuse a claim given twice, as a value and as a list, or as a value and by parts."""
    if path in given and not (append and given[path]):
        raise InvalidClaim(
            f"claim {_shown(path)} is given twice", hint=f"for a list write {path[-1]}[]=…"
        )
    for other in given:
        shorter, longer = sorted((path, other), key=len)
        if shorter != longer and longer[: len(shorter)] == shorter:
            raise InvalidClaim(f"claim {_shown(shorter)} is given both whole and by parts")


def _put(claims: dict[str, Any], path: tuple[str, ...], value: Any, *, append: bool) -> None:
    """Set one claim, or append to the list that stands there, making the objects on the way."""
    here = claims
    for name in path[:-1]:
        inner = here.get(name)
        here[name] = dict(inner) if isinstance(inner, dict) else {}
        here = here[name]
    held = here.get(path[-1])
    if append:
        here[path[-1]] = [*held, value] if isinstance(held, list) else [value]
    else:
        here[path[-1]] = value


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _shown(path: tuple[str, ...]) -> str:
    return ascii(".".join(path)[:60])
