"""From a hash's text to a `Hash`: by how it begins; every other text is told what it is not.

A hash is untrusted text: its length is bounded first, its numbers are checked by its family.
"""

from __future__ import annotations

import re

from authcli.errors import HashMalformed, HashUnusable, PasswordMismatch
from authcli.passwords.model import Hash
from authcli.passwords.schemes import FAMILIES, crypt

__all__ = ["MAX_HASH_CHARACTERS", "is_disabled", "read"]

MAX_HASH_CHARACTERS = 1024

#: Marks that LDAP, Dovecot and Spring put before a hash of another form.
_WRAPPER = (
    r"\{(?:CRYPT|ARGON2(?:ID|I|D)?|BCRYPT|BLF-CRYPT|SCRYPT|SHA256-CRYPT|SHA512-CRYPT|MD5-CRYPT"
    r"|DES-CRYPT)\}"
)
#: What is known by name and not computed here.
_UNSUPPORTED = {
    "$y$": "yescrypt",
    "$gy$": "gost-yescrypt",
    "$8$": "Cisco type 8",
    "$9$": "Cisco type 9",
    "$3$": "crypt(3)'s NT",
    "$md5": "Sun's MD5-crypt",
    "_": "BSDi's DES-crypt",
    "SCRAM-SHA-": "SCRAM",
}
_PLAIN = ("{NOOP}", "{PLAIN}", "{CLEARTEXT}")
_BARE = {32: "MD5 or NT", 40: "SHA-1", 56: "SHA-224", 64: "SHA-256", 96: "SHA-384", 128: "SHA-512"}
#: What a shell leaves of a hash in double quotes: "$argon2id", "$v" and "$1" are variables there.
_EXPANDED = (
    r"(?:argon2)?=[0-9]+(?:[=,]|$)"
    r"|-sha[0-9]"
    r"|[abxy]?[0-9./]"
    r"|(?:bcrypt_sha256|bcrypt|scrypt|sha1|md5)[0-9]"
)
_QUOTE = "single-quote it: in a shell's double quotes '$' begins a variable"


def read(text: str) -> Hash:
    """Return what a hash says.

    Args:
        text: the hash; blanks and line breaks around it are dropped.

    Raises:
        HashMalformed: no hash, or not a whole one.
        HashUnusable: one of a scheme that is not computed here.
        PasswordMismatch: the mark of an account without a password ("password.disabled"),
            which no password has.
    """
    if len(text) > MAX_HASH_CHARACTERS:
        raise HashMalformed(
            f"a hash has at most {MAX_HASH_CHARACTERS} characters, and this has {len(text)}"
        )
    bare = text.strip(" \t\r\n")
    if not bare.isascii() or not bare.isprintable():
        raise HashMalformed("a hash is printable ASCII in one line, and this is not")
    if bare.startswith("{"):
        # Names in braces are the same in lower case (RFC 2307).
        name, brace, rest = bare.partition("}")
        bare = re.sub(_WRAPPER, "", name.upper() + brace + rest, count=1)
    if is_disabled(bare):
        raise PasswordMismatch(
            "the account has no usable password: in its hash's place stands a mark that no password"
            " fits",
            code="password.disabled",
        )
    for family in FAMILIES:
        if bare.startswith(family.PREFIXES):
            return family.parse(bare)
    if re.fullmatch(crypt.DES, bare):
        return crypt.parse(bare)
    raise _unknown(bare)


def is_disabled(text: str) -> bool:
    """Tell whether a text in a hash's place says that the account has no usable password.

    `!`, `!!`, `*`, `*LK*` and `*NP*` of shadow files, a hash locked by `usermod -L` (a `!` before
    it), and Django's `!` with 40 random characters.
    """
    if text in ("!", "!!", "!*", "*", "*LK*", "*NP*") or re.fullmatch(r"![A-Za-z0-9]{40}", text):
        return True
    locked = text.lstrip("!")
    if locked == text or not locked:
        return False
    try:
        read(locked)
    except (HashUnusable, PasswordMismatch):
        return False
    return True


def _unknown(text: str) -> HashUnusable:
    if not text:
        return HashMalformed("the hash is empty")
    for prefix, name in _UNSUPPORTED.items():
        if text.startswith(prefix):
            return HashUnusable(
                f"this is a hash of {name}, which is not computed here",
                hint="authcli password schemes lists what is",
            )
    if text.startswith(_PLAIN):
        return HashUnusable(
            "this is no hash: its mark says that a password in plain text follows",
            hint="hash it: authcli password hash",
        )
    if re.fullmatch(r"md5[0-9a-f]{32}", text):
        return HashUnusable(
            "this is PostgreSQL's MD5, whose salt is the user's name",
            hint="have PostgreSQL make SCRAM hashes: password_encryption = 'scram-sha-256'",
        )
    if re.fullmatch(r"[0-9a-fA-F]+", text) and len(text) in _BARE:
        return HashUnusable(
            f"this is a bare digest ({_BARE[len(text)]}?), which says neither its scheme nor a"
            " salt",
        )
    if re.match(_EXPANDED, text):
        return HashMalformed(
            "this is no password hash; a shell seems to have taken its '$' for variables",
            hint=_QUOTE,
        )
    return HashMalformed("this is no password hash that is known", hint=_QUOTE)
