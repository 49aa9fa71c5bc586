"""KINDS: what there is that ends, how it is found, and the words for it. One row a kind.

A kind's finder takes what is looked at (`Grounds`) and yields what ends by then, the soonest first;
it imports what it needs when it is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from authcli.cli._expiring import stored
from authcli.cli._expiring.items import bounded
from authcli.cli._moments import instant
from authcli.clock import format_duration
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.apikeys.model import Filters
    from authcli.cli._expiring.items import Ending, Item
    from authcli.store import Store

__all__ = ["FILES", "KINDS", "MEMBERS", "STORED", "Grounds", "Kind", "chosen_kinds", "item_of"]


class Grounds(NamedTuple):
    """Where to look, and how far."""

    at_ms: int
    last_ms: int
    store: Store | None = None
    files: tuple[Ending, ...] = ()
    """What ends in the files that were named."""
    filters: Filters | None = None
    """Of which API keys; all when None."""


class Kind(NamedTuple):
    """A kind of thing that ends."""

    find: Callable[[Grounds], Iterable[Ending]]
    noun: tuple[str, str]
    """One of them, several."""
    members: tuple[str, ...]
    """Of its JSON, in order."""
    labels: tuple[str, ...] = ("id", "name")
    """Members that Prometheus gets; never who somebody is."""
    all_of_them: bool = True
    """Whether Prometheus gets what is not due, too: there may be a family for every user."""
    verb: tuple[str, str] = ("expires", "expire")
    """What one of them does, and several."""
    code: str = "due"
    hint: str | None = None
    phrase: Callable[[Item], str] = lambda item: "expires"
    """What happens to it then, for reports and calendars."""
    label: Callable[[Item], str] = lambda item: bounded(item["name"] or "")
    """Its name, for people."""
    details: Callable[[Item], str] = lambda item: ""
    """What else a report says of it."""


def item_of(ending: Ending, *, at_ms: int) -> Item:
    """Return the JSON members of something that ends."""
    told: dict[str, Any] = {
        **ending.more,
        "kind": ending.kind,
        "id": ending.id,
        "name": ending.name,
        "ends_at": instant(ending.ends_at_ms),
        "seconds_left": (ending.ends_at_ms - at_ms) // 1000,
    }
    return {name: told[name] for name in KINDS[ending.kind].members}


def chosen_kinds(names: Iterable[str], *, files: bool) -> tuple[str, ...]:
    """Return the kinds that are looked for, in the table's order.

    Args:
        names: as `--kind` has them; none are all.
        files: whether any file was named.

    Raises:
        InvalidInput: an unknown kind, or one that the command line gives nothing to find it in.
    """
    chosen = [name for text in names for name in text.split(",")]
    for name in chosen:
        if name not in KINDS:
            raise InvalidInput(f"no --kind {ascii(name[:20])}", hint=f"one of: {', '.join(KINDS)}")
    if not chosen:
        return tuple(KINDS) if files else STORED
    if not files and (lone := next((name for name in chosen if name in FILES), None)):
        raise InvalidInput(f"--kind {lone} looks into files, and none is named")
    if files and not set(chosen) & set(FILES):
        raise InvalidInput(
            "files are named, and no --kind looks into them",
            hint=f"add one of: {', '.join(FILES)}",
        )
    return tuple(name for name in KINDS if name in chosen)


def _stored(
    find: Callable[..., Iterator[Ending]], grounds: Grounds, **more: object
) -> Iterable[Ending]:
    """Ask the store; where there is none, nothing ends."""
    if grounds.store is None:
        return ()
    within_ms = grounds.last_ms - grounds.at_ms
    return find(grounds.store, within_ms=within_ms, at_ms=grounds.at_ms, **more)


def _api_keys(grounds: Grounds) -> Iterable[Ending]:
    return _stored(stored.api_keys, grounds, filters=grounds.filters)


def _in_files(kind: str, grounds: Grounds) -> Iterable[Ending]:
    return (
        ending
        for ending in grounds.files
        if ending.kind == kind and ending.ends_at_ms <= grounds.last_ms
    )


def _of_api_key(item: Item) -> str:
    owner = f", of {item['owner']}" if item["owner"] else ""
    return f"{owner}: {left(item)}; last used: {item['last_used_at'] or 'never'}"


def left(item: Item) -> str:
    """Return how long something lives on, or since when it is over, in words."""
    words = format_duration(item["seconds_left"])
    return f"{words} left" if item["seconds_left"] >= 0 else f"over since {words}"


def _whose(item: Item) -> str:
    return bounded(item["name"] or "nobody")


_ACTIONS = {
    "rotate": ("is to be rotated", "rotation"),
    "publish": ("waits to be published", "publication"),
    "make": ("lacks a next key", "no next key"),
    "activate": ("lacks a key that signs", "no active key"),
}
_HEAD = ("kind", "id", "name")
_END = ("ends_at", "seconds_left")

#: Name -> the kind, in the order of reports.
KINDS: dict[str, Kind] = {
    "apikey": Kind(
        _api_keys,
        ("API key", "API keys"),
        (*_HEAD, "owner", "environment", "state", *_END, "last_used_at", "last_used_ip"),
        labels=("id", "name", "owner", "environment"),
        code="apikey.due",
        hint="authcli apikey rotate ID",
        details=_of_api_key,
    ),
    "signing-key": Kind(
        partial(_stored, stored.signing_keys),
        ("signing key", "signing keys"),
        (*_HEAD, "action", "state", "issuer", *_END, "estimated", "last_signed_at"),
        labels=("id", "name", "action"),
        verb=("is due", "are due"),
        hint="authcli jwks rotate --publish DIR",
        phrase=lambda item: _ACTIONS[item["action"]][0],
        label=lambda item: f"{item['name']} {_ACTIONS[item['action']][1]}",
    ),
    "family": Kind(
        partial(_stored, stored.families),
        ("sign-in", "sign-ins"),
        (*_HEAD, "issuer", "aud", *_END, "created_at", "last_refreshed_at"),
        labels=("id", "issuer"),
        all_of_them=False,
        verb=("ends", "end"),
        hint="their users sign in again",
        phrase=lambda item: "ends",
        label=_whose,
    ),
    "issued-token": Kind(
        partial(_stored, stored.issued_tokens),
        ("issued token", "issued tokens"),
        (*_HEAD, "issuer", "aud", "kid", *_END, "issued_at", "issued_by"),
        labels=("id", "issuer"),
        all_of_them=False,
        label=_whose,
    ),
    "certificate": Kind(
        partial(_in_files, "certificate"),
        ("certificate", "certificates"),
        (*_HEAD, "file", "number", "subject", "issuer", "serial", "sha256", "not_before", *_END),
        details=lambda item: f": {left(item)}; issued by {bounded(item['issuer'])}",
    ),
    "token": Kind(
        partial(_in_files, "token"),
        ("token", "tokens"),
        (*_HEAD, "file", "iss", "aud", "jti", "verified", *_END),
        labels=("id",),
        label=_whose,
    ),
    "jwk": Kind(
        partial(_in_files, "jwk"),
        ("key", "keys"),
        (*_HEAD, "file", "number", "kty", "alg", *_END),
    ),
}
FILES = ("certificate", "token", "jwk")
#: What is looked for where no file is named.
STORED = tuple(name for name in KINDS if name not in FILES)
#: Every member that some kind has, for `--field`.
MEMBERS = tuple(dict.fromkeys(name for kind in KINDS.values() for name in kind.members))
