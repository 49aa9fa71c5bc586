"""The grammar of claims on the command line.

name=text           a string                     name:=JSON    a number, list, object, true …
address.city=Oslo   nested                       role[]=admin  appended to a list
name=@FILE          a file's text                name:=@FILE   a file's JSON
a\\.b=x              the dot is part of the name  name=\\@x      the text "@x"
https://ex.org/r=x  a name that holds :// is never split at dots
@FILE  -  {…}       a whole JSON object; single claims win over it

What the changes do to claims that are there already is `authcli.tokens.changes`' affair.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from authcli.cli._reading import read_file, read_stdin
from authcli.encoding import json_object, read_json
from authcli.errors import InvalidClaim, InvalidEncoding, InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.tokens.changes import Change

__all__ = [
    "check_conflicts",
    "claim_path",
    "is_object",
    "parse_claims",
    "parse_header",
    "parse_metadata",
    "parse_requirements",
    "put_claims",
    "single_claims",
]

MAX_DEPTH = 32
_DOT = re.compile(r"(?<!\\)\.")


def parse_claims(run: Run, arguments: list[str]) -> dict[str, Any]:
    """Return the claims that arguments spell, whole objects first, single ones over them.

    Raises:
        InvalidClaim: no claim, a name given twice, or a list and a value under one name; or a
            change that cannot be, such as an append to what is no list.
        InvalidInput: a file that cannot be read.
    """
    claims: dict[str, Any] = {}
    for argument in arguments:
        if is_object(argument):
            claims |= _read_object(run, argument)
    return put_claims(claims, single_claims([a for a in arguments if not is_object(a)]))


def single_claims(arguments: Iterable[str]) -> list[Change]:
    """Return what single claims say, to be put into any number of claims sets.

    Raises:
        InvalidClaim: as `parse_claims`.
    """
    changes = [_single(argument) for argument in arguments]
    check_conflicts(changes, hint="for a list write {}[]=…")
    return changes


def put_claims(claims: dict[str, Any], changes: Sequence[Change]) -> dict[str, Any]:
    """Return claims with single ones put into them.

    Raises:
        InvalidClaim: a path through what is no object, or an append to what is no list.
    """
    if not changes:
        return claims
    from authcli.tokens.changes import apply

    return apply(claims, changes, remove=())


def parse_header(arguments: list[str]) -> dict[str, Any]:
    """Return header members from `name=text` and `name:=JSON`."""
    header: dict[str, Any] = {}
    for argument in arguments:
        member = _single(argument)
        if member.append or len(member.path) > 1:
            raise InvalidClaim("a header member is name=text or name:=JSON, without dots or []")
        header[member.path[0]] = member.value
    return header


def parse_metadata(arguments: list[str]) -> dict[str, Any]:
    """Return what `--meta` says of an API key.

    Raises:
        InvalidInput: it cannot be read; the flag is named.
    """
    try:
        return put_claims({}, single_claims(arguments))
    except InvalidClaim as error:
        raise InvalidInput(f"--meta: {error.message}", hint=error.hint) from None


def parse_requirements(arguments: list[str]) -> dict[str, Any]:
    """Return what `--require` asks: name -> value, or None where any value will do.

    Raises:
        InvalidClaim: no requirement, or two of which one would be lost.
    """
    required = []
    for argument in dict.fromkeys(arguments):
        change = _single(argument if "=" in argument else f"{argument}:=null")
        if change.append or (change.value is None and "=" in argument):
            raise InvalidClaim(
                "--require takes name, name=text or name:=JSON",
                hint="a name alone asks that the claim be there, whatever it says",
            )
        required.append(change)
    check_conflicts(required)
    return put_claims({}, required)


def claim_path(name: str) -> tuple[str, ...]:
    """Return the names that a claim's name alone spells: `a.b` is what is in it.

    Raises:
        InvalidClaim: no claim's name.
    """
    if "=" in name or name.endswith("[]") or not _is_unicode(name):
        raise InvalidClaim(
            f"{ascii(name[:40])} is not a claim's name", hint="write name, or a.b for what is in it"
        )
    return _path(name)


def check_conflicts(changes: Iterable[Change], *, hint: str | None = None) -> None:
    """Refuse a claim given twice, unless to append to it, or both whole and by parts.

    Args:
        changes: what is asked for at once, so that none may undo another.
        hint: what to do about a claim given twice; {} stands for its name.
    """
    given: dict[tuple[str, ...], bool] = {}
    for path, _, append in changes:
        if path in given and not (append and given[path]):
            raise InvalidClaim(
                f"claim {_shown(path)} is given twice", hint=hint and hint.format(path[-1])
            )
        given[path] = append
    for path in given:
        for length in range(1, len(path)):
            if path[:length] in given:
                name = _shown(path[:length])
                raise InvalidClaim(f"claim {name} is given both whole and by parts")


def is_object(argument: str) -> bool:
    """Say whether an argument is a whole object, or names one, rather than a single claim."""
    return argument == "-" or argument.startswith(("@", "{"))


def _read_object(run: Run, argument: str) -> dict[str, Any]:
    if argument == "-":
        data, what = read_stdin("claims", as_text=True).data, "claims object on stdin"
    elif argument.startswith("@"):
        given = read_file(argument[1:], "claims")
        data, what = given.data, f"claims object in {given.name}"
    else:
        data, what = argument.encode("utf-8", "surrogateescape"), "claims object"
    try:
        return json_object(data, what=what)
    except InvalidEncoding as error:
        raise InvalidClaim(error.message) from None


def _single(argument: str) -> Change:
    from authcli.tokens.changes import Change

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
    path = _path(name)
    return Change(path, _json(right, path) if as_json else _text(right, path), append)


def _path(name: str) -> tuple[str, ...]:
    path = (name,) if "://" in name else tuple(p.replace("\\.", ".") for p in _DOT.split(name))
    if not all(path) or len(path) > MAX_DEPTH:
        raise InvalidClaim(f"{ascii(name[:40])} is not a claim's name", hint="write \\. for a dot")
    return path


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


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _shown(path: tuple[str, ...]) -> str:
    return ascii(".".join(path)[:60])
