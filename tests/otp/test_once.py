"""Codes are accepted once, in whatever order they come; guesses are bounded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authcli.clock import now, now_ms
from authcli.errors import CodeMismatch, Denied, InvalidInput
from authcli.otp import code_at
from authcli.otp.model import Account
from authcli.otp.once import next_code, verify_once
from authcli.otp.verifying import state_id
from authcli.secret import Secret
from authcli.store import Store, open_store

TOTP = Account(Secret(b"12345678901234567890"), name="alice")
HOTP = TOTP._replace(kind="hotp")
LAST = 2**64 - 1


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "auth.db"), create=True) as found:
        yield found


def said(store: Store, account: Account, code: str, *, window: int = 1, **options: float) -> str:
    """Return "yes", or the code of the refusal."""
    try:
        verify_once(store.one_time, account, code, name="n", window=window, **options)
    except (CodeMismatch, Denied) as refusal:
        return refusal.code
    return "yes"


# TOTP.


def test_a_code_is_accepted_once_and_none_before_it(store: Store) -> None:
    """RFC 6238, section 5.2."""
    at = 1_111_111_111
    step = at // 30
    code = {n: code_at(TOTP, step + n).text for n in (-1, 0, 1)}
    assert said(store, TOTP, code[0], at=at) == "yes"
    assert said(store, TOTP, code[0], at=at) == "otp.used"
    assert said(store, TOTP, code[-1], at=at) == "otp.used"
    assert said(store, TOTP, code[1], at=at) == "yes"
    assert said(store, TOTP, code[0], at=at) == "otp.used"


def test_a_code_that_was_accepted_early_is_not_accepted_in_its_time(store: Store) -> None:
    code = code_at(TOTP, 101).text
    assert said(store, TOTP, code, at=100 * 30) == "yes"
    assert said(store, TOTP, code, at=101 * 30) == "otp.used"
    assert said(store, TOTP, code, at=102 * 30) == "otp.used"


def test_the_same_secret_under_two_names_is_one(store: Store) -> None:
    code = code_at(TOTP, now() // 30).text
    other = TOTP._replace(name="bob", issuer="Example")
    assert verify_once(store.one_time, TOTP, code, name="a").drift in (0, -1)
    with pytest.raises(CodeMismatch) as caught:
        verify_once(store.one_time, other, code, name="b")
    assert caught.value.code == "otp.used"


def test_steam_codes_are_accepted_once(store: Store) -> None:
    steam = TOTP._replace(kind="steam", digits=5)
    code = code_at(steam, 7).text
    assert said(store, steam, code, at=210) == "yes"
    assert said(store, steam, code.lower(), at=210) == "otp.used"


def test_a_pretended_clock_does_not_refuse_real_codes_for_years(store: Store) -> None:
    """`--now 2040-01-01` once, and no code would be accepted until then."""
    later = now() + 20 * 365 * 86_400
    assert said(store, TOTP, code_at(TOTP, later // 30).text, at=later) == "yes"
    assert said(store, TOTP, code_at(TOTP, later // 30).text, at=later) == "otp.used"
    code = code_at(TOTP, now() // 30).text
    assert said(store, TOTP, code) == "yes"
    assert said(store, TOTP, code) == "otp.used"


def test_a_clock_that_is_pretended_a_little_accepts_no_code_again(store: Store) -> None:
    code = code_at(TOTP, now() // 30).text
    assert said(store, TOTP, code) == "yes"
    for at in (now() - 30, now() + 30):
        assert said(store, TOTP, code, at=at) == "otp.used"


@settings(max_examples=30)
@given(shown=st.lists(st.integers(100, 112), max_size=10), window=st.integers(0, 3))
def test_in_any_order_what_is_accepted_only_rises(
    tmp_path_factory: pytest.TempPathFactory, shown: list[int], window: int
) -> None:
    """Whatever is shown at step 106: accepted are steps within the window, each above the last.

    Ten are shown at most: after ten wrong ones the name is blocked for a while.
    """
    path = tmp_path_factory.mktemp("once") / "auth.db"
    with open_store(str(path), create=True) as store:
        accepted = []
        for step in shown:
            code = code_at(TOTP, step).text
            if said(store, TOTP, code, at=106 * 30, window=window) == "yes":
                accepted.append(step)
    assert accepted == sorted(set(accepted))
    assert all(abs(step - 106) <= window for step in accepted)
    within = [step for step in shown if abs(step - 106) <= window]
    assert accepted[:1] == within[:1]


# HOTP.


def test_a_counter_moves_beyond_what_was_accepted(store: Store) -> None:
    """RFC 4226, sections 7.2 and 7.4: a token that ran ahead is in step again."""
    code = [code_at(HOTP, n).text for n in range(20)]
    assert said(store, HOTP, code[0], window=3) == "yes"
    assert said(store, HOTP, code[0], window=3) == "otp.used"
    assert said(store, HOTP, code[4], window=3) == "yes"
    assert said(store, HOTP, code[2], window=3) == "otp.used"
    assert said(store, HOTP, code[9], window=3) == "otp.mismatch"
    assert said(store, HOTP, code[5], window=0) == "yes"
    assert store.one_time.counter(state_id(HOTP)) == 6


def test_the_first_counter_is_the_accounts(store: Store) -> None:
    late = HOTP._replace(counter=50)
    assert said(store, late, code_at(HOTP, 49).text) == "otp.drift"
    assert said(store, late, code_at(HOTP, 50).text) == "yes"
    assert said(store, late, code_at(HOTP, 50).text) == "otp.used"


def test_a_counter_never_goes_back(store: Store) -> None:
    """Neither by an older export of the account, nor behind a newer one."""
    assert said(store, HOTP._replace(counter=50), code_at(HOTP, 50).text) == "yes"
    assert said(store, HOTP, code_at(HOTP, 1).text) == "otp.mismatch"
    assert said(store, HOTP._replace(counter=90), code_at(HOTP, 51).text) == "otp.mismatch"
    assert said(store, HOTP._replace(counter=90), code_at(HOTP, 90).text) == "yes"
    assert said(store, HOTP, code_at(HOTP, 91).text) == "yes"


def test_who_shows_codes_does_not_use_up_those_who_verify_them(store: Store) -> None:
    """`hotp code` and `hotp verify` of one store are a token and its server."""
    for number in range(3):
        code = next_code(store.one_time, HOTP, name="n", at_ms=now_ms())
        assert code == code_at(HOTP, number)
        assert said(store, HOTP, code.text, window=0) == "yes"


def test_the_last_counter_is_used_and_none_after_it(store: Store) -> None:
    """8 bytes without a sign: 2^64 - 1 is more than an SQL integer holds."""
    last = HOTP._replace(counter=LAST)
    assert next_code(store.one_time, last, name="n", at_ms=1) == code_at(HOTP, LAST)
    assert said(store, last, code_at(HOTP, LAST).text) == "yes"
    for use in (
        lambda: next_code(store.one_time, last, name="n", at_ms=1),
        lambda: verify_once(store.one_time, last, "000000", name="n"),
    ):
        with pytest.raises(InvalidInput) as caught:
            use()
        assert caught.value.code == "otp.counter"


def test_a_code_by_the_clock_has_no_counter_to_take(store: Store) -> None:
    with pytest.raises(InvalidInput) as caught:
        next_code(store.one_time, TOTP, name="n", at_ms=1)
    assert caught.value.code == "otp.account"


# Failures: RFC 4226, section 7.3.


def test_after_ten_wrong_codes_the_right_one_is_refused_too(store: Store) -> None:
    right = code_at(HOTP, 0).text
    for number in range(10):
        assert said(store, HOTP, f"{number:06}") == "otp.mismatch"
    with pytest.raises(Denied) as caught:
        verify_once(store.one_time, HOTP, right, name="n")
    assert caught.value.code == "otp.blocked"
    assert "before 20" in caught.value.message
    assert right not in caught.value.message
    # Another account is not blocked, and time forgives.
    assert said(store, TOTP._replace(secret=Secret(b"x" * 20)), "000000") == "otp.mismatch"
    store.database.run("UPDATE rate_buckets SET tat = tat - 31000000000")
    assert said(store, HOTP, right) == "yes"


def test_what_is_no_guess_blocks_nobody(store: Store) -> None:
    """Codes that came twice, and what is no code."""
    code = code_at(HOTP, 0).text
    assert said(store, HOTP, code) == "yes"
    for _ in range(15):
        assert said(store, HOTP, code) == "otp.used"
        assert said(store, HOTP, "12 456") == "otp.malformed"
    assert said(store, HOTP, code_at(HOTP, 1).text) == "yes"


def test_a_right_code_between_does_not_forgive_the_wrong_ones(store: Store) -> None:
    """Else the owner's sign-ins would give a guesser ten more each time."""
    for number in range(9):
        assert said(store, HOTP, f"{number:06}") == "otp.mismatch"
    assert said(store, HOTP, code_at(HOTP, 0).text) == "yes"
    assert said(store, HOTP, "000009") == "otp.mismatch"
    assert said(store, HOTP, code_at(HOTP, 1).text) == "otp.blocked"


def test_a_pretended_clock_does_not_end_a_block(store: Store) -> None:
    at = now() + 20 * 365 * 86_400
    for number in range(10):
        assert said(store, TOTP, f"{number:06}", at=at) == "otp.mismatch"
    for when in (at, at + 86_400, now()):
        assert said(store, TOTP, code_at(TOTP, when // 30).text, at=when) == "otp.blocked"


def test_the_store_knows_neither_secret_nor_code(store: Store) -> None:
    code = code_at(TOTP, 7).text
    assert said(store, TOTP, code, at=210) == "yes"
    (row,) = store.database.rows("SELECT * FROM otp_states")
    assert code not in repr(row)
    assert TOTP.secret.reveal().hex() not in repr(row)
