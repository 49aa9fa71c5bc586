"""Steam's codes: TOTP's number, written in five letters of an alphabet of 26.

No standard: it is what Steam's own app and every other that shows its codes do.
"""

from __future__ import annotations

from authcli.otp.hotp import HASHES, truncated_mac
from authcli.otp.model import Account

__all__ = ["ALPHABET", "LETTERS", "account_text"]

#: Digits and letters that are not taken for one another, nor make words.
ALPHABET = "23456789BCDFGHJKMNPQRTVWXY"
LETTERS = 5


def account_text(account: Account, moment: int) -> str:
    """Return the five letters of a time step, the lowest digit first."""
    number = truncated_mac(account.secret.reveal(), moment, hash=HASHES[account.algorithm])
    text = ""
    for _ in range(LETTERS):
        number, digit = divmod(number, len(ALPHABET))
        text += ALPHABET[digit]
    return text
