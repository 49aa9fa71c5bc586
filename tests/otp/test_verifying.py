"""Codes verified: ASCII digits, a bounded window, answers that tell a guesser nothing."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli import otp
from authcli.errors import CodeMismatch, InvalidInput
from authcli.otp import verifying
from authcli.secret import Secret
from tests.otp.accounts import accounts

TOTP = otp.Account(Secret(b"12345678901234567890"), digits=8)
HOTP = otp.Account(Secret(b"12345678901234567890"), "hotp", counter=100)
#: 1111111109 is of step 37037036, 1111111111 of the next; RFC 6238, appendix B.
AT, STEP = 1111111111, 37037037


def refusal(account: otp.Account, code: str, *, at: float = AT, window: int = 1) -> str:
    with pytest.raises(CodeMismatch) as refused:
        otp.verify(account, code, at=at, window=window)
    assert code not in str(refused.value) or not code
    return refused.value.code


@given(accounts(), st.integers(0, 2**33), st.integers(0, 10), st.data())
def test_every_code_within_the_window_is_right(
    account: otp.Account, at: int, window: int, data: st.DataObject
) -> None:
    moment = otp.code(account, at=at).moment
    behind = 0 if account.kind == "hotp" else -min(window, moment)
    ahead = min(window, 2**64 - 1 - moment)
    drift = data.draw(st.integers(behind, ahead))
    code = otp.code_at(account, moment + drift).text
    match = otp.verify(account, code, at=at, window=window)
    assert match.moment == moment + match.drift
    assert otp.code_at(account, match.moment).text == code
    assert abs(match.drift) <= abs(drift)  # a nearer one may have the same code, by chance


@pytest.mark.parametrize("window", [0, 1, 4, 10])
def test_what_is_beyond_the_window_is_not(window: int) -> None:
    def code(drift: int) -> str:
        return otp.code_at(TOTP, STEP + drift).text

    assert otp.verify(TOTP, code(window), at=AT, window=window) == (STEP + window, window)
    assert otp.verify(TOTP, code(-window), at=AT, window=window) == (STEP - window, -window)
    assert refusal(TOTP, code(window + 1), window=window) == "otp.mismatch"
    assert refusal(TOTP, code(-window - 1), window=window) == "otp.drift"
    assert refusal(TOTP, code(-window - 20), window=window) == "otp.drift"
    assert refusal(TOTP, code(-window - 21), window=window) == "otp.mismatch"


def test_a_late_code_is_told_by_how_much_and_a_future_one_is_not() -> None:
    """Who guesses must not learn that a code will be right in ten minutes."""
    with pytest.raises(CodeMismatch, match="that of 90 s ago"):
        otp.verify(TOTP, otp.code_at(TOTP, STEP - 3).text, at=AT)
    told = []
    for code in (otp.code_at(TOTP, STEP + 3).text, "00000000"):
        with pytest.raises(CodeMismatch) as refused:
            otp.verify(TOTP, code, at=AT)
        told.append((refused.value.message, refused.value.hint, refused.value.code))
    assert told == [("the code is wrong", None, "otp.mismatch")] * 2


def test_a_counter_looks_ahead_and_never_back() -> None:
    assert otp.verify(HOTP, otp.code_at(HOTP, 100).text, window=0) == (100, 0)
    assert otp.verify(HOTP, otp.code_at(HOTP, 110).text, window=10) == (110, 10)
    assert refusal(HOTP, otp.code_at(HOTP, 111).text, window=10) == "otp.mismatch"
    assert refusal(HOTP, otp.code_at(HOTP, 99).text, window=10) == "otp.drift"
    assert refusal(HOTP, otp.code_at(HOTP, 0).text, window=10) == "otp.mismatch"
    # One to come is told as any wrong one is, where it is beyond the window by one.
    assert refusal(HOTP, otp.code_at(HOTP, 101).text, window=0) == "otp.mismatch"
    assert refusal(HOTP, otp.code_at(HOTP, 99).text, window=0) == "otp.drift"


def test_of_two_moments_with_the_same_code_the_nearest_is_meant() -> None:
    """RFC 4226's secret has 746629 at the counters 103424 and 103427."""
    hotp, totp = HOTP._replace(counter=103420), TOTP._replace(digits=6)
    assert otp.verify(hotp, "746629", window=10) == (103424, 4)
    assert otp.verify(totp, "746629", at=103425 * 30, window=10) == (103424, -1)
    assert otp.verify(totp, "746629", at=103426 * 30, window=10) == (103427, 1)


def test_the_first_and_the_last_moments_have_a_window_too() -> None:
    assert otp.verify(TOTP, otp.code_at(TOTP, 0).text, at=0, window=10) == (0, 0)
    last = HOTP._replace(counter=2**64 - 1)
    assert otp.verify(last, otp.code(last).text, window=10) == (2**64 - 1, 0)
    assert refusal(TOTP, "00000000", at=0, window=10) == "otp.mismatch"


def _in_script(zero: int) -> str:
    """Return the right code in the digits of another script, which int() would read."""
    return "14050471".translate({ord("0") + digit: zero + digit for digit in range(10)})


@pytest.mark.parametrize(
    "code",
    [
        *("", "1405047", "140504711", " 14050471", "14050471\n", "1405 0471"),
        *("+4050471", "1_050471", "1405047\xb9", "1405047\0", "1405047\ud800"),
        *(_in_script(zero) for zero in (0xFF10, 0x0660, 0x0966, 0x1D7CE)),
        pytest.param("1" * 10_000_000, id="long"),
    ],
)
def test_a_code_is_ascii_digits_of_the_right_number(code: str) -> None:
    assert otp.verify(TOTP, "14050471", at=AT) == (STEP, 0)
    assert refusal(TOTP, code) == "otp.malformed"


@given(accounts(), st.text(max_size=9))
def test_any_text_is_right_or_refused(account: otp.Account, code: str) -> None:
    try:
        match = otp.verify(account, code, at=AT, window=10)
    except CodeMismatch:
        return
    assert otp.code_at(account, match.moment).text == code.upper()


@pytest.mark.parametrize("window", [-1, 11, 10**6])
def test_a_window_is_bounded(window: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        otp.verify(TOTP, "14050471", at=AT, window=window)
    assert refused.value.code == "otp.window"


def test_all_candidates_are_compared_whichever_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that comes at the first match tells by its time which step it was."""
    compared: list[bool] = []

    def watched(a: bytes, b: bytes) -> bool:
        compared.append(hmac.compare_digest(a, b))
        return compared[-1]

    monkeypatch.setattr(verifying, "compare_digest", watched)
    for drift in range(-3, 4):
        compared.clear()
        otp.verify(TOTP, otp.code_at(TOTP, STEP + drift).text, at=AT, window=3)
        assert (len(compared), sum(compared)) == (7, 1)


def test_the_name_in_a_store_is_of_the_secret_alone() -> None:
    """The same secret under two names is spent once; the name tells nothing of the secret."""
    expected = hmac.new(TOTP.secret.reveal(), b"authcli-otp-state", hashlib.sha256).hexdigest()
    assert verifying.state_id(TOTP) == verifying.state_id(TOTP._replace(name="x")) == expected
    assert verifying.state_id(TOTP) != verifying.state_id(TOTP._replace(secret=Secret(b"x")))
