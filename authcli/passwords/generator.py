"""Random passwords and passphrases, and how many bits of chance there are in each.

The entropy is that of the way a password was made, the only one that is known: log2 of how many
passwords were equally likely.
"""

from __future__ import annotations

import math
import secrets
import string
from itertools import combinations
from typing import NamedTuple

from authcli.errors import InvalidInput
from authcli.passwords.schemes.libpass import word_list as libpass_words
from authcli.secret import Secret

__all__ = ["ALPHABETS", "WORD_LISTS", "Generated", "passphrase", "password"]

#: Without quotes, backslash, blank and backtick, which break when pasted into shells and files.
SYMBOLS = "!#$%&()*+,-./:;<=>?@[]^_{|}~"
ALPHABETS = {
    "all": string.ascii_letters + string.digits + SYMBOLS,
    "alphanumeric": string.ascii_letters + string.digits,
    #: None of 0 O 1 I l, which fonts draw alike.
    "unambiguous": "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
    "digits": string.digits,
    "hex": "0123456789abcdef",
}
#: Name -> its name in libpass. The first three are the EFF's, for dice (2016).
WORD_LISTS = {
    "eff-long": "eff_long",
    "eff-short": "eff_short",
    "eff-prefixed": "eff_prefixed",
    "bip39": "bip39",
}
_CLASSES = (string.ascii_uppercase, string.ascii_lowercase, string.digits, SYMBOLS)
_MOST_LENGTH, _MOST_WORDS, _LEAST_WORDS, _LEAST_LENGTH = 512, 64, 3, 8
_LEAST_PIN = 4
#: One in so many, at the least, has every class: else drawing until one has might never end.
_SELDOM_BITS = 10


class Generated(NamedTuple):
    """A new password."""

    password: Secret
    entropy_bits: float
    """log2 of how many passwords were as likely, rounded down to a tenth."""


def password(length: int, *, alphabet: str, every_class: bool) -> Generated:
    """Return a random password; see `authcli.passwords.generate`."""
    letters = ALPHABETS.get(alphabet, alphabet)
    if len(letters) < 2 or len(set(letters)) != len(letters) or not letters.isprintable():
        raise InvalidInput(
            "an alphabet has two printable characters or more, each once",
            hint=f"one of {', '.join(ALPHABETS)}, or the characters themselves",
        )
    least = _LEAST_PIN if letters == string.digits else _LEAST_LENGTH
    if not least <= length <= _MOST_LENGTH:
        raise InvalidInput(f"{length} characters are not within {least} and {_MOST_LENGTH}")
    classes = [set(letters) & set(members) for members in _CLASSES] if every_class else []
    if not all(classes):
        raise InvalidInput(
            "this alphabet lacks a letter's case, digits or symbols, and every class is asked for",
            hint="--alphabet all has them",
        )
    bits = _bits(len(letters), length, classes)
    if bits < length * math.log2(len(letters)) - _SELDOM_BITS:
        raise InvalidInput(
            f"of {length} characters from this alphabet hardly any have every class",
            hint="a longer password, or an alphabet with more of each class",
        )
    while True:  # by chance again, not by mending: every password that serves is as likely
        text = "".join(secrets.choice(letters) for _ in range(length))
        if all(members & set(text) for members in classes):
            break
    return Generated(Secret(text), _tenth(bits))


def passphrase(words: int, *, word_list: str, separator: str) -> Generated:
    """Return a random passphrase; see `authcli.passwords.generate_passphrase`."""
    if word_list not in WORD_LISTS:
        raise InvalidInput(
            f"there is no word list {ascii(word_list)[:40]}", hint=f"one of {', '.join(WORD_LISTS)}"
        )
    if not _LEAST_WORDS <= words <= _MOST_WORDS:
        raise InvalidInput(f"{words} words are not within {_LEAST_WORDS} and {_MOST_WORDS}")
    if len(separator) > 16 or not separator.isprintable():
        raise InvalidInput("a separator is at most 16 printable characters")
    listed = libpass_words(WORD_LISTS[word_list])
    # Without a separator "a b" and "ab" may be one text, but these lists' words are no prefixes
    # of each other, or few are: the loss is under a bit.
    chosen = separator.join(secrets.choice(listed) for _ in range(words))
    return Generated(Secret(chosen), _tenth(words * math.log2(len(listed))))


def _bits(size: int, length: int, classes: list[set[str]]) -> float:
    """Return log2 of how many texts hold a member of every class: inclusion and exclusion."""
    count = sum(
        (-1) ** left_out * (size - sum(map(len, without))) ** length
        for left_out in range(len(classes) + 1)
        for without in combinations(classes, left_out)
    )
    return math.log2(count)


def _tenth(bits: float) -> float:
    return math.floor(bits * 10) / 10
