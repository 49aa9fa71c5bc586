"""bcrypt, and bcrypt over SHA-256 for passwords of any length, on `bcrypt`.

    $2b$12$<salt 22><digest 31>                 also $2a$, $2y$, and $2$ of 1997
    $bcrypt-sha256$v=2,t=2b,r=12$<salt>$<digest>    libpass: bcrypt(base64(HMAC-SHA-256))
    bcrypt$$2b$12$…   bcrypt_sha256$$2b$12$…        Django: the second is bcrypt(hex(SHA-256))

$2x$ marks hashes of a C library that mangled characters beyond ASCII (CVE-2011-2483); computing
them as any other would say no to the right password, so they are refused by name.
"""

from __future__ import annotations

import binascii
import os
import re
from collections.abc import Mapping

from authcli.errors import HashUnusable
from authcli.passwords.model import Hash, Work
from authcli.passwords.schemes.base64s import BCRYPT_ALPHABET, malformed

__all__ = ["PREFIXES", "make", "matches", "parse", "work"]

PREFIXES: tuple[str, ...] = ("$2", "$bcrypt-sha256$", "bcrypt$", "bcrypt_sha256$")

_B64 = r"[./A-Za-z0-9]"
_CRYPT = rf"\$(2[aby]?)\$([0-9]{{2}})\$({_B64}{{22}})({_B64}{{31}})"
_LIBPASS_2 = rf"\$bcrypt-sha256\$v=2,t=(2b),r=([1-9][0-9]?)\$({_B64}{{22}})\$({_B64}{{31}})"
_LIBPASS_1 = rf"\$bcrypt-sha256\$(2[ab]),([1-9][0-9]?)\$({_B64}{{22}})\$({_B64}{{31}})"
_LOW, _HIGH = 4, 31
_SALT_BITS, _DIGEST_BITS = 128, 184
_SECONDS = 6.2e-5
_DJANGO = {"bcrypt$": "bcrypt", "bcrypt_sha256$": "django-bcrypt-sha256"}


def parse(text: str) -> Hash:
    """Return what a bcrypt hash says.

    Raises:
        HashMalformed: it is none, or not whole.
        HashUnusable: a $2x$ hash.
    """
    scheme, form, inner, variant = "bcrypt", "crypt", text, ""
    for prefix, name in _DJANGO.items():
        if text.startswith(prefix):
            scheme, form, inner = name, "django", text.removeprefix(prefix)
    if inner.startswith("$2x$"):
        raise HashUnusable(
            "$2x$ marks a hash of the faulty bcrypt of before 2011 (CVE-2011-2483), which is not"
            " computed here",
            hint="have its owner set a new password",
        )
    found = re.fullmatch(_CRYPT, inner)
    if inner.startswith("$bcrypt-sha256$"):
        scheme, variant = "bcrypt-sha256", "2"
        found = re.fullmatch(_LIBPASS_2, inner)
        if found is None:
            variant, found = "1", re.fullmatch(_LIBPASS_1, inner)
    if found is None:
        raise malformed(scheme, _fault(inner))
    minor, cost, salt, digest = found.groups()
    if not _LOW <= int(cost) <= _HIGH:
        raise malformed(scheme, f"its cost is {cost}, and bcrypt's are {_LOW} to {_HIGH}")
    # The last character of each has bits to spare, which some writers fill.
    salt_text, digest_text = _canonical(salt, 0b110000), _canonical(digest, 0b111100)
    if scheme == "bcrypt-sha256" and salt_text != salt:
        raise malformed(scheme, "its salt's last character is none that a salt ends with")
    return Hash(
        scheme,
        {"cost": int(cost)},
        salt_text.encode(),
        digest_text.encode(),
        _SALT_BITS,
        _DIGEST_BITS,
        form,
        f"v={variant}" if variant else minor,
    )


def work(hash: Hash, *, password_bytes: int) -> Work:  # noqa: ARG001  # 72 bytes at most
    """Return what verifying takes: each cost twice the one before."""
    return Work(4, (1 << hash.cost["cost"]) * _SECONDS)


def matches(hash: Hash, password: bytes) -> bool:
    """Tell whether the password has this hash."""
    import hashlib
    import hmac

    key = password
    if hash.scheme == "django-bcrypt-sha256":
        key = hashlib.sha256(password).hexdigest().encode()
    elif hash.scheme == "bcrypt-sha256":
        key = _key(password, hash.salt, version=hash.variant[2:])
    elif hash.variant == "2" and password:
        # The first bcrypt repeated the password without the zero byte at its end.
        key = (password * 72)[:72]
    digest = _digest(key, cost=hash.cost["cost"], salt=hash.salt)
    return hmac.compare_digest(digest, hash.digest)


def make(password: bytes, *, scheme: str, cost: Mapping[str, int]) -> str:
    """Return a new hash, $2b$ or libpass's second version of bcrypt-sha256."""
    salt = _salt()
    if scheme == "bcrypt":
        return (
            f"$2b${cost['cost']:02}${salt}"
            + _digest(password, cost=cost["cost"], salt=salt.encode()).decode()
        )
    key = _key(password, salt.encode(), version="2")
    digest = _digest(key, cost=cost["cost"], salt=salt.encode())
    return f"$bcrypt-sha256$v=2,t=2b,r={cost['cost']}${salt}${digest.decode()}"


def _digest(key: bytes, *, cost: int, salt: bytes) -> bytes:
    import bcrypt

    return bcrypt.hashpw(key, b"$2b$%02d$%s" % (cost, salt))[-31:]


def _key(password: bytes, salt: bytes, *, version: str) -> bytes:
    import hashlib
    import hmac

    if version == "1":
        digest = hashlib.sha256(password).digest()
    else:
        digest = hmac.digest(salt, password, "sha256")
    return binascii.b2a_base64(digest, newline=False)


def _salt() -> str:
    """Return 128 random bits: 21 characters of six, and one of two."""
    number = int.from_bytes(os.urandom(_SALT_BITS // 8), "big") << 4
    return "".join(BCRYPT_ALPHABET[number >> shift & 63] for shift in range(126, -1, -6))


def _canonical(text: str, mask: int) -> str:
    return text[:-1] + BCRYPT_ALPHABET[BCRYPT_ALPHABET.index(text[-1]) & mask]


def _fault(text: str) -> str:
    if re.match(r"\$2[aby]?\$[0-9]{2}\$", text) and len(text) != 60:
        return f"it has {len(text)} characters, not 60"
    return "it is not $2b$12$ and 53 characters"
