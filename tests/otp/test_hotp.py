"""HOTP: RFC 4226's own values, and every counter that eight bytes hold."""

from __future__ import annotations

import pytest

from authcli import otp
from authcli.errors import InvalidInput
from authcli.otp.hotp import MAX_COUNTER, code_text, truncated_mac
from authcli.secret import Secret

KEY = b"12345678901234567890"
#: Source: RFC 4226, appendix D. Truncated number, code.
RFC_4226 = [
    (1284755224, "755224"),
    (1094287082, "287082"),
    (137359152, "359152"),
    (1726969429, "969429"),
    (1640338314, "338314"),
    (868254676, "254676"),
    (1918287922, "287922"),
    (82162583, "162583"),
    (673399871, "399871"),
    (645520489, "520489"),
]
#: Computed by another implementation: beyond four bytes, the last one, a code that is nearly zero.
FAR_COUNTERS = [(2**32, 8, "55999456"), (2**64 - 1, 8, "63094451"), (42496, 6, "000021")]


@pytest.mark.parametrize(("counter", "row"), list(enumerate(RFC_4226)))
def test_the_values_of_rfc_4226(counter: int, row: tuple[int, str]) -> None:
    number, text = row
    assert truncated_mac(KEY, counter) == number
    assert otp.code_at(otp.Account(Secret(KEY), "hotp"), counter) == (text, counter, None, None)


@pytest.mark.parametrize(("counter", "digits", "text"), FAR_COUNTERS)
def test_counters_have_64_bits_and_codes_their_leading_zeros(
    counter: int, digits: int, text: str
) -> None:
    account = otp.Account(Secret(KEY), "hotp", digits=digits, counter=counter)
    assert otp.code(account).text == text
    assert code_text(KEY, counter, digits=digits) == text


def test_the_instant_is_nothing_to_a_counter() -> None:
    account = otp.Account(Secret(KEY), "hotp", counter=1)
    assert otp.code(account, at=0) == otp.code(account, at=1e12) == ("287082", 1, None, None)


@pytest.mark.parametrize("counter", [-1, MAX_COUNTER + 1])
def test_there_is_no_other_counter(counter: int) -> None:
    with pytest.raises(InvalidInput) as of_account:
        otp.code(otp.Account(Secret(KEY), "hotp", counter=counter))
    with pytest.raises(InvalidInput) as of_moment:
        otp.code_at(otp.Account(Secret(KEY), "hotp"), counter)
    assert (of_account.value.code, of_moment.value.code) == ("otp.account", "otp.counter")


def test_a_short_hash_is_refused() -> None:
    """RFC 4226's offset reaches to byte 18; MD5's 16 would give a code of fewer bits."""
    with pytest.raises(ValueError, match="md5 has 16 bytes"):
        truncated_mac(KEY, 0, hash="md5")
