"""Steam's letters, by hand and against another implementation (see also test_oracle.py)."""

from __future__ import annotations

import pytest

from authcli import otp
from authcli.errors import CodeMismatch
from authcli.otp.steam import ALPHABET
from authcli.secret import Secret

ACCOUNT = otp.Account(Secret(b"12345678901234567890"), "steam", issuer="Steam", digits=5)


def test_the_letters_are_the_number_in_base_26_lowest_first() -> None:
    """RFC 4226's number of counter 1 is 1094287082."""
    text = otp.code(ACCOUNT, at=30).text
    assert sum(ALPHABET.index(letter) * 26**place for place, letter in enumerate(text)) == (
        1094287082 % 26**5
    )
    assert len(text) == 5


def test_the_default_number_of_digits_does_no_harm() -> None:
    assert otp.code(ACCOUNT._replace(digits=6), at=30) == otp.code(ACCOUNT, at=30)


def test_letters_are_verified_in_either_case() -> None:
    text = otp.code(ACCOUNT, at=45).text
    assert otp.verify(ACCOUNT, text, at=45) == otp.verify(ACCOUNT, text.lower(), at=45) == (1, 0)


@pytest.mark.parametrize(
    "code", ["", "2345", "234567", "2345A", "2345ß", "234 5", "2345\n", "ﬀ234"]
)
def test_what_is_no_code_of_steam_is_malformed(code: str) -> None:
    with pytest.raises(CodeMismatch) as refused:
        otp.verify(ACCOUNT, code, at=30)
    assert refused.value.code == "otp.malformed"
