"""Draft: what a new key is to be, and the bounds of what a key says of itself.

Names, owners, reasons and metadata come from people and scripts: any Unicode, but no control
character, bounded, and never the text of a key, because they are kept in clear and go into the
audit's chain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple, TypedDict

from authcli.apikeys.addresses import check_cidrs
from authcli.apikeys.model import Rate
from authcli.apikeys.rates import MAX_LIMIT, MAX_PERIOD_MS
from authcli.apikeys.scopes import check_scopes
from authcli.apikeys.text import check_prefix, holds_a_key, id_of_beginning
from authcli.clock import LATEST_INSTANT
from authcli.encoding import compact_json, json_object
from authcli.errors import InvalidEncoding, InvalidInput, InvalidTime

__all__ = [
    "Draft",
    "DraftOptions",
    "check_draft",
    "check_end",
    "check_label",
    "check_metadata",
    "check_name",
    "check_quota",
    "check_rate",
    "check_reason",
]

MAX_NAME = 200
"""Characters of a name or an owner."""
MAX_ENVIRONMENT = 64
MAX_REASON = 500
MAX_METADATA_BYTES = 4096
MAX_METADATA_DEPTH = 8
MAX_QUOTA = 10**15

# What repaints a screen, ends a line, or is no character at all.
_CONTROL = "[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]"


class Draft(NamedTuple):
    """What a new key is to be. Times are Unix milliseconds."""

    name: str
    prefix: str = "ak_live"
    scopes: tuple[str, ...] = ()
    """What it grants; none grants nothing."""
    owner: str | None = None
    environment: str | None = None
    """None is the last part of the prefix: "live"."""
    metadata: Mapping[str, object] = {}
    cidrs: tuple[str, ...] = ()
    """From where it may be used; empty is from anywhere."""
    rate: Rate | None = None
    quota: int | None = None
    """Uses in all, over its lineage."""
    not_before_ms: int | None = None
    expires_at_ms: int | None = None
    """None is never: a default life is the caller's to choose."""


class DraftOptions(TypedDict, total=False):
    """The parts of a draft that may be left out, less its lists."""

    prefix: str
    owner: str | None
    environment: str | None
    metadata: Mapping[str, object]
    rate: Rate | None
    quota: int | None
    not_before_ms: int | None


def check_draft(draft: Draft, *, at_ms: int) -> Draft:
    """Return a draft with every part checked, in its one spelling, and its environment named.

    Args:
        draft: what was asked for.
        at_ms: now; a life that is over by then is a mistake.

    Raises:
        InvalidInput: a part that no key can have.
        InvalidTime: a life that ends before it begins.
    """
    prefix = check_prefix(draft.prefix)
    begins = max(at_ms, draft.not_before_ms or 0)
    if draft.not_before_ms is not None:
        check_end(draft.not_before_ms, after_ms=0, what="not-before")
    if draft.expires_at_ms is not None:
        check_end(draft.expires_at_ms, after_ms=begins + 1, what="expiry")
    return Draft(
        name=check_name(draft.name),
        prefix=prefix,
        scopes=check_scopes(draft.scopes),
        owner=None if draft.owner is None else check_label(draft.owner, what="owner"),
        environment=_environment(draft.environment, prefix),
        metadata=check_metadata(draft.metadata),
        cidrs=check_cidrs(draft.cidrs),
        rate=None if draft.rate is None else check_rate(draft.rate),
        quota=None if draft.quota is None else check_quota(draft.quota),
        not_before_ms=draft.not_before_ms,
        expires_at_ms=draft.expires_at_ms,
    )


def check_name(name: str) -> str:
    """Return a key's name; one that reads as a whole id would hide that id, and is refused."""
    check_label(name, what="name")
    ids = id_of_beginning(name) if name.startswith("ak_") else None
    if ids is not None and ids[0] == ids[1]:
        raise InvalidInput(
            "the name reads as the id of an API key, and would stand for another one",
            hint="choose a name with a '-' or a blank in it",
        )
    return name


def check_label(text: str, *, what: str, limit: int = MAX_NAME) -> str:
    """Return a line of text that can be kept and shown.

    Args:
        text: any Unicode.
        what: what it is, for the message: "name", "owner".
        limit: characters.

    Raises:
        InvalidInput: empty, too long, blanks around it, a control character, or a key in it.
    """
    if not text.strip():
        raise InvalidInput(f"the {what} is empty")
    if len(text) > limit:
        raise InvalidInput(f"the {what} is {len(text)} characters long, over the limit of {limit}")
    if found := re.search(_CONTROL, text):
        raise InvalidInput(f"the {what} holds a control character at position {found.start() + 1}")
    if text != text.strip():
        raise InvalidInput(f"the {what} begins or ends with a blank")
    _refuse_key(text, what=what)
    return text


def check_reason(reason: str) -> str:
    """Return why a key was revoked, if it can be kept."""
    return check_label(reason, what="reason", limit=MAX_REASON)


def check_metadata(metadata: Mapping[str, object]) -> dict[str, object]:
    """Return metadata as it will be read again: JSON, an object, of at most 4 KiB.

    Raises:
        InvalidInput: a value that JSON has not, too long or deep, or a key in it.
    """
    if not metadata:
        return {}
    for name in metadata:
        check_label(name, what="name of a member of the metadata", limit=100)
    try:
        text = compact_json(dict(metadata))
    except (TypeError, ValueError, RecursionError):
        raise InvalidInput("the metadata holds a value that JSON cannot") from None
    try:
        kept = json_object(
            text, what="metadata", max_bytes=MAX_METADATA_BYTES, max_depth=MAX_METADATA_DEPTH
        )
    except InvalidEncoding as error:
        raise InvalidInput(error.message) from None
    _refuse_key(text.decode(), what="metadata")
    return kept


def check_rate(rate: Rate) -> Rate:
    """Return a rate, if it is within the bounds of `rates.parse_rate`."""
    if not (1 <= rate.limit <= MAX_LIMIT and 1 <= rate.period_ms <= MAX_PERIOD_MS):
        raise InvalidInput(
            "a rate is 1 to 10^9 uses in a period of at most 366 days", code="apikey.rate-invalid"
        )
    return rate


def check_quota(quota: int) -> int:
    """Return how often a key may be used in all."""
    if not 1 <= quota <= MAX_QUOTA:
        raise InvalidInput(
            f"a quota of {quota} is not between 1 and 10^15",
            hint="a key that must not be used is disabled: authcli apikey disable ID",
        )
    return quota


def check_end(instant_ms: int, *, after_ms: int, what: str) -> int:
    """Return an instant of a key's life, if it is not too early and has a date.

    Raises:
        InvalidTime: before `after_ms`, or after the year 9999.
    """
    if instant_ms > LATEST_INSTANT * 1000:
        raise InvalidTime(f"the {what} lies after the year 9999")
    if instant_ms < after_ms:
        raise InvalidTime(
            f"the {what} lies in the past, or before the key's life begins",
            hint="to end a key's life now: authcli apikey revoke ID" if what == "expiry" else None,
        )
    return instant_ms


def _environment(environment: str | None, prefix: str) -> str:
    if environment is None:
        return prefix.rpartition("_")[2]
    _refuse_key(environment, what="environment")
    if re.fullmatch(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{MAX_ENVIRONMENT - 1}}}", environment) is None:
        raise InvalidInput(
            f"{ascii(environment[:MAX_ENVIRONMENT])} is no name of an environment",
            hint=f"at most {MAX_ENVIRONMENT} letters, digits, '.', '_' and '-': live, eu-test",
        )
    return environment


def _refuse_key(text: str, *, what: str) -> None:
    """Refuse a key pasted where it would be kept in clear; the message does not repeat it."""
    if holds_a_key(text):
        raise InvalidInput(
            f"the {what} holds the text of an API key, and would be kept in clear",
            hint="write its id instead: ak_…",
        )
