"""How many guesses a password takes: the built-in estimate, for when zxcvbn is not there.

A password is cut into the parts that take the fewest guesses together: common words, words of the
EFF's list, what is known of its owner, rows of the keyboard, sequences, repetitions, dates; what
is left counts ten guesses a character. The idea and the thresholds are zxcvbn's (Wheeler, USENIX
Security 2016); words and patterns are fewer here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from authcli.passwords.common_passwords import LEET, ranks
from authcli.passwords.schemes.libpass import word_list

__all__ = ["MAX_JUDGED", "Estimate", "estimate", "score_of"]

#: Characters that are looked at; more can only help.
MAX_JUDGED = 72
#: log10 of guesses: below each, the score is its place.
_SCORES = (3, 6, 8, 10)
_ROWS = ("`1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "azertyuiop", "qwertzuiop")
_WALKS = (*_ROWS, *(row[::-1] for row in _ROWS), "1qaz2wsx3edc4rfv5tgb", "1q2w3e4r5t6y7u8i9o0p")
_DATE = r"(?:19|20)\d\d|[0-3]?\d[-./]?[01]?\d[-./]?(?:19|20)?\d\d"


class Estimate(NamedTuple):
    """How hard a password is to guess."""

    guesses_log10: float
    parts: tuple[str, ...]
    """What kinds of parts it is made of, each once: "a common word", "a date"."""


class _Part(NamedTuple):
    begin: int
    end: int
    log10: float
    kind: str


def score_of(guesses_log10: float) -> int:
    """Return 0 (guessed at once) to 4 (beyond an attack on the hash)."""
    return sum(guesses_log10 >= limit for limit in _SCORES)


def estimate(password: str, *, about: Sequence[str] = ()) -> Estimate:
    """Return the fewest guesses that find a password.

    Args:
        password: text; `MAX_JUDGED` characters of it are looked at.
        about: what an attacker knows of its owner.
    """
    text = password[:MAX_JUDGED]
    ending: list[list[_Part]] = [[] for _ in range(len(text) + 1)]
    for part in _parts(text, about):
        ending[part.end].append(part)
    best: list[tuple[float, tuple[_Part, ...]]] = [(0.0, ())]
    for end in range(1, len(text) + 1):
        before, parts = best[end - 1]
        ways = [(before + 1.0, (*parts, _Part(end - 1, end, 1.0, "")))]
        for part in ending[end]:
            before, parts = best[part.begin]
            ways.append((before + part.log10, (*parts, part)))
        best.append(min(ways, key=lambda way: way[0]))
    total, parts = best[-1]
    named = [part for part in parts if part.kind]
    # An attacker does not know in which order the parts come.
    total += math.log10(math.factorial(len(named) + (len(named) < len(parts))))
    return Estimate(
        round(min(total, len(text)), 1), tuple(dict.fromkeys(part.kind for part in named))
    )


def _parts(text: str, about: Sequence[str]) -> Iterator[_Part]:
    yield from _words(text, about)
    yield from _walks(text.lower())
    yield from _sequences(text)
    for found in re.finditer(r"(.{1,24}?)\1+", text):
        unit = found[1]
        each = 1.0 * len(unit) if len(unit) > 1 else 1.1
        times = len(found[0]) // len(unit)
        yield _Part(found.start(), found.end(), each + math.log10(times), "a repetition")
    for begin in range(len(text)):
        for found in re.finditer(_DATE, text[begin:]):
            if found.start() == 0:
                size = 2.1 if len(found[0]) == 4 else 4.5
                yield _Part(begin, begin + found.end(), size, "a date")


def _words(text: str, about: Sequence[str]) -> Iterator[_Part]:
    lower, common, listed = text.lower(), ranks(), _listed()
    plain = lower.translate(LEET)
    owner = {word for name in about for word in re.findall(r"\w{3,}", name.lower())}
    owner |= {name.lower() for name in about if len(name) >= 3}
    for begin in range(len(text)):
        for end in range(begin + 3, len(text) + 1):
            for variant in {lower[begin:end], plain[begin:end]}:
                if variant in owner:
                    rank, kind = 1, "something known of its owner"
                elif variant in common:
                    rank, kind = common[variant], "a common password"
                elif variant in listed:
                    rank, kind = listed[variant], "a word"
                else:
                    continue
                twist = 2 * (variant != lower[begin:end]) + _capitals(text[begin:end])
                yield _Part(begin, end, math.log10(rank + 1) + 0.3 * twist, kind)


def _capitals(word: str) -> int:
    """Return how many bits its capitals add: one for the first or all, more for a mixture."""
    upper = sum(letter.isupper() for letter in word)
    if not upper:
        return 0
    return 1 if upper == len(word) or (word[0].isupper() and upper == 1) else upper + 1


def _walks(lower: str) -> Iterator[_Part]:
    for begin in range(len(lower) - 3):
        end = begin + 4
        while end <= len(lower) and any(lower[begin:end] in walk for walk in _WALKS):
            yield _Part(begin, end, 2.0 + 0.2 * (end - begin), "a row of the keyboard")
            end += 1


def _sequences(text: str) -> Iterator[_Part]:
    """Yield runs whose characters go up or down by one, or by the same step: abcd, 9753."""
    for begin in range(len(text) - 2):
        step = ord(text[begin + 1]) - ord(text[begin])
        end = begin + 2
        while (
            end < len(text) and 0 < abs(step) <= 2 and ord(text[end]) - ord(text[end - 1]) == step
        ):
            end += 1
            yield _Part(begin, end, 1.3 + math.log10(end - begin), "a sequence")


@cache
def _listed() -> dict[str, int]:
    return {word: place for place, word in enumerate(word_list("eff_long"), 1)}
