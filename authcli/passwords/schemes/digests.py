"""One round of MD5 or SHA over password and salt: LDAP's, old Django's, MySQL's. Read alone.

{SSHA}<digest and salt>   {SHA} {SMD5} {MD5} {SSHA256} {SSHA384} {SSHA512} …   RFC 2307
sha1$<salt>$<hex digest>   md5$…                                               Django before 1.4
*<40 hex digits>                                                               MySQL 4.1 to 5.7
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from authcli.passwords.model import Hash, Work
from authcli.passwords.schemes.base64s import decode_padded, malformed

__all__ = ["PREFIXES", "make", "matches", "parse", "work"]

_SIZES = {"md5": 16, "sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}
#: LDAP's name -> algorithm, salted.
_LDAP = {
    **{f"{{S{name}}}": (name.lower(), True) for name in ("MD5", "SHA256", "SHA384", "SHA512")},
    **{f"{{{name}}}": (name.lower(), False) for name in ("MD5", "SHA256", "SHA384", "SHA512")},
    "{SSHA}": ("sha1", True),
    "{SHA}": ("sha1", False),
}
PREFIXES: tuple[str, ...] = (*_LDAP, "sha1$", "md5$", "*")

_LEAST_SALT_BYTES, _MOST_SALT_BYTES = 4, 64


def parse(text: str) -> Hash:
    """Return what such a hash says; raises `HashMalformed`."""
    name = text.partition("}")[0] + "}"
    if name in _LDAP:
        return _ldap(name, text.removeprefix(name))
    if text.startswith("*"):
        if re.fullmatch(r"\*[0-9a-fA-F]{40}", text) is None:
            raise malformed("mysql41", "it is not * and 40 hexadecimal digits")
        return Hash("mysql41", {}, b"", bytes.fromhex(text[1:]), 0, 160, "mysql")
    algorithm = text.partition("$")[0]
    pattern = rf"{algorithm}\$([^$]*)\$([0-9a-f]{{{2 * _SIZES[algorithm]}}})"
    found = re.fullmatch(pattern, text)
    if found is None:
        raise malformed(f"django-{algorithm}", f"it is not {algorithm}$SALT$HEX")
    salt, digest = found[1].encode(), bytes.fromhex(found[2])
    return Hash(f"django-{algorithm}", {}, salt, digest, 8 * len(salt), 8 * len(digest), "django")


def work(hash: Hash, *, password_bytes: int) -> Work:  # noqa: ARG001  # the same for all
    """Return next to nothing, which is what is wrong with them."""
    return Work(1, 0.0001)


def matches(hash: Hash, password: bytes) -> bool:
    """Tell whether the password has this hash."""
    import hmac

    if hash.scheme == "mysql41":
        digest = _digest("sha1", _digest("sha1", password))
    elif hash.form == "django":
        digest = _digest(_algorithm(hash), hash.salt + password)
    else:
        digest = _digest(_algorithm(hash), password + hash.salt)
    return hmac.compare_digest(digest, hash.digest)


def make(password: bytes, *, scheme: str, cost: Mapping[str, int]) -> str:
    """Refuse: no row of `SCHEMES` lets new ones be made."""
    raise NotImplementedError(f"{scheme} is read alone")


def _digest(algorithm: str, data: bytes) -> bytes:
    import hashlib

    # A machine in FIPS mode refuses MD5 unless it is told that nothing is protected by it.
    return hashlib.new(algorithm, data, usedforsecurity=False).digest()


def _algorithm(hash: Hash) -> str:
    return next(name for name, size in _SIZES.items() if size == len(hash.digest))


def _ldap(name: str, text: str) -> Hash:
    algorithm, salted = _LDAP[name]
    scheme, size = f"ldap-{name[1:-1].lower()}", _SIZES[algorithm]
    both = decode_padded(text, scheme=scheme, what="text")
    salt, digest = both[size:], both[:size]
    least, most = (_LEAST_SALT_BYTES, _MOST_SALT_BYTES) if salted else (0, 0)
    if len(digest) != size or not least <= len(salt) <= most:
        raise malformed(scheme, f"it has {len(both)} bytes")
    return Hash(scheme, {}, salt, digest, 8 * len(salt), 8 * size, "ldap")
