"""Which hashes are outdated, and what a policy's file can say."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli import passwords
from authcli.errors import InvalidConfig, InvalidInput
from authcli.passwords.hash_policy import DEFAULT_HASH_POLICY
from authcli.passwords.password_policy import NIST, policy_named
from authcli.passwords.policy_files import Policies, parse_memory, read_policies
from tests.passwords.cheap import make

SALT, DIGEST = "c29tZXNhbHRzYWx0", "A" * 43


@pytest.mark.parametrize(
    ("hash", "outdated"),
    [
        # OWASP's five, Django's and RFC 9106's first; and a little less than each.
        (f"$argon2id$v=19$m=47104,t=1,p=1${SALT}${DIGEST}", False),
        (f"$argon2id$v=19$m=19456,t=2,p=1${SALT}${DIGEST}", False),
        (f"$argon2id$v=19$m=7168,t=5,p=1${SALT}${DIGEST}", False),
        (f"$argon2id$v=19$m=102400,t=2,p=8${SALT}${DIGEST}", False),
        (f"$argon2id$v=19$m=2097152,t=1,p=4${SALT}${DIGEST}", False),
        (f"$argon2id$v=19$m=47103,t=1,p=1${SALT}${DIGEST}", True),
        (f"$argon2id$v=19$m=7168,t=4,p=1${SALT}${DIGEST}", True),
        (f"$argon2i$v=19$m=65536,t=3,p=4${SALT}${DIGEST}", True),
        ("$2y$12$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", False),
        ("$2y$11$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", True),
        (f"$scrypt$ln=17,r=8,p=1${SALT}${DIGEST}", False),
        (f"$scrypt$ln=16,r=8,p=1${SALT}${DIGEST}", True),
        (f"$scrypt$ln=16,r=8,p=2${SALT}${DIGEST}", False),
        (f"pbkdf2_sha256$600000$seasaltsea${DIGEST}=", False),
        (f"pbkdf2_sha256$599999$seasaltsea${DIGEST}=", True),
    ],
)
def test_the_default_policy_takes_owasps_costs_and_nothing_below(hash: str, outdated: bool) -> None:
    assert passwords.needs_rehash(hash) is outdated


def test_a_weak_cost_is_told_with_the_nearest_that_would_do() -> None:
    (finding,) = passwords.inspect(f"$argon2id$v=19$m=19456,t=1,p=1${SALT}${DIGEST}").findings
    assert finding.message == (
        "memory 19 MiB, iterations 1, lanes 1 is less than memory 19 MiB, iterations 2, lanes 1"
    )


TOML = b"""
[hash]
scheme = "argon2id"
memory = "64KiB"
iterations = 1
lanes = 1

[accept]
bcrypt = { cost = 10 }
scrypt = [{ log_n = 15 }, { log_n = 14, lanes = 5 }]

[password]
base = "classic"
min_length = 12
classes = ["digit", "upper"]
"""


def test_a_file_says_how_hashes_are_made_and_which_may_stay() -> None:
    policies = read_policies(TOML)
    policy = policies.hash
    assert (policy.scheme, policy.cost) == (
        "argon2id",
        {"memory_kib": 64, "iterations": 1, "lanes": 1},
    )
    assert passwords.verify("a", make("a"), policy=policy).outdated is False
    assert passwords.needs_rehash(make("a", "bcrypt"), policy) is True
    assert passwords.needs_rehash(make("a", "pbkdf2-sha256"), policy) is True
    ten = "$2y$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
    assert passwords.needs_rehash(ten, policy) is False
    assert policies.password == ("of the file", 12, None, ("upper", "digit"), 1, True)


def test_json_says_the_same() -> None:
    import tomllib

    document = tomllib.loads(TOML.decode())
    assert read_policies(json.dumps(document).encode()) == read_policies(TOML)
    assert read_policies(b"") == read_policies(b"{}") == Policies()
    assert Policies() == (DEFAULT_HASH_POLICY, NIST)


@pytest.mark.parametrize(
    "text",
    [
        "[hash",
        "{",
        "[" * 100_000,
        "[hashes]\nscheme = 'bcrypt'",
        "[hash]\nscheme = 'md5-crypt'",
        "[hash]\nscheme = 'rot13'",
        "[hash]\nscheme = 5",
        "[hash]\nmemory = 64",
        "[hash]\nmemory = '64 MB'",
        "[hash]\nrounds = 10",
        "[hash]\niterations = true",
        "[hash]\niterations = 0",
        "[accept]\nbcrypt = []",
        "[accept]\nbcrypt = 12",
        "[accept]\nbcrypt = { cost = 'x' }",
        "accept = 1",
        "[password]\nminimum = 8",
        "[password]\nmin_length = 0",
        "[password]\nmin_length = 8.5",
        "[password]\nmin_score = 5",
        "[password]\nbase = 'strict'",
        "[password]\nclasses = ['emoji']",
        "[password]\nclasses = 'upper'",
        "[password]\nclasses = [[]]",
        '{"password": {"min_length": 15}, "password": {"min_length": 1}}',
        '{"password": {"min_score": NaN}}',
        "#" * 70_000,
    ],
)
def test_a_file_that_no_policy_can_be_is_refused(text: str) -> None:
    """A misspelt rule would be one that does not hold."""
    with pytest.raises(InvalidConfig) as refused:
        read_policies(text.encode())
    assert refused.value.code == "password.policy"


def test_a_name_of_thousands_of_parts_is_refused_soon() -> None:
    """tomllib takes five seconds for these 40 kB, and four times that for twice as many."""
    began = time.process_time()
    with pytest.raises(InvalidConfig, match="nested too deeply"):
        read_policies(b"a" + b".a" * 20_000 + b" = 1")
    assert time.process_time() - began < 1


@given(st.binary(max_size=60))
def test_any_bytes_are_a_policy_or_refused(data: bytes) -> None:
    try:
        read_policies(data)
    except InvalidConfig as error:
        assert error.code == "password.policy"


@pytest.mark.parametrize(
    ("text", "kib"),
    [("64MiB", 65536), ("1 GiB", 1 << 20), ("19456", 19456), ("2g", 2 << 20), ("8k", 8)],
)
def test_memory_is_written_with_units(text: str, kib: int) -> None:
    assert parse_memory(text) == kib


@pytest.mark.parametrize("text", ["", "0", "64MB", "-1MiB", "1.5GiB", "\u0661", "MiB", "9" * 99])
def test_what_is_no_memory_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_memory(text)


def test_a_policy_has_a_name() -> None:
    assert policy_named("nist").min_length == 15
    with pytest.raises(InvalidInput, match="no policy"):
        policy_named("strict")
