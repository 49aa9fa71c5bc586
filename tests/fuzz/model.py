"""Target: one reader under test; and the two words that targets are written in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple, ParamSpec, TypeVar

from authcli.errors import AuthError

__all__ = ["BrokenPromise", "Target", "attempt", "memory_folder", "promise"]

P = ParamSpec("P")
T = TypeVar("T")

#: The longest message that a person would read; what it quotes is cut before.
_MAX_MESSAGE = 1500


class BrokenPromise(AssertionError):
    """A reader did what it says that it never does."""


class Target(NamedTuple):
    """One reader, or one grammar. Whatever exception leaves `run` is a finding."""

    run: Callable[[bytes], None]
    """Gives the bytes to the reader, lets it refuse them, and holds it to its promises if not."""
    seeds: Callable[[], Iterable[bytes]]
    """Well-formed inputs, and some that are nearly so; made when they are needed."""
    words: tuple[bytes, ...] = ()
    """What the language is made of: a dictionary for mutations."""


def promise(holds: object, words: str) -> None:
    """Raise `BrokenPromise` where something does not hold."""
    if not holds:
        raise BrokenPromise(words)


def attempt(function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T | None:
    """Return what a function returns, or None where it refuses with an error of authcli's.

    The refusal itself is held to what `authcli.errors` promises: one sentence that repaints no
    screen, and a stable code.
    """
    try:
        return function(*arguments, **options)
    except AuthError as error:
        promise(error.message and error.message.isprintable(), f"message {error.message!a}")
        promise(len(error.message) <= _MAX_MESSAGE, f"a message of {len(error.message)} characters")
        promise(re.fullmatch(r"[a-z0-9]+(?:[.-][a-z0-9]+)*", error.code), f"code {error.code!a}")
        return None


def memory_folder() -> str | None:
    """Return a folder in memory where there is one: a disk would be most of a target's time."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None
