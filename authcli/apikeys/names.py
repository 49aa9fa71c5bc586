"""Which key a person means: by its id, a unique beginning of that, or its name.

A name stands for a lineage, so that it goes on meaning the same through rotations: for the newest
of its keys that is not dead. Where no lineage that bears it lives, it stands for the newest key of
the one that did, so that a dead key can still be shown by name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from authcli.apikeys.drafts import check_label
from authcli.apikeys.model import Filters, State
from authcli.apikeys.text import display_id, id_of_beginning, looks_like_a_key
from authcli.clock import now_ms
from authcli.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from authcli.apikeys.model import ApiKey
    from authcli.apikeys.repository import ApiKeyRepository

__all__ = ["DEAD", "LIVING", "existing", "resolve"]

#: What can be used, or can be made so again.
LIVING: tuple[State, ...] = ("live", "grace", "pending", "disabled")
DEAD: tuple[State, ...] = ("expired", "superseded", "revoked")
_SHOWN = 5


def resolve(keys: ApiKeyRepository, text: str, *, at_ms: int | None = None) -> ApiKey:
    """Return the key that a text names.

    Args:
        keys: where they are kept.
        text: an id ("ak_0Bq3v9XkT1a"), a beginning of it that no other id has, or the name that
            one living lineage bears; where none does, that one dead lineage bore.
        at_ms: now, for what lives; the clock's when None.

    Raises:
        InvalidInput: several are meant (`code` "apikey.ambiguous"; the hint names them), or the
            text is an API key itself.
        NotFound: none is (`code` "apikey.not-found").
    """
    at = now_ms() if at_ms is None else at_ms
    if looks_like_a_key(text):
        raise InvalidInput(
            "this is the text of an API key, and what names a key is its id",
            hint="hand the key itself over by --key SOURCE, never on the command line",
        )
    ids = id_of_beginning(text) if text.startswith("ak_") else None
    found = keys.between(*ids, limit=_SHOWN + 1) if ids is not None else []
    if not found or (ids is not None and ids[0] != ids[1]):
        # A beginning may be a name too; a whole id is no name (`drafts.check_name`).
        named = _named(keys, text, at)
        found += [key for key in named if key.id not in {other.id for other in found}]
    if not found:
        raise NotFound(
            f"there is no API key {ascii(text[:80])}",
            hint="authcli apikey list",
            code="apikey.not-found",
        )
    if len(found) > 1:
        raise _ambiguous(text, found, at)
    return found[0]


def existing(keys: ApiKeyRepository, key_id: int) -> ApiKey:
    """Return the key of an id that was there when it was resolved.

    Raises:
        NotFound: it was deleted meanwhile, or never was (`code` "apikey.not-found").
    """
    key = keys.get(key_id)
    if key is None:
        raise NotFound(
            f"there is no API key {display_id(key_id)}",
            hint="authcli apikey list",
            code="apikey.not-found",
        )
    return key


def _named(keys: ApiKeyRepository, name: str, at_ms: int) -> list[ApiKey]:
    """Return the newest key of each lineage of a name: of the living ones, else of the dead."""
    try:
        check_label(name, what="name")
    except InvalidInput:
        return []  # no key can have it
    glob = re.sub(r"([*?\[])", r"[\1]", name)
    for states in (LIVING, DEAD):
        newest: dict[int, ApiKey] = {}
        filters = Filters(name=glob, states=states)
        for key in keys.find(filters, at_ms=at_ms, descending=True):
            newest.setdefault(key.lineage_id, key)
            if len(newest) > _SHOWN:
                break
        if newest:
            return list(newest.values())
    return []


def _ambiguous(text: str, found: list[ApiKey], at_ms: int) -> InvalidInput:
    shown = [f"{display_id(key.id)} ({key.state(at_ms=at_ms)})" for key in found[:_SHOWN]]
    more = ", and more" if len(found) > _SHOWN else ""
    return InvalidInput(
        f"{ascii(text[:80])} means more than one API key",
        hint=f"name one by its id: {', '.join(shown)}{more}",
        code="apikey.ambiguous",
    )
