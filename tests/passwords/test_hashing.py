"""hash and verify: what is hashed is verified, and nothing else is; nothing is cut."""

from __future__ import annotations

import time
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli import passwords
from authcli.errors import HashMalformed, InvalidInput, PasswordMismatch
from authcli.passwords.hash_policy import HashPolicy
from authcli.passwords.hashing import full_cost
from authcli.passwords.schemes import SCHEMES
from authcli.secret import Secret
from tests.passwords.cheap import COSTS, MADE, make

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@pytest.mark.parametrize("scheme", MADE)
def test_what_is_hashed_is_verified_and_nothing_else(scheme: str) -> None:
    hash = make("Tr0ub4dor&3 é", scheme)
    assert passwords.verify("Tr0ub4dor&3 é", hash).scheme == scheme
    assert make("Tr0ub4dor&3 é", scheme) != hash
    for wrong in ("", "Tr0ub4dor&3", "tr0ub4dor&3 é", "Tr0ub4dor&3 é "):
        with pytest.raises(PasswordMismatch) as refused:
            passwords.verify(wrong, hash)
        assert refused.value.code == "password.mismatch"


@given(TEXTS, TEXTS)
def test_two_texts_are_one_password_only_when_they_are_one_text(one: str, other: str) -> None:
    hash = make(one)
    assert passwords.verify(one, hash)
    if unicodedata.normalize("NFC", one) != unicodedata.normalize("NFC", other):
        with pytest.raises(PasswordMismatch):
            passwords.verify(other, hash)


@given(st.binary(min_size=1, max_size=100))
def test_bytes_are_hashed_as_they_are(data: bytes) -> None:
    """Zero bytes, broken UTF-8, and past bcrypt's 72 bytes.

    One zero byte more at the end is the same to HMAC, and so to PBKDF2 and scrypt (RFC 2104).
    """
    for scheme in ("argon2id", "bcrypt-sha256", "scrypt"):
        hash = make(data, scheme)
        assert passwords.verify(data, hash)
        with pytest.raises(PasswordMismatch):
            passwords.verify(data + b"\1", hash)


def test_every_default_cost_is_what_the_policy_wants() -> None:
    """So that a hash made today is not outdated today; no cost is computed for it."""
    from authcli.passwords.hash_policy import DEFAULT_HASH_POLICY

    for scheme, floors in DEFAULT_HASH_POLICY.accept.items():
        defaults = {setting.name: setting.default for setting in SCHEMES[scheme].settings}
        assert any(all(defaults[name] >= n for name, n in floor.items()) for floor in floors)


def test_the_default_is_argon2id_at_rfc_9106s_second_recommended_cost() -> None:
    hash = passwords.hash("a")
    assert hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.verify("a", hash) == ("argon2id", False, ())
    assert passwords.needs_rehash(hash) is False


def test_a_cheap_hash_verifies_and_is_outdated() -> None:
    verified = passwords.verify("a", make("a"))
    assert verified.outdated
    assert [finding.code for finding in verified.findings] == ["password.hash-weak"]


def test_one_password_in_two_normal_forms_is_one() -> None:
    """U+00E9, and e with U+0301, as macOS writes file names."""
    for hashed, typed in (("caf\u00e9", "cafe\u0301"), ("cafe\u0301", "caf\u00e9")):
        assert passwords.verify(typed, make(hashed))


def test_a_hash_of_software_that_does_not_normalise_verifies_as_it_was_typed() -> None:
    raw = make("cafe\u0301".encode())
    assert passwords.verify("cafe\u0301", raw)
    with pytest.raises(PasswordMismatch):
        passwords.verify("caf\u00e9", raw)


def test_nfkc_and_no_normalisation_can_be_chosen() -> None:
    options = COSTS["argon2id"]
    folded = passwords.hash("\ufb01sh", normalization="nfkc", **options)
    assert passwords.verify("fish", folded)
    with pytest.raises(PasswordMismatch):
        passwords.verify("\ufb01sh", folded)
    assert passwords.verify("\ufb01sh", folded, normalization="nfkc")
    plain = passwords.hash("cafe\u0301", normalization="none", **options)
    assert passwords.verify("cafe\u0301".encode(), plain)
    with pytest.raises(InvalidInput, match="no normalization"):
        passwords.hash("a", normalization="nfd", **options)  # type: ignore[arg-type]


def test_a_secret_is_text_where_it_is_utf_8() -> None:
    assert passwords.verify(Secret("cafe\u0301"), make("caf\u00e9"))
    assert passwords.verify(Secret(b"\xff\xfe"), make(b"\xff\xfe"))


def test_bcrypt_refuses_what_it_would_cut_with_the_count_and_the_way_out() -> None:
    """36 letters of two bytes fit, 37 do not; in verifying too."""
    hash = make("é" * 36, "bcrypt")
    assert passwords.verify("é" * 36, hash)
    for attempt in (lambda: make("é" * 37, "bcrypt"), lambda: passwords.verify("é" * 37, hash)):
        with pytest.raises(InvalidInput, match="has 74 bytes and bcrypt takes 72") as refused:
            attempt()
        assert refused.value.code == "password.too-long"
        assert "bcrypt-sha256" in str(refused.value.hint)


@pytest.mark.parametrize("scheme", ["bcrypt", "sha512-crypt"])
def test_a_zero_byte_is_refused_where_it_would_end_the_password(scheme: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        make("a\0b", scheme)
    assert refused.value.code == "password.nul"
    with pytest.raises(InvalidInput) as refused:
        passwords.verify("a\0b", make("a", scheme))
    assert refused.value.code == "password.nul"


def test_lengths_are_bounded_before_anything_is_done_with_the_text() -> None:
    """200 kB of combining marks take seconds to put in order."""
    for password in ("a" * 4097, "\u0301\u0316" * 100_000, b"a" * 4097, "é" * 2049):
        with pytest.raises(InvalidInput) as refused:
            make(password)
        assert refused.value.code == "password.too-long"
    assert passwords.verify("a" * 4096, make("a" * 4096))


@pytest.mark.parametrize(
    ("password", "code"),
    [("", "password.empty"), (b"", "password.empty"), ("\ud800", "password.not-text")],
)
def test_what_is_no_password_is_not_hashed(password: str | bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        make(password)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("scheme", "cost"),
    [
        ("bcrypt", {"cost": 3}),
        ("bcrypt", {"cost": 31}),
        ("bcrypt", {"rounds": 12}),
        ("argon2id", {"memory_kib": 8, "lanes": 2}),
        ("argon2id", {"memory_kib": 1 << 40}),
        ("argon2id", {"iterations": True}),
        ("scrypt", {"log_n": 17.5}),
        ("pbkdf2-sha256", {"rounds": 0}),
        ("pbkdf2-sha256", {"rounds": 10**5000}),
    ],
)
def test_a_cost_out_of_bounds_is_refused_with_the_bounds(scheme: str, cost: CostLike) -> None:
    with pytest.raises(InvalidInput) as refused:
        passwords.hash("a", scheme=scheme, **cost)  # type: ignore[arg-type]
    assert refused.value.code == "password.cost"
    assert refused.value.hint


CostLike = dict[str, object]


@pytest.mark.parametrize("scheme", ["md5-crypt", "argon2d", "rot13", "ldap-ssha"])
def test_what_is_of_the_past_is_not_made(scheme: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        passwords.hash("a", scheme=scheme)
    assert refused.value.code == "password.scheme"


def test_libpasss_names_are_understood() -> None:
    assert passwords.hash("a", scheme="pbkdf2_sha256", rounds=1).startswith("$pbkdf2-sha256$1$")


def test_a_user_that_does_not_exist_is_refused_as_one_with_another_password() -> None:
    policy = HashPolicy("bcrypt", {"cost": 4})
    with pytest.raises(PasswordMismatch) as absent:
        passwords.verify("a", None, policy=policy)
    with pytest.raises(PasswordMismatch) as wrong:
        passwords.verify("a", make("b", "bcrypt"), policy=policy)
    assert (absent.value.code, absent.value.message) == (wrong.value.code, wrong.value.message)


@pytest.mark.parametrize("password", ["e\u0301" * 9, "plain"])
def test_a_user_that_does_not_exist_takes_as_long_as_one_with_another_password(
    password: str,
) -> None:
    """Also where two forms of the password are tried: e, an accent, and both in one."""
    policy, hash = HashPolicy("bcrypt", {"cost": 8}), passwords.hash("b", scheme="bcrypt", cost=8)

    def took(hash: str | None) -> float:
        best = 9.0
        for _ in range(3):
            begun = time.process_time()
            with pytest.raises(PasswordMismatch):
                passwords.verify(password, hash, policy=policy)
            best = min(best, time.process_time() - begun)
        return best

    assert 0.6 < took(None) / took(hash) < 1.7


@pytest.mark.parametrize("password", ["x" * 73, "e\u0301" * 30, "a\0b"])
def test_a_user_that_does_not_exist_is_refused_as_others_for_what_does_not_fit(
    password: str,
) -> None:
    """Else 73 letters would tell who there is."""
    policy = HashPolicy("bcrypt", {"cost": 4})
    said = []
    for hash in (None, make("b", "bcrypt")):
        with pytest.raises(InvalidInput) as refused:
            passwords.verify(password, hash, policy=policy)
        said.append((refused.value.code, refused.value.message))
    assert said[0] == said[1]


def test_costs_at_their_bounds_are_costs() -> None:
    """Only computed with, not hashed with: the dearest take seconds."""
    for row in SCHEMES.values():
        for setting in row.settings:
            for value in (setting.low, setting.high):
                others = {"memory_kib": 1 << 20} if setting.name == "lanes" else {}
                if setting.name == "memory_kib":
                    others = {"lanes": 1}
                has = {one.name for one in row.settings}
                cost = {name: n for name, n in others.items() if name in has}
                assert full_cost(row, {**cost, setting.name: value})[setting.name] == value
            for value in (setting.low - 1, setting.high + 1):
                with pytest.raises(InvalidInput):
                    full_cost(row, {setting.name: value})


@pytest.mark.parametrize("password", [7, None, ["a"], bytearray(b"a")])
def test_what_is_neither_text_nor_bytes_is_no_password(password: Any) -> None:
    for attempt in (lambda: make(password), lambda: passwords.verify(password, make("a"))):
        with pytest.raises(InvalidInput):
            attempt()


def test_no_error_repeats_the_password_or_the_hash() -> None:
    hash = make("hunter2hunter2")
    for attempt in (
        lambda: passwords.verify("hunter3hunter3", hash),
        lambda: passwords.verify("x", hash[:-30]),
    ):
        with pytest.raises((PasswordMismatch, HashMalformed)) as refused:
            attempt()
        said = f"{refused.value.message} {refused.value.hint} {refused.value!r}"
        assert "hunter" not in said
        assert hash[40:60] not in said
