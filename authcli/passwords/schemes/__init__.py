"""The schemes of password hashes: one table, and a module a family.

    argon2     argon2id, argon2i, argon2d          scrypt     scrypt
    bcrypt     bcrypt, bcrypt-sha256, Django's     pbkdf2     with SHA-1, SHA-256, SHA-512
    crypt      crypt(3)'s old ones, by libpass     digests    LDAP's, old Django's, MySQL's

hashlib and hmac, which load OpenSSL, are imported where they are used: argon2 and bcrypt make a
hash without them, and 3 ms sooner.

Costs for new hashes follow RFC 9106 (section 4, the second recommended option) and OWASP's
Password Storage Cheat Sheet; `low` is what the algorithm allows, for tests and for reading.
"""

from __future__ import annotations

from authcli.errors import InvalidInput
from authcli.passwords.model import Family, Scheme, Setting
from authcli.passwords.schemes import argon2, bcrypt, crypt, digests, pbkdf2, scrypt

__all__ = ["DEFAULT_SCHEME", "FAMILIES", "SCHEMES", "scheme_named"]

DEFAULT_SCHEME = "argon2id"

FAMILIES: tuple[Family, ...] = (argon2, bcrypt, crypt, pbkdf2, scrypt, digests)

RFC_9106_LOW_MEMORY_KIB = 64 * 1024
_ARGON2 = (
    Setting("memory_kib", RFC_9106_LOW_MEMORY_KIB, 8, 4 << 20),
    Setting("iterations", 3, 1, 1000),
    Setting("lanes", 4, 1, 64),
)
_BCRYPT = (Setting("cost", 12, 4, 18, logarithmic=True),)
_SCRYPT = (
    Setting("log_n", 17, 1, 24, logarithmic=True),
    Setting("block_size", 8, 1, 64),
    Setting("lanes", 1, 1, 64),
)
_SHA2_CRYPT = (Setting("rounds", 656_000, 1000, 10_000_000),)


def _pbkdf2(rounds: int) -> tuple[Setting, ...]:
    return (Setting("rounds", rounds, 1, 50_000_000),)


_ROWS = (
    Scheme("argon2id", argon2, "current", "RFC 9106: needs memory and time", _ARGON2, makes=True),
    Scheme(
        "bcrypt",
        bcrypt,
        "current",
        "of 1999, everywhere; 72 bytes at most",
        _BCRYPT,
        makes=True,
        max_bytes=72,
        takes_nul=False,
    ),
    Scheme(
        "bcrypt-sha256",
        bcrypt,
        "current",
        "bcrypt for passwords of any length",
        _BCRYPT,
        makes=True,
    ),
    Scheme("scrypt", scrypt, "current", "RFC 7914: needs memory", _SCRYPT, makes=True),
    Scheme(
        "pbkdf2-sha256",
        pbkdf2,
        "current",
        "FIPS 140's only one",
        _pbkdf2(600_000),
        makes=True,
    ),
    Scheme(
        "pbkdf2-sha512",
        pbkdf2,
        "current",
        "likewise, on 64-bit machines",
        _pbkdf2(210_000),
        makes=True,
    ),
    Scheme(
        "sha512-crypt",
        crypt,
        "dated",
        "Linux's /etc/shadow ($6$)",
        _SHA2_CRYPT,
        makes=True,
        takes_nul=False,
    ),
    Scheme(
        "sha256-crypt",
        crypt,
        "dated",
        "Linux's /etc/shadow ($5$)",
        _SHA2_CRYPT,
        makes=True,
        takes_nul=False,
    ),
    Scheme("argon2i", argon2, "dated", "argon2 for other uses", _ARGON2),
    Scheme("argon2d", argon2, "dated", "argon2 for other uses", _ARGON2),
    Scheme("pbkdf2-sha1", pbkdf2, "dated", "PBKDF2 of 2000", _pbkdf2(1_300_000)),
    Scheme("django-bcrypt-sha256", bcrypt, "dated", "Django's BCryptSHA256", _BCRYPT),
    Scheme("sha1-crypt", crypt, "dated", "NetBSD's", takes_nul=False),
    Scheme("phpass", crypt, "dated", "WordPress and phpBB ($P$, $H$)"),
    Scheme("md5-crypt", crypt, "broken", "Linux of the 1990s ($1$)", takes_nul=False),
    Scheme("apr1", crypt, "broken", "Apache's MD5 ($apr1$)", takes_nul=False),
    Scheme("des-crypt", crypt, "broken", "Unix of the 1970s: 8 characters", takes_nul=False),
    Scheme("django-sha1", digests, "broken", "one salted SHA-1, Django's"),
    Scheme("django-md5", digests, "broken", "one salted MD5, Django's"),
    Scheme("mysql41", digests, "broken", "two SHA-1 without salt"),
    *(
        Scheme(f"ldap-{name}", digests, "broken", f"one {how} digest, LDAP's")
        for how, names in {
            "salted": ("ssha", "ssha256", "ssha384", "ssha512", "smd5"),
            "bare": ("sha", "sha256", "sha384", "sha512", "md5"),
        }.items()
        for name in names
    ),
)

#: Every scheme that is read, the ones that are made first.
SCHEMES: dict[str, Scheme] = {row.name: row for row in _ROWS}


def scheme_named(name: str) -> Scheme:
    """Return a row by its name, in which "_" is as good as "-" (libpass's names).

    Raises:
        InvalidInput: there is none ("password.scheme").
    """
    row = SCHEMES.get(name.lower().replace("_", "-"))
    if row is None:
        made = ", ".join(row.name for row in _ROWS if row.makes)
        raise InvalidInput(
            f"there is no scheme {ascii(name)[:40]}", hint=f"one of {made}", code="password.scheme"
        )
    return row
