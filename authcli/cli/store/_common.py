"""What the verbs of `authcli store` share: the bar, times, counts in words, warnings."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from authcli.cli._progress import Progress

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.store import Store

__all__ = [
    "bar",
    "counted",
    "root_files",
    "roots_in_words",
    "some",
    "stamp",
    "time_text",
]

#: Tables, as people call what is in them; the order in which they are told.
_NOUNS = {
    "api_keys": "API key",
    "audit_events": "event",
    "api_key_usage": "roll-up",
    "rate_buckets": "rate",
    "otp_states": "one-time state",
    "recovery_codes": "recovery code",
    "signing_keys": "signing key",
    "revocations": "denial",
    "issued_tokens": "issued token",
    "token_families": "family",
    "refresh_tokens": "refresh token",
}
_IN_Y = ("family",)
_ROOT_NOUNS = {"pepper": "the pepper", "audit": "the audit key", "kek": "the sealing key"}


class _Amount:
    """How much there is, and how much was done: what a bar shows."""

    total: int | None = None
    pulled = 0


@contextmanager
def bar(run: Run) -> Iterator[Callable[[int, int], None]]:
    """Give what a long piece of work tells how far it is: (done, in all)."""
    amount = _Amount()
    # These commands say little, so the bar may stand on the terminal that the result goes to.
    with Progress(run._replace(output=Path(os.devnull)), amount) as progress:

        def tell(done: int, total: int) -> None:
            amount.pulled, amount.total = done, total
            progress.show(done=done, said=b"")

        yield tell


def counted(counts: Mapping[str, int]) -> str:
    """Return "3 API keys, 12 events" for what tables hold."""
    words = []
    for table, noun in _NOUNS.items():
        number = counts.get(table, 0)
        if number or table in ("api_keys", "audit_events"):
            words.append(some(number, noun))
    return ", ".join(words)


def some(number: int, noun: str) -> str:
    """Return "1 event" or "1,200 events"."""
    if number != 1:
        noun = f"{noun.removesuffix('y')}ies" if noun in _IN_Y else f"{noun}s"
    return f"{number:,} {noun}"


def roots_in_words(roots: tuple[str, ...]) -> str:
    """Return "the audit key and the pepper"."""
    return " and ".join(_ROOT_NOUNS.get(root, root) for root in roots)


def root_files(store: Store) -> list[str]:
    """Return the files of root keys that belong to a store and exist."""
    paths = [getattr(source, "path", None) for source in store.roots.values()]
    return [str(path) for path in paths if path is not None and path.exists()]


def time_text(at_ms: int | None) -> str | None:
    """Return RFC 3339 text of Unix milliseconds."""
    from authcli.clock import format_instant

    return None if at_ms is None else format_instant(at_ms // 1000)


def stamp() -> str:
    """Return the real time as a file's name may hold it: "20261201T090000.123Z"."""
    from authcli.clock import format_instant, now_ms

    now = now_ms()
    digits = format_instant(now // 1000).translate({ord("-"): None, ord(":"): None})
    return digits.replace("Z", f".{now % 1000:03d}Z")
