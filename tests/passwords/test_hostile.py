"""A hash from outside is untrusted: it runs for no more than two seconds, and breaks nothing."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli import passwords
from authcli.errors import AuthError, HashMalformed, HashUnusable, PasswordMismatch
from authcli.passwords.limits import Limits
from authcli.passwords.recognition import read
from authcli.passwords.schemes import SCHEMES
from tests.passwords.cheap import COSTS, MADE, make

B22, B43, B86 = "a" * 21 + ".", "A" * 43, "a" * 85 + "."
SALT = "c29tZXNhbHQ"

DEAR = [
    f"$argon2id$v=19$m=4194304,t=3,p=4${SALT}${B43}",
    f"$argon2id$v=19$m=65536,t=1000000,p=1${SALT}${B43}",
    f"$argon2d$m=4294967295,t=1,p=1${SALT}${B43}",
    f"$argon2id$v=19$m=524288,t=1,p=65536${SALT}${B43}",
    f"$argon2id$v=19$m=8,t=4294967295,p=1${SALT}${B43}",
    f"$argon2id$v=19$m=512,t=3300,p=64${SALT}${B43}",  # 800,000 threads over next to nothing
    f"argon2$argon2id$v=19$m=4194304,t=3,p=4${SALT}${B43}",
    "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    "$2b$15$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    "bcrypt_sha256$$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    "$bcrypt-sha256$v=2,t=2b,r=31$5Hg1DKFqPE8C2aflZ5vVoe$12BjNE0p7axMg55.Y/mHsYiVuFBDQyu",
    f"$6$rounds=999999999$salt${B86}",
    f"$5$rounds=999999999$salt${'a' * 42}.",
    f"$sha1$4294967295$salt${'a' * 28}",
    f"$P$Saaaaaaaa{B22}",
    f"$scrypt$ln=31,r=8,p=1${SALT}${B43}",
    f"$scrypt$ln=1,r=1,p=1000000000${SALT}${B43}",
    f"$scrypt$ln=1,r=1,p=1400000${SALT}${B43}",
    f"$scrypt$ln=1,r=32768,p=43${SALT}${B43}",
    f"$scrypt$ln=10,r=65536,p=16${SALT}${B43}",
    f"scrypt$salt$1073741824$8$1${'A' * 43}=",
    f"scrypt:32768:8:100000$salt${'ab' * 64}",
    f"$7$S6..../....salt${B43[:-1]}.",
    f"$pbkdf2-sha256$4294967295${SALT}${B43}",
    f"pbkdf2_sha256$2000000000$salt${'A' * 43}=",
    f"pbkdf2:sha512:2000000000$salt${'ab' * 64}",
    f"grub.pbkdf2.sha512.2000000000.AB.{'AB' * 64}",
]


@pytest.mark.parametrize("hash", DEAR)
def test_a_dear_hash_is_refused_before_it_is_computed(hash: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(HashUnusable) as refused:
        passwords.verify("x" * 60, hash)
    assert time.perf_counter() - begun < 2
    assert refused.value.code in ("password.hash-cost", "password.hash-malformed")


def test_the_limits_can_be_raised_each_alone() -> None:
    memory = f"$argon2id$v=19$m=1048576,t=1,p=1${SALT}${B43}"
    with pytest.raises(HashUnusable, match=r"1 GiB of memory \(the limit is 512 MiB\) and about 2"):
        passwords.verify("x", memory)
    with pytest.raises(HashUnusable, match=r"would take about 2\.5 s \(the limit is 2 s\)$"):
        passwords.verify("x", memory, limits=Limits(max_memory_kib=1 << 20))
    tight = Limits(max_memory_kib=32, max_seconds=9)
    with pytest.raises(HashUnusable, match=r"64 KiB of memory \(the limit is 32 KiB\)$"):
        passwords.verify("x", make("x"), limits=tight)
    assert passwords.verify("x", make("x"), limits=Limits(64, 0.01))


def test_a_long_password_counts_where_every_round_hashes_it() -> None:
    """SHA-512-crypt of 4096 bytes takes twenty times as long as of 10."""
    hash = f"$6$rounds=500000$salt${B86}"
    assert passwords.inspect(hash).work.seconds < 1
    with pytest.raises(HashUnusable) as refused:
        passwords.verify("x" * 4096, hash)
    assert refused.value.code == "password.hash-cost"


@pytest.mark.parametrize(
    ("scheme", "cost"),
    [
        ("argon2id", {"memory_kib": 16384, "iterations": 1, "lanes": 1}),
        ("argon2id", {"memory_kib": 128, "iterations": 50, "lanes": 16}),
        ("bcrypt", {"cost": 8}),
        ("scrypt", {"log_n": 12}),
        ("pbkdf2-sha256", {"rounds": 30_000}),
        ("pbkdf2-sha512", {"rounds": 30_000}),
        ("sha512-crypt", {"rounds": 30_000}),
        ("sha256-crypt", {"rounds": 30_000}),
    ],
)
def test_the_estimate_is_no_less_than_what_it_takes(scheme: str, cost: dict[str, int]) -> None:
    """Of processor time, with as much again for a slow machine."""
    hash = passwords.hash("x" * 50, scheme=scheme, **cost)  # type: ignore[arg-type]
    took = []
    for _ in range(3):
        begun = time.process_time()
        passwords.verify("x" * 50, hash)
        took.append(time.process_time() - begun)
    row = SCHEMES[scheme]
    assert min(took) < 2 * row.family.work(read(hash), password_bytes=50).seconds + 0.002


@pytest.mark.parametrize("scheme", MADE)
def test_a_hash_that_was_cut_is_malformed_and_no_mismatch(scheme: str) -> None:
    """At every length; argon2 and scrypt alone have digests of any length from 12 bytes up."""
    hash = make("x", scheme)
    least = hash.rindex("$") + 1 + 16 if scheme in ("argon2id", "scrypt") else len(hash)
    for size in range(least):
        with pytest.raises(HashUnusable):
            passwords.verify("x", hash[:size])


@given(st.sampled_from(MADE), st.data())
def test_a_changed_hash_is_never_anything_but_refused(scheme: str, data: st.DataObject) -> None:
    """By one character, anywhere: an error of ours, and never another password's yes."""
    hash = _HASHES.setdefault(scheme, make("x", scheme))
    place = data.draw(st.integers(0, len(hash) - 1))
    letter = data.draw(st.characters(max_codepoint=300))
    changed = hash[:place] + letter + hash[place + 1 :]
    with pytest.raises((HashUnusable, PasswordMismatch)):
        passwords.verify("y", changed)


_HASHES: dict[str, str] = {}


@given(st.text() | st.from_regex(r"[$a-z0-9{}!*._:,=/]{0,80}", fullmatch=True))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read(text)
    except AuthError as error:
        assert isinstance(error, HashUnusable | PasswordMismatch)


def test_a_text_of_any_length_is_refused_at_once() -> None:
    for text in ("$6$" + "a" * 10_000_000, "$2b$12$" * 300, "!" * 2000, "!" * 1000 + "$6$"):
        with pytest.raises(HashMalformed):
            read(text)


def test_no_cost_of_a_made_hash_is_beyond_the_limits() -> None:
    """What `hash` makes unasked, `verify` takes unasked."""
    for scheme in MADE:
        cheap = read(make("x", scheme))
        defaults = {setting.name: setting.default for setting in SCHEMES[scheme].settings}
        work = SCHEMES[scheme].family.work(cheap._replace(cost=defaults), password_bytes=72)
        assert work.memory_kib <= Limits().max_memory_kib
        assert work.seconds <= Limits().max_seconds / 2
    assert COSTS.keys() == set(MADE)
