"""crypt(3)'s schemes of other decades, computed by libpass.

    $6$[rounds=N$]<salt>$<digest 86>    SHA-512-crypt; $5$ SHA-256-crypt
    $1$<salt>$<digest 22>               MD5-crypt; $apr1$ Apache's
    $sha1$<rounds>$<salt>$<digest 28>   NetBSD's
    $P$<rounds 1><salt 8><digest 22>    phpass (WordPress, phpBB: $H$)
    <salt 2><digest 11>                 DES-crypt: eight characters, 56 bits

The text is checked here to its last character, because what libpass would call malformed must
never look like a wrong password.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from authcli.passwords.model import Hash, Work
from authcli.passwords.schemes import libpass
from authcli.passwords.schemes.base64s import CRYPT_ALPHABET, malformed

__all__ = ["DES", "PREFIXES", "make", "matches", "parse", "work"]

PREFIXES: tuple[str, ...] = ("$6$", "$5$", "$1$", "$apr1$", "$sha1$", "$P$", "$H$")
#: What DES-crypt writes, without any mark of its own.
DES = r"[./0-9A-Za-z]{13}"

_B64 = "[./0-9A-Za-z]"
_SHA2 = rf"(?:rounds=([1-9][0-9]{{3,8}})\$)?({_B64}{{0,16}})\$({_B64}{{%d}})"
#: Scheme -> its name in libpass, its prefix, what follows it: rounds, salt, digest.
_FORMATS = {
    "sha512-crypt": ("sha512_crypt", "$6$", _SHA2 % 86),
    "sha256-crypt": ("sha256_crypt", "$5$", _SHA2 % 43),
    "md5-crypt": ("md5_crypt", "$1$", rf"()({_B64}{{0,8}})\$({_B64}{{22}})"),
    "apr1": ("apr_md5_crypt", "$apr1$", rf"()({_B64}{{0,8}})\$({_B64}{{22}})"),
    "sha1-crypt": (
        "sha1_crypt",
        "$sha1$",
        rf"([1-9][0-9]{{0,9}})\$({_B64}{{0,64}})\$({_B64}{{28}})",
    ),
    "phpass": ("phpass", "$P$", rf"({_B64})({_B64}{{8}})({_B64}{{22}})"),
    "des-crypt": ("des_crypt", "", rf"()({_B64}{{2}})({_B64}{{11}})"),
}
_SHA2_ROUNDS, _MD5_ROUNDS, _DES_ROUNDS = 5000, 1000, 25
_MOST_PHPASS = 30
_DIGEST_BITS = {22: 128, 86: 512, 43: 256, 28: 160, 11: 64}
#: Seconds a round, and a round and byte of password: SHA-2-crypt and phpass hash it each time.
_SECONDS = {
    "sha512-crypt": (8e-7, 4e-9),
    "sha256-crypt": (8e-7, 4e-9),
    "sha1-crypt": (1.6e-6, 0.0),
    "phpass": (6e-7, 3e-9),
    "md5-crypt": (1e-6, 5e-9),
    "apr1": (1e-6, 5e-9),
    "des-crypt": (3e-5, 0.0),
}


def parse(text: str) -> Hash:
    """Return what such a hash says; raises `HashMalformed`.

    A text without a prefix is DES-crypt's.
    """
    plain = text.replace("$H$", "$P$", 1) if text.startswith("$H$") else text
    scheme, (_, prefix, pattern) = next(
        row for row in _FORMATS.items() if plain.startswith(row[1][1])
    )
    found = re.fullmatch(pattern, plain.removeprefix(prefix))
    if found is None:
        raise malformed(scheme, f"it is not {prefix}, salt and digest in their lengths")
    rounds_text, salt, digest = found.groups()
    bits = _DIGEST_BITS[len(digest)]
    # The last character has bits to spare, which are zero; libpass pads SHA-1 by its first byte.
    spare = 6 * len(digest) - bits
    if scheme != "sha1-crypt" and not _whole(digest, spare, scheme):
        raise malformed(scheme, "its last character is none that a digest ends with")
    rounds = _rounds(scheme, rounds_text)
    return Hash(
        scheme,
        {"rounds": rounds},
        salt.encode(),
        plain.encode(),
        6 * len(salt),
        bits,
    )


def work(hash: Hash, *, password_bytes: int) -> Work:
    """Return what verifying takes, which for some grows with the password."""
    each, each_byte = _SECONDS[hash.scheme]
    return Work(1, hash.cost["rounds"] * (each + each_byte * password_bytes))


def matches(hash: Hash, password: bytes) -> bool:
    """Tell whether the password has this hash."""
    if b"\0" in password:
        return False  # libpass refuses it, and no C program that made such a hash has seen it
    name = _FORMATS[hash.scheme][0]
    return libpass.handler(name).verify(password, hash.digest.decode())


def make(password: bytes, *, scheme: str, cost: Mapping[str, int]) -> str:
    """Return a new hash with a salt of 16 characters."""
    return libpass.handler(_FORMATS[scheme][0]).using(rounds=cost["rounds"]).hash(password)


def _rounds(scheme: str, text: str | None) -> int:
    if scheme == "phpass":
        logarithm = CRYPT_ALPHABET.index(str(text))
        if not 7 <= logarithm <= _MOST_PHPASS:
            raise malformed(scheme, f"2^{logarithm} rounds are beyond what it allows")
        return int(1 << logarithm)
    if text:
        return int(text)
    return {
        "sha512-crypt": _SHA2_ROUNDS,
        "sha256-crypt": _SHA2_ROUNDS,
        "des-crypt": _DES_ROUNDS,
    }.get(scheme, _MD5_ROUNDS)


def _whole(digest: str, spare: int, scheme: str) -> bool:
    last = CRYPT_ALPHABET.index(digest[-1])
    # DES-crypt writes its bits from the high end; all others from the low.
    return last & ((1 << spare) - 1) == 0 if scheme == "des-crypt" else last >> (6 - spare) == 0
