"""A document by URL: from its cache file while that is fresh, else from the network.

    fresh     younger than the server's max-age (60 s to 24 h), or than `max_age_seconds`
    stale     older: asked for again, and used with a warning where that fails
    too old   stale for more than 24 h: an error where asking fails; `offline` still returns it

While there is a stale answer, a failed attempt is not repeated within 10 seconds: a loop of
commands does not wait out the time limit each time.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypedDict, TypeVar

from authcli import clock
from authcli.errors import InvalidInput, NetworkUnavailable
from authcli.keys.remote import cache
from authcli.keys.remote.download import Download
from authcli.keys.remote.urls import Address

__all__ = ["ASK_AGAIN_SECONDS", "STALE_SECONDS", "FetchOptions", "Obtained", "Policy", "obtain"]

MIN_LIFETIME_SECONDS = 60
#: For how long beyond its life an answer serves while the network fails.
STALE_SECONDS = 86_400
#: The shortest time between two attempts that no expiry called for.
ASK_AGAIN_SECONDS = 10
MAX_TIMEOUT_SECONDS = 300

Document = TypeVar("Document")


class FetchOptions(TypedDict, total=False):
    """What `fetch_jwks` says of how to obtain a document, for the functions that pass it on."""

    cache_folder: Path | None
    offline: bool
    timeout_seconds: float
    max_age_seconds: int
    ssl_context: ssl.SSLContext | None


@dataclass(frozen=True, slots=True)
class Policy:
    """How to obtain a document; `fetch_jwks` says what each member means."""

    cache_folder: Path | None = None
    offline: bool = False
    refresh: bool = False
    timeout_seconds: float = 5.0
    max_age_seconds: int = 300
    ssl_context: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        if not 0 < self.timeout_seconds <= MAX_TIMEOUT_SECONDS:
            raise InvalidInput(
                f"a time limit of {self.timeout_seconds:g} seconds is not within 0 to "
                f"{MAX_TIMEOUT_SECONDS}"
            )
        if not 0 <= self.max_age_seconds <= cache.MAX_LIFETIME_SECONDS:
            raise InvalidInput(
                f"a maximum age of {self.max_age_seconds} seconds is not within 0 to "
                f"{cache.MAX_LIFETIME_SECONDS}"
            )
        if self.offline and self.refresh:
            raise InvalidInput("offline and refresh exclude each other")


@dataclass(frozen=True, slots=True)
class Obtained(Generic[Document]):
    """A document, and when it was fetched."""

    document: Document
    entry: cache.Entry
    warnings: tuple[str, ...]
    """What a person should know, such as a fetch that failed."""
    from_cache: bool

    @property
    def age_seconds(self) -> int:
        """Since it was fetched."""
        return max(clock.now() - self.entry.fetched_at, 0)

    @property
    def stale(self) -> bool:
        """Whether it is used beyond its life; what just came is not, even where that is zero."""
        return self.from_cache and clock.now() >= self.entry.expires_at


def obtain(
    address: Address,
    *,
    get: Callable[[], Download],
    accept: Callable[[bytes], Document],
    policy: Policy,
) -> Obtained[Document]:
    """Return the document of a URL, by the cache and the rules above.

    Args:
        address: names the cache file.
        get: asks the network; raises `NetworkUnavailable`.
        accept: reads a body, cached or new; raises `NetworkUnavailable` where it is not the
            document expected.
        policy: the caller's wishes.

    Raises:
        NetworkUnavailable: asking failed and nothing usable is cached, or `offline` and nothing is.
    """
    held = _held(address, accept, policy.cache_folder)
    if policy.offline:
        if held is None:
            raise NetworkUnavailable(
                f"nothing is cached for {address.shown}, and the network is not to be used",
                hint="fetch it once without --offline",
                code="network.offline",
            )
        return _warned(held, "offline") if held.stale else held
    if held is not None and not policy.refresh:
        if not held.stale:
            return held
        if _failed_lately(held.entry):
            return _warned(held, f"the last attempt to fetch {address.shown} failed")
    try:
        answer = get()
        document = accept(answer.body)
    except NetworkUnavailable as error:
        if held is None or clock.now() >= held.entry.expires_at + STALE_SECONDS:
            raise
        return _kept(held, error, policy)
    entry = _new_entry(address, answer, policy)
    return Obtained(document, entry, _save(entry, policy), from_cache=False)


def _held(
    address: Address, accept: Callable[[bytes], Document], folder: Path | None
) -> Obtained[Document] | None:
    entry = cache.load(folder, url=address.url) if folder else None
    if entry is None:
        return None
    try:
        return Obtained(accept(entry.body), entry, (), from_cache=True)
    except NetworkUnavailable:  # well-formed as a file, not as a document: fetched anew
        return None


def _failed_lately(entry: cache.Entry) -> bool:
    return entry.fetched_at < entry.asked_at and clock.now() < entry.asked_at + ASK_AGAIN_SECONDS


def _kept(
    held: Obtained[Document], error: NetworkUnavailable, policy: Policy
) -> Obtained[Document]:
    """Return what was held, marked as asked for in vain."""
    entry = replace(held.entry, asked_at=max(clock.now(), held.entry.asked_at))
    kept = replace(held, entry=entry, warnings=held.warnings + _save(entry, policy))
    return _warned(kept, error.message)


def _warned(held: Obtained[Document], reason: str) -> Obtained[Document]:
    age = clock.format_duration(held.age_seconds)
    warning = f"{reason}; what was fetched {age} ago is used"
    return replace(held, warnings=(*held.warnings, warning))


def _new_entry(address: Address, answer: Download, policy: Policy) -> cache.Entry:
    now = clock.now()
    lifetime = policy.max_age_seconds
    if answer.lifetime_seconds is not None:
        # Less than a minute would be a request for each command; more than a day would keep a
        # withdrawn key alive.
        lifetime = max(answer.lifetime_seconds, MIN_LIFETIME_SECONDS)
    expires_at = now + min(lifetime, cache.MAX_LIFETIME_SECONDS)
    return cache.Entry(address.url, answer.body, now, now, expires_at)


def _save(entry: cache.Entry, policy: Policy) -> tuple[str, ...]:
    """Write the cache file; one that cannot be written is a warning, never a failure."""
    if policy.cache_folder is None:
        return ()
    try:
        cache.save(policy.cache_folder, entry)
    except (OSError, InvalidInput) as error:
        problem = getattr(error, "strerror", None) or str(error)
        folder = ascii(str(policy.cache_folder))[1:-1]
        return (f"the folder {folder} cannot cache what was fetched: {problem}",)
    return ()
