"""Which key a person means: by its id, a unique beginning of that, or its name.

A name stands for a lineage, so that it goes on meaning the same through rotations: for the newest
of its keys that is not dead. Where no lineage that bears it lives, it stands for the newest key of
the one that did, so that a dead key can still be shown by name.
"""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from authcli.apikeys.drafts import check_label
from authcli.apikeys.model import ABORTED, ApiKey, Filters, State
from authcli.apikeys.text import ID_WIDTH, display_id, holds_a_key, id_of_beginning
from authcli.clock import now_ms
from authcli.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from authcli.apikeys.repository import ApiKeyRepository

__all__ = ["DEAD", "LIVING", "Named", "existing", "named", "resolve"]

#: What can be used, or can be made so again.
LIVING: tuple[State, ...] = ("live", "grace", "pending", "disabled")
DEAD: tuple[State, ...] = ("expired", "superseded", "revoked")
_SHOWN = 5
_BLANKS = " \t\r\n\v\f"


class Named(NamedTuple):
    """The key that a text names, and how it does."""

    key: ApiKey
    by_name: bool
    """Whether the text is its name, which stands for its lineage; else it is an id."""


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
    return named(keys, text, at_ms=at_ms).key


def named(keys: ApiKeyRepository, text: str, *, at_ms: int | None = None) -> Named:
    """Return what `resolve` does, and whether the text is a name; a text that is both is one."""
    at = now_ms() if at_ms is None else at_ms
    text = text.strip(_BLANKS)
    if holds_a_key(text):
        raise InvalidInput(
            "this is the text of an API key, and what names a key is its id",
            hint="authcli apikey verify - prints its id; revoke takes the key itself: --key SOURCE",
        )
    ids = id_of_beginning(text) if text.startswith("ak_") else None
    found = keys.between(*ids, limit=_SHOWN + 1) if ids is not None else []
    if not found or (ids is not None and ids[0] != ids[1]):
        # A beginning may be a name too; a whole id is no name (`drafts.check_name`).
        bearers = _bearers(keys, text, at)
        found += [key for key in bearers if key.id not in {other.id for other in found}]
    else:
        bearers = []
    if not found:
        raise NotFound(
            f"there is no API key {ascii(text[:80])}",
            hint=_spelling(text) or "authcli apikey list",
            code="apikey.not-found",
        )
    if len(found) > 1:
        raise _ambiguous(text, found, at)
    return Named(found[0], by_name=bool(bearers))


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


def _bearers(keys: ApiKeyRepository, name: str, at_ms: int) -> list[ApiKey]:
    """Return the newest key of each lineage of a name: of the living ones, else of the dead."""
    try:
        check_label(name, what="name")
    except InvalidInput:
        return []  # no key can have it
    glob = re.sub(r"([*?\[])", r"[\1]", name)
    for states in (LIVING, DEAD):
        newest: dict[int, ApiKey] = {}
        aborted: dict[int, ApiKey] = {}
        filters = Filters(name=glob, states=states)
        with closing(keys.find(filters, at_ms=at_ms, descending=True)) as found:
            for key in found:
                # What a rotation that was aborted left is not what the name stood for.
                bearers = aborted if key.revoked_reason == ABORTED else newest
                bearers.setdefault(key.lineage_id, key)
                if len(newest) > _SHOWN:
                    break
        if newest or aborted:
            return list((aborted | newest).values())
    return []


def _spelling(text: str) -> str | None:
    """Return how ids are written, where a text is nearly one."""
    if re.fullmatch(r"ak_[0-9A-Za-z]+", text, re.IGNORECASE) is None:
        return None
    if not text.startswith("ak_"):
        return "ids begin with ak_, and small letters are others than capitals"
    if len(text) > len("ak_") + ID_WIDTH:
        return f"an id has {ID_WIDTH} characters after ak_, and this has {len(text) - len('ak_')}"
    return None


def _ambiguous(text: str, found: list[ApiKey], at_ms: int) -> InvalidInput:
    shown = [f"{display_id(key.id)} ({key.state(at_ms=at_ms)})" for key in found[:_SHOWN]]
    more = ", and more" if len(found) > _SHOWN else ""
    return InvalidInput(
        f"{ascii(text[:80])} means more than one API key",
        hint=f"name one by its id: {', '.join(shown)}{more}",
        code="apikey.ambiguous",
    )
