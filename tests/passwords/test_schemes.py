"""Each scheme's own bounds: what its hashes may say, to the last character and the last number."""

from __future__ import annotations

import base64
import hashlib

import bcrypt
import pytest
from argon2 import low_level

from authcli import passwords
from authcli.errors import HashMalformed, HashUnusable, PasswordMismatch
from authcli.passwords.limits import Limits, check_work
from authcli.passwords.model import Work
from authcli.passwords.passtext import candidates
from authcli.passwords.recognition import MAX_HASH_CHARACTERS, is_disabled, read
from tests.passwords.cheap import MADE, make
from tests.passwords.test_recognition import FORMS

B22, B43 = "a" * 21 + ".", "A" * 43
S8, S7 = "c29tZXNhbHQ", "c29tZXNhbA"
D12, D11 = "A" * 16, "A" * 15
HEX64 = "ab" * 64
ARGON2 = "$argon2id$v=19$m={},t={},p={}${}${}"
BCRYPT = "$2b${}$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
LIBPASS = "$bcrypt-sha256$v=2,t=2b,r=12${}$12BjNE0p7axMg55.Y/mHsYiVuFBDQyu"

#: One of each way of writing a hash.
WRITTEN = [
    *(hash for hash, _, _ in FORMS),
    ARGON2.format(8, 1, 1, S8, B43),
    f"argon2$argon2i$m=8,t=1,p=1${S8}${B43}",
    LIBPASS.format("5Hg1DKFqPE8C2aflZ5vVoe"),
    "$bcrypt-sha256$2b,12$5Hg1DKFqPE8C2aflZ5vVoe$12BjNE0p7axMg55.Y/mHsYiVuFBDQyu",
    f"$scrypt$ln=4,r=8,p=1${S8}${B43}",
    f"$7$2/..../....salt${B43[:-1]}.",
    f"scrypt$salt$16$8$1${B43}=",
    f"scrypt:16:8:1$salt${HEX64}",
    f"$pbkdf2-sha256$10${S8}${B43}",
    f"pbkdf2_sha256$10$salt${B43}=",
    f"pbkdf2:sha512:10$salt${HEX64}",
    f"grub.pbkdf2.sha512.10.AB.{'AB' * 64}",
    "{PBKDF2-SHA256}10$" + f"{S8}${B43}",
    "{PKCS5S2}" + "A" * 64,
    f"$P$5aaaaaaaa{B22}",
    f"$H$5aaaaaaaa{B22}",
]


@pytest.mark.parametrize("junk", ["~", "$", "$$x", "!", ":", "x\x7f", " x", "\ny"])
def test_what_follows_a_hash_makes_it_none(junk: str) -> None:
    """It is read to its end: what was pasted twice, or wrongly, is never a wrong password."""
    for hash in (*WRITTEN, *(make("x", scheme) for scheme in MADE)):
        assert read(hash)
        with pytest.raises(HashUnusable):
            read(hash + junk)


@pytest.mark.parametrize(
    ("sound", "beyond"),
    [
        (ARGON2.format(8, 1, 1, S8, D12), ARGON2.format(8, 1, 1, S7, D12)),
        (ARGON2.format(8, 1, 1, S8, D12), ARGON2.format(8, 1, 1, S8, D11)),
        (ARGON2.format(16, 1, 2, S8, D12), ARGON2.format(15, 1, 2, S8, D12)),
        (ARGON2.format(2**32 - 1, 1, 1, S8, D12), ARGON2.format(2**32, 1, 1, S8, D12)),
        (ARGON2.format(8, 2**32 - 1, 1, S8, D12), ARGON2.format(8, 2**32, 1, S8, D12)),
        (
            ARGON2.format(2**27, 1, 2**24 - 1, S8, D12),
            ARGON2.format(2**27, 1, 2**24, S8, D12),
        ),
        (BCRYPT.format("04"), BCRYPT.format("03")),
        (BCRYPT.format("31"), BCRYPT.format("32")),
        (LIBPASS.format("5Hg1DKFqPE8C2aflZ5vVoe"), LIBPASS.format("5Hg1DKFqPE8C2aflZ5vVof")),
        (f"$scrypt$ln=1,r=8,p=1${S8}${D12}", f"scrypt$salt$3$8$1${D12}"),
        (f"$scrypt$ln=31,r=8,p=1${S8}${D12}", f"$scrypt$ln=32,r=8,p=1${S8}${D12}"),
        (
            f"$scrypt$ln=1,r=1,p={2**30 - 1}${S8}${D12}",
            f"$scrypt$ln=1,r=1,p={2**30}${S8}${D12}",
        ),
        (f"$scrypt$ln=1,r=8,p=1${S8}${D12}", f"$scrypt$ln=1,r=8,p=1${S8}${D11}"),
        (f"scrypt:16:8:1$salt${HEX64}", f"scrypt:16:8:1$salt${HEX64}a"),
        (f"$7$2/..../....salt${B43[:-1]}.", f"$7$2...../....salt${B43[:-1]}."),
        (f"pbkdf2:sha512:1$salt${HEX64}", f"pbkdf2:sha512:1$salt${HEX64}a"),
        (f"pbkdf2:sha512:1$salt${HEX64}", f"pbkdf2:sha512:1$salt${HEX64[:-2]}"),
        (f"$P$5aaaaaaaa{B22}", f"$P$4aaaaaaaa{B22}"),
        (f"$P$Saaaaaaaa{B22}", f"$P$Taaaaaaaa{B22}"),
        (f"$P$5aaaaaaaa{B22}", f"$P$5aaaaaaaa{B22[:-1]}z"),
    ],
)
def test_a_number_at_its_bound_is_read_and_one_beyond_is_not(sound: str, beyond: str) -> None:
    """Read only: what is sound may still cost too much to be verified."""
    assert read(sound)
    with pytest.raises(HashMalformed):
        read(beyond)


@pytest.mark.parametrize("kind", [low_level.Type.ID, low_level.Type.I, low_level.Type.D])
@pytest.mark.parametrize("before", ["", "argon2"])
def test_each_argon2_is_verified_as_itself(kind: low_level.Type, before: str) -> None:
    """Against hashes that the reference implementation writes; Django's have a word before."""
    text = low_level.hash_secret(b"right", b"somesalt", 1, 16, 2, 16, kind).decode()
    hash = f"{before}{text}"
    assert passwords.inspect(hash).form == ("django" if before else "crypt")
    assert passwords.verify("right", hash).scheme == text.split("$")[1]
    with pytest.raises(PasswordMismatch):
        passwords.verify("wrong", hash)


def test_bcrypt_over_sha_256_is_verified_in_each_form() -> None:
    """libpass's first version, and Django's, made here from their definitions."""
    salt, data = "CCCCCCCCCCCCCCCCCCCCC.", b"right" * 20

    def digest(key: bytes) -> str:
        return bcrypt.hashpw(key, f"$2b$04${salt}".encode()).decode()

    first = digest(base64.b64encode(hashlib.sha256(data).digest()))
    django = digest(hashlib.sha256(data).hexdigest().encode())
    for hash, scheme in (
        (f"$bcrypt-sha256$2b,4${salt}${first[-31:]}", "bcrypt-sha256"),
        (f"bcrypt_sha256${django}", "django-bcrypt-sha256"),
    ):
        assert passwords.verify(data, hash).scheme == scheme
        with pytest.raises(PasswordMismatch):
            passwords.verify(data + b"!", hash)


def test_bcrypts_of_other_writers_are_verified() -> None:
    """The first of all repeats the password; some fill the bits that a salt has to spare."""
    salt = "CCCCCCCCCCCCCCCCCCCCC"
    repeated = bcrypt.hashpw((b"right" * 72)[:72], f"$2b$04${salt}.".encode()).decode()
    plain = bcrypt.hashpw(b"right", f"$2b$04${salt}.".encode()).decode()
    for hash in (repeated.replace("$2b$", "$2$", 1), plain.replace(f"{salt}.", f"{salt}/")):
        assert passwords.verify("right", hash).scheme == "bcrypt"
        with pytest.raises(PasswordMismatch):
            passwords.verify("wrong", hash)


def test_pbkdf2_without_a_name_is_of_sha_1() -> None:
    digest = hashlib.pbkdf2_hmac("sha1", b"right", b"somesalt", 10)
    text = base64.b64encode(digest).decode().rstrip("=").replace("+", ".")
    for hash in (f"$pbkdf2$10${S8}${text}", "{PBKDF2}10$" + f"{S8}${text}"):
        assert passwords.verify("right", hash).scheme == "pbkdf2-sha1"


def test_a_password_in_its_normal_form_is_tried_once() -> None:
    """Twice would take twice as long, and halve what a hash may cost."""
    assert candidates("caf\u00e9") == ["caf\u00e9".encode()]
    assert candidates("cafe\u0301") == ["caf\u00e9".encode(), "cafe\u0301".encode()]
    assert candidates("cafe\u0301", normalization="none") == ["cafe\u0301".encode()]


def test_each_limit_is_kept_to_alone() -> None:
    limits = Limits(max_memory_kib=64, max_seconds=1.0, max_lanes=4)
    check_work(Work(64, 1.0, 4), limits=limits, scheme="argon2id")
    for work, said in (
        (Work(65, 1.0, 4), "65 KiB of memory (the limit is 64 KiB)"),
        (Work(64, 1.1, 4), "about 1.1 s (the limit is 1 s)"),
        (Work(64, 1.0, 5), "5 threads (the limit is 4)"),
    ):
        with pytest.raises(HashUnusable) as refused:
            check_work(work, limits=limits, scheme="argon2id")
        assert refused.value.message == f"verifying this argon2id hash would take {said}"


def test_the_longest_of_the_forms_of_a_password_counts() -> None:
    """An accent of its own takes three bytes, one within its letter two."""
    hash = f"$6$rounds=100000$salt${'a' * 85}."
    short = passwords.inspect(hash).work.seconds
    password = "e\u0301" * 1000
    limits = Limits(max_seconds=2 * (short + 100_000 * 4e-9 * 2500))
    with pytest.raises(HashUnusable) as refused:
        passwords.verify(password, hash, limits=limits)
    assert refused.value.code == "password.hash-cost"


def test_a_hash_has_a_longest_length() -> None:
    hash = make("x")
    assert read(hash.ljust(MAX_HASH_CHARACTERS))
    with pytest.raises(HashMalformed, match="at most 1024 characters"):
        read(hash.ljust(MAX_HASH_CHARACTERS + 1))


def test_a_mark_in_letters_of_another_script_is_no_mark() -> None:
    """The long s becomes an S in capitals, and a fullwidth one stays what it is."""
    for mark in ("{\u017fHA}", "{\uff33HA}"):
        with pytest.raises(HashMalformed):
            read(mark + "W6ph5Mm5Pz8GgiULbPgzG37mj9g=")


def test_only_djangos_own_mark_has_letters_after_it() -> None:
    assert is_disabled("!" + "a" * 40)
    for text in ("!" + "a" * 39, "!" + "a" * 41, "!" + "a" * 39 + "-", "!x", ""):
        assert not is_disabled(text)


def test_a_salt_of_sixty_four_bits_is_enough() -> None:
    def codes(salt: str) -> list[str]:
        info = passwords.inspect(f"$pbkdf2-sha256$600000${salt}${B43}")
        return [finding.code for finding in info.findings]

    assert codes(S8) == []
    assert codes(S7) == ["password.hash-salt"]
