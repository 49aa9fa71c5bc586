"""Times in flags: what is wrong with one is said with the name of its flag."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from authcli.errors import InvalidInput, InvalidTime

__all__ = ["asked_end", "duration_of", "instant_of", "named"]


@contextmanager
def named(flag: str) -> Iterator[None]:
    """Let what is wrong with a time say which flag holds it."""
    try:
        yield
    except InvalidTime as error:
        message = f"{flag}: {error.message}"
        raise InvalidTime(message, hint=error.hint, code=error.code) from None


def duration_of(flag: str, text: str, *, bare_seconds: bool = False) -> int:
    """Return the seconds that a flag's duration spans; see `clock.parse_duration`.

    Raises:
        InvalidTime: it is none, and the flag is named.
    """
    from authcli.clock import parse_duration

    with named(flag):
        return parse_duration(text, bare_seconds=bare_seconds)


def instant_of(flag: str, text: str, *, at: int, any_epoch: bool = False) -> int:
    """Return the epoch seconds of a flag's instant; see `clock.parse_instant`.

    Raises:
        InvalidTime: it is none, and the flag is named.
    """
    from authcli.clock import parse_instant

    with named(flag):
        return parse_instant(text, at=at, any_epoch=any_epoch)


def asked_end(expires: str | None, *, no_exp: bool) -> str | None:
    """Return what `--expires` says; `--no-exp` is the same as never.

    Raises:
        InvalidInput: both were given.
    """
    if no_exp and expires is not None:
        raise InvalidInput("--expires and --no-exp contradict each other; give one of them")
    return "never" if no_exp else expires
