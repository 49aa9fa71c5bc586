"""PBKDF2 with SHA-1, SHA-256 or SHA-512 (RFC 8018), on hashlib.

$pbkdf2-sha256$600000$<salt>$<digest>           libpass; $pbkdf2$ is SHA-1
pbkdf2_sha256$600000$<salt>$<digest>            Django, the salt as text
pbkdf2:sha256:600000$<salt>$<hex digest>        werkzeug (Flask), likewise
{PBKDF2-SHA256}10000$<salt>$<digest>            LDAP
grub.pbkdf2.sha512.10000.<hex salt>.<hex digest>
{PKCS5S2}<salt and digest>                      Atlassian: SHA-1, 10,000 rounds
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from authcli.passwords.model import Hash, Work
from authcli.passwords.schemes.base64s import decode, decode_padded, encode, malformed

__all__ = ["PREFIXES", "make", "matches", "parse", "work"]

PREFIXES: tuple[str, ...] = (
    *("$pbkdf2$", "$pbkdf2-", "pbkdf2_", "pbkdf2:"),
    *("{PBKDF2", "grub.pbkdf2.", "{PKCS5S2}"),
)

_ROUNDS = r"([1-9][0-9]{0,9})"
_CRYPT = rf"\$pbkdf2(?:-(sha1|sha256|sha512))?\${_ROUNDS}\$([A-Za-z0-9./+]*)\$([A-Za-z0-9./+]+)"
_DJANGO = rf"pbkdf2_(sha1|sha256|sha512)\${_ROUNDS}\$([^$]+)\$([A-Za-z0-9+/]+=*)"
_WERKZEUG = rf"pbkdf2:(sha1|sha256|sha512):{_ROUNDS}\$([^$]+)\$([0-9a-f]+)"
_LDAP = rf"\{{PBKDF2(?:-(SHA1|SHA256|SHA512))?\}}{_ROUNDS}\$([A-Za-z0-9./+]*)\$([A-Za-z0-9./+]+)"
_GRUB = rf"grub\.pbkdf2\.sha512\.{_ROUNDS}\.((?:[0-9A-F]{{2}})+)\.([0-9A-F]{{128}})"
_ATLASSIAN = r"\{PKCS5S2\}([A-Za-z0-9+/]{64})"
_SIZES = {"sha1": 20, "sha256": 32, "sha512": 64}
#: A processor without instructions for SHA-2.
_SECONDS = 1e-6


def parse(text: str) -> Hash:
    """Return what a PBKDF2 hash says; raises `HashMalformed`."""
    found = _parts(text)
    if found is None:
        raise malformed("pbkdf2", "it is not $pbkdf2-sha256$ROUNDS$SALT$DIGEST")
    form, algorithm, rounds, salt, digest = found
    scheme = f"pbkdf2-{algorithm}"
    # Atlassian's digest takes two blocks of SHA-1; of all others one block is the digest.
    if len(digest) != _SIZES[algorithm] and form != "atlassian":
        raise malformed(scheme, f"its digest has {len(digest)} bytes, not {_SIZES[algorithm]}")
    bits = 8 * len(salt)
    return Hash(scheme, {"rounds": rounds}, salt, digest, bits, 8 * len(digest), form)


def work(hash: Hash, *, password_bytes: int) -> Work:  # noqa: ARG001  # hashed once
    """Return what verifying takes."""
    blocks = -(-len(hash.digest) // _SIZES[hash.scheme.removeprefix("pbkdf2-")])
    return Work(1, hash.cost["rounds"] * blocks * _SECONDS)


def matches(hash: Hash, password: bytes) -> bool:
    """Tell whether the password has this hash."""
    import hashlib
    import hmac

    algorithm, size = hash.scheme.removeprefix("pbkdf2-"), len(hash.digest)
    digest = hashlib.pbkdf2_hmac(algorithm, password, hash.salt, hash.cost["rounds"], size)
    return hmac.compare_digest(digest, hash.digest)


def make(password: bytes, *, scheme: str, cost: Mapping[str, int]) -> str:
    """Return a new hash as libpass writes it, with 128 bits of salt."""
    import hashlib

    salt, rounds = os.urandom(16), cost["rounds"]
    digest = hashlib.pbkdf2_hmac(scheme.removeprefix("pbkdf2-"), password, salt, rounds)
    return f"${scheme}${rounds}${encode(salt, dots=True)}${encode(digest, dots=True)}"


def _parts(text: str) -> tuple[str, str, int, bytes, bytes] | None:
    """Return form, algorithm, rounds, salt and digest."""
    for form, pattern in (("crypt", _CRYPT), ("ldap", _LDAP)):
        if found := re.fullmatch(pattern, text):
            salt = decode(found[3], scheme="pbkdf2", what="salt")
            digest = decode(found[4], scheme="pbkdf2", what="digest")
            return form, (found[1] or "sha1").lower(), int(found[2]), salt, digest
    if found := re.fullmatch(_DJANGO, text):
        digest = decode_padded(found[4], scheme="pbkdf2", what="digest")
        return "django", found[1], int(found[2]), found[3].encode(), digest
    if (found := re.fullmatch(_WERKZEUG, text)) and len(found[4]) % 2 == 0:
        digest = bytes.fromhex(found[4])
        return "werkzeug", found[1], int(found[2]), found[3].encode(), digest
    if found := re.fullmatch(_GRUB, text):
        return "grub", "sha512", int(found[1]), bytes.fromhex(found[2]), bytes.fromhex(found[3])
    if found := re.fullmatch(_ATLASSIAN, text):
        both = decode(found[1], scheme="pbkdf2", what="digest")
        return "atlassian", "sha1", 10_000, both[:16], both[16:]
    return None
