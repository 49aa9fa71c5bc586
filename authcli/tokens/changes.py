"""Changes of a claims set: members set, lists that grow, members removed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from authcli.errors import InvalidClaim
from authcli.tokens.compact import Json
from authcli.tokens.report import quoted

__all__ = ["Change", "apply", "names_in"]

_NAMES_SHOWN = 12


class Change(NamedTuple):
    """One claim that is to be set, or to grow."""

    path: tuple[str, ...]
    """The claim's name; or the names that lead to a member of an object."""
    value: object
    append: bool = False
    """Append to the list that stands there; to aud and scope in their own spelling of a list."""


def apply(
    claims: Mapping[str, Json], changes: Iterable[Change], *, remove: Iterable[tuple[str, ...]]
) -> dict[str, Json]:
    """Return changed claims; neither the old ones nor any value given is touched.

    Args:
        claims: the claims to begin with.
        changes: what to set, in order: later ones win. Names keep their place, new ones go to the
            end, and objects on the way are made where there are none.
        remove: the paths to remove after that.

    Raises:
        InvalidClaim: a path through what is no object, an append to what is no list, or nothing
            to remove.
    """
    changed = dict(claims)
    for change in changes:
        _put(changed, change)
    for path in remove:
        _drop(changed, path)
    return changed


def names_in(members: Mapping[str, object]) -> str | None:
    """Return what there is, for the hint of an error; None where there is nothing."""
    names = [quoted(name) for name in members]
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return f"there is: {', '.join(names[:_NAMES_SHOWN])}{more}" if names else None


def _put(claims: dict[str, Json], change: Change) -> None:
    path = change.path
    here = _object_at(claims, path, make=True)
    name = path[-1]
    held = here.get(name)
    # Whether JSON can hold it is asked of all claims together, when they are to be written.
    value: Json = change.value  # type: ignore[assignment]
    if not change.append:
        here[name] = value
    elif name not in here:
        here[name] = [value]
    elif isinstance(held, list):
        here[name] = [*held, value]
    elif path == ("aud",) and isinstance(held, str):
        here[name] = [held, value]
    elif path in (("scope",), ("scp",)) and isinstance(held, str) and isinstance(value, str):
        here[name] = f"{held} {value}".strip()
    else:
        raise InvalidClaim(
            f"claim {_shown(path)} is no list, so nothing can be appended to it",
            hint="to replace it write name=…",
        )


def _drop(claims: dict[str, Json], path: tuple[str, ...]) -> None:
    here = _object_at(claims, path, make=False)
    if path[-1] not in here:
        raise InvalidClaim(f"there is no claim {_shown(path)} to remove", hint=names_in(here))
    del here[path[-1]]


def _object_at(claims: dict[str, Json], path: tuple[str, ...], *, make: bool) -> dict[str, Json]:
    """Return the object that holds, or is to hold, the last name of a path; a copy of it."""
    if not path:
        raise InvalidClaim("an empty path names no claim")
    here = claims
    for depth, name in enumerate(path[:-1], 1):
        if name not in here and not make:
            raise InvalidClaim(f"there is no claim {_shown(path)} to remove", hint=names_in(here))
        inner = here.get(name, {})
        if not isinstance(inner, dict):
            raise InvalidClaim(
                f"claim {_shown(path[:depth])} is no object, so it has no {quoted(path[depth])}",
                hint="to replace it write name:={…}" if make else None,
            )
        here[name] = here = dict(inner)
    return here


def _shown(path: tuple[str, ...]) -> str:
    return quoted(".".join(path))
