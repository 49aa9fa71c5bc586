"""Which API keys, and in what order: filters and sorts as SQL says them.

What SQL can decide it decides; a glob and what a pattern of scopes grants are decided by `chooser`,
row by row while the rows stream. `created` sorts by the id, which begins with the real time of its
making: the table lies in that order, so that the first of 10^6 keys comes at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import translate

from authcli.apikeys.model import Filters
from authcli.apikeys.scopes import grants
from authcli.errors import InvalidInput
from authcli.store.api_key_states import LIVES_NOW, STATE

__all__ = ["chooser", "conditions", "order"]

#: One who never ends is last, one never used is the first; descending it is the other way round.
_SORTS = {
    "created": "k.id {way}",
    "name": "k.name {way}, k.id {way}",
    "expires": "COALESCE(k.grace_until, k.expires_at) {way} NULLS {last}, k.id {way}",
    "used": "k.last_used_at {way} NULLS {first}, k.id {way}",
}


def order(sort: str, *, descending: bool) -> str:
    """Return what ORDER BY says of a sort.

    Raises:
        InvalidInput: there is no such sort.
    """
    if sort not in _SORTS:
        raise InvalidInput(
            f"API keys are not sorted by {ascii(sort[:40])}", hint=f"one of {', '.join(_SORTS)}"
        )
    way, last, first = ("DESC", "FIRST", "LAST") if descending else ("ASC", "LAST", "FIRST")
    return _SORTS[sort].format(way=way, last=last, first=first)


def conditions(filters: Filters, *, at_ms: int) -> tuple[str, dict[str, object]]:
    """Return the WHERE of what SQL can decide, and its values."""
    values: dict[str, object] = {}
    found = []
    equal = {
        "owner": filters.owner,
        "prefix": filters.prefix,
        "environment": filters.environment,
        "pepper_id": filters.pepper_id,
        "name": None if filters.name is None else _literal(filters.name),
    }
    for column, value in equal.items():
        if value is not None:
            found.append(f"k.{column} = :{column}")
            values[column] = value
    if filters.name is not None and (begins := _beginning(filters.name)):
        # Not the index, whose order of text is each database's own; but it spares whole rows.
        found.append(f"substr(k.name, 1, {len(begins)}) = :begins")
        values["begins"] = begins
    if filters.ids:
        found.append(f"k.id IN ({', '.join(str(int(key_id)) for key_id in filters.ids)})")
    if filters.states:
        names = {f"state{number}": state for number, state in enumerate(filters.states)}
        found.append(f"{STATE} IN ({', '.join(f':{name}' for name in names)})")
        values |= names | {"at": at_ms}
    if filters.expiring_before is not None:
        found.append(f"{LIVES_NOW} AND (k.expires_at < :before OR k.grace_until < :before)")
        values |= {"before": filters.expiring_before, "at": at_ms}
    if filters.unused_since is not None:
        found.append(
            "(k.last_used_at IS NULL OR k.last_used_at < :unused) AND k.created_at < :unused"
        )
        values["unused"] = filters.unused_since
    if filters.created_before is not None:
        found.append("k.created_at < :created_before")
        values["created_before"] = filters.created_before
    return (f" WHERE {' AND '.join(found)}" if found else ""), values


def chooser(filters: Filters) -> Callable[[str, str], bool] | None:
    """Return what decides on (name, scopes) where SQL cannot, or None where it can."""
    glob = filters.name if filters.name is not None and _literal(filters.name) is None else None
    scope = filters.scope
    if glob is None and scope is None:
        return None
    matches = re.compile(translate(glob)).match if glob is not None else None

    def wanted(name: str, scopes: str) -> bool:
        return (matches is None or matches(name) is not None) and (
            scope is None or grants(scopes.split(), scope)
        )

    return wanted


def _beginning(glob: str) -> str:
    """Return the letters that all names of a pattern begin with; none for what is no pattern."""
    return "" if _literal(glob) is not None else re.split(r"[*?\[]", glob, maxsplit=1)[0]


def _literal(glob: str) -> str | None:
    """Return the one text that a glob matches, or None where it has a pattern."""
    if re.fullmatch(r"(?:[^*?\[]|\[[*?\[]\])*", glob, re.DOTALL) is None:
        return None
    return re.sub(r"\[([*?\[])\]", r"\1", glob)
