"""Passwords: hashed, verified, judged, made; and hashes of other software read.

    from authcli import passwords

    hash = passwords.hash("correct horse battery staple")
    verified = passwords.verify("correct horse battery staple", hash)
    if verified.outdated:
        hash = passwords.hash("correct horse battery staple")

The modules, each adding one idea:

    model         Scheme, Hash, Verified, HashInfo     passtext      text to bytes: bounded, NFC
    schemes/      the table, a module a family         recognition   which hash a text is
    limits        what a hash from outside may cost    hash_policy   which hashes are outdated
    hashing       hash, verify, inspect                tuning        costs for this machine
    common_passwords, guessing   a built-in estimate   zxcvbn        a better one, from an extra
    password_policy              nist, classic         breaches      a file of leaked passwords
    strength      the judgement of all of them         generator     passwords and passphrases
    policy_files  policies in TOML and JSON            htpasswd      Apache's files of users
    user_tables, user_columns    whole user tables     turns         files that many change

A wrong password raises `PasswordMismatch`; a hash that cannot be used, `HashUnusable` (malformed:
`HashMalformed`). Bytes are hashed as they are, text in NFC (`passtext` says why). The functions
here import what they need when called.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, TypedDict, Unpack

if TYPE_CHECKING:
    from pathlib import Path

    from authcli.passwords.generator import Generated
    from authcli.passwords.hash_policy import HashPolicy
    from authcli.passwords.limits import Limits
    from authcli.passwords.model import HashInfo, Password, Verified
    from authcli.passwords.passtext import Normalization
    from authcli.passwords.password_policy import PasswordPolicy
    from authcli.passwords.strength import Strength
    from authcli.passwords.tuning import Tuned


class CostOptions(TypedDict, total=False):
    """What makes a scheme slower; each scheme has some of these (`SCHEMES[…].settings`)."""

    memory_kib: int
    iterations: int
    lanes: int
    cost: int
    rounds: int
    log_n: int
    block_size: int


__all__ = [
    "CostOptions",
    "check",
    "generate",
    "generate_passphrase",
    "hash",
    "inspect",
    "needs_rehash",
    "tune",
    "verify",
]


def hash(
    password: Password,
    *,
    scheme: str = "argon2id",
    normalization: Normalization = "nfc",
    **cost: Unpack[CostOptions],
) -> str:
    """Return a new hash with a random salt.

    Args:
        password: text, bytes or a `Secret`; 1 to 4096 bytes.
        scheme: a name of `authcli.passwords.schemes.SCHEMES` that is made.
        normalization: of text: "nfc", "nfkc" or "none".
        cost: the scheme's settings, where they are not its defaults.

    Raises:
        InvalidInput: the password is empty or too long for the scheme, or a cost is out of its
            bounds; `code` tells which.
        Unavailable: the memory that the cost names cannot be had.

    Source: RFC 9106, section 4; OWASP Password Storage Cheat Sheet.
    """
    from authcli.passwords import hashing

    return hashing.hash_password(password, scheme=scheme, cost=cost, normalization=normalization)


def verify(
    password: Password,
    hash: str | None,
    *,
    policy: HashPolicy | None = None,
    limits: Limits | None = None,
    normalization: Normalization = "nfc",
) -> Verified:
    """Return the scheme, and whether the hash is outdated; raise where the password is not its.

    Args:
        password: text, bytes or a `Secret`.
        hash: the hash, untrusted; None for a user that does not exist, which takes as long and
            ends in the same error as a wrong password.
        policy: which hashes are outdated; the default is in `authcli.passwords.hash_policy`.
        limits: what verifying may cost; the default is 512 MiB and 2 seconds.
        normalization: of text; where that fails the text is tried as it was given.

    Raises:
        PasswordMismatch: the password does not have this hash, or none can ("password.disabled").
        HashMalformed: the hash is none, or not whole.
        HashUnusable: its scheme is not computed, or its cost is beyond `limits`.
        InvalidInput: a password that the scheme would cut: 72 bytes of bcrypt, a zero byte.
    """
    from authcli.passwords import hashing
    from authcli.passwords.hash_policy import DEFAULT_HASH_POLICY
    from authcli.passwords.limits import DEFAULT_LIMITS

    return hashing.verify_password(
        password,
        hash,
        policy=policy or DEFAULT_HASH_POLICY,
        limits=limits or DEFAULT_LIMITS,
        normalization=normalization,
    )


def inspect(hash: str, *, policy: HashPolicy | None = None) -> HashInfo:
    """Return what a hash says of itself, and what the policy finds; nothing is computed.

    Raises:
        HashUnusable, PasswordMismatch: as `verify` does of the hash alone.
    """
    from authcli.passwords import hashing
    from authcli.passwords.hash_policy import DEFAULT_HASH_POLICY

    return hashing.info_of(hash, policy=policy or DEFAULT_HASH_POLICY)


def needs_rehash(hash: str, policy: HashPolicy | None = None) -> bool:
    """Tell whether the policy wants the hash made anew; raises what `inspect` does."""
    return inspect(hash, policy=policy).outdated


def check(
    password: Password,
    *,
    policy: PasswordPolicy | None = None,
    about: Sequence[str] = (),
    known_bad: Collection[str] = (),
    breached: Path | None = None,
) -> Strength:
    """Return how strong a password is, 0 to 4, and what the policy finds wrong with it.

    Args:
        password: text, or what holds UTF-8.
        policy: of `authcli.passwords.password_policy`; the default is NIST's.
        about: what an attacker knows of its owner: user name, e-mail address, the service.
        known_bad: passwords that are refused beside the built-in list, in any case of letters.
        breached: a file or folder of Have I Been Pwned, sorted by hash, SHA-1 or NTLM.

    Raises:
        InvalidInput: no text; or a file that is none of those.
    """
    from authcli.passwords import strength
    from authcli.passwords.password_policy import NIST

    return strength.judge(
        password, policy=policy or NIST, about=about, known_bad=known_bad, breached=breached
    )


def generate(length: int = 20, *, alphabet: str = "all", every_class: bool = False) -> Generated:
    """Return a random password and its entropy in bits.

    Args:
        length: characters, 8 to 512 (4 digits are a PIN).
        alphabet: "all", "alphanumeric", "unambiguous", "digits", "hex", or the characters.
        every_class: whether it holds an upper and a lower case letter, a digit and a symbol,
            for sites that insist.

    Raises:
        InvalidInput: a length or an alphabet that gives no password.
    """
    from authcli.passwords import generator

    return generator.password(length, alphabet=alphabet, every_class=every_class)


def generate_passphrase(
    words: int = 6, *, word_list: str = "eff-long", separator: str = "-"
) -> Generated:
    """Return a random passphrase and its entropy in bits.

    Args:
        words: how many, 3 to 64.
        word_list: "eff-long" (7776 words), "eff-short", "eff-prefixed" or "bip39".
        separator: what stands between them.

    Raises:
        InvalidInput: a number of words or a list that there is not.
        Unavailable: libpass, which brings the lists, is missing or overwritten.
    """
    from authcli.passwords import generator

    return generator.passphrase(words, word_list=word_list, separator=separator)


def tune(
    target_ms: float = 250, *, scheme: str = "argon2id", max_memory_kib: int = 1 << 20
) -> Tuned:
    """Return the costs at which this machine takes so long for one hash, by measuring it.

    Args:
        target_ms: milliseconds, 1 to 10,000.
        scheme: one that is made.
        max_memory_kib: the most memory that one hash may take.

    Raises:
        InvalidInput: a target or a scheme that cannot be tuned for.
    """
    from authcli.passwords import tuning

    return tuning.tune(target_ms, scheme=scheme, max_memory_kib=max_memory_kib)
