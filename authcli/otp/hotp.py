"""A code of a counter: HOTP (RFC 4226), which TOTP and Steam build upon.

The ten lines are ours, on `hmac`: libraries refuse the short secrets that services still hand out.
"""

from __future__ import annotations

import hmac

from authcli.otp.model import Account, Algorithm

__all__ = ["HASHES", "MAX_COUNTER", "code_text", "truncated_mac"]

#: What authenticator apps compute: RFC 6238, section 1.2. Names of `hashlib`.
HASHES: dict[Algorithm, str] = {"SHA1": "sha1", "SHA256": "sha256", "SHA512": "sha512"}
#: RFC 4226, section 5.1: eight bytes.
MAX_COUNTER = 2**64 - 1
#: Four bytes from an offset of up to 15.
_LEAST_MAC = 19


def truncated_mac(key: bytes, counter: int, *, hash: str = "sha1") -> int:
    """Return the 31 bits that a code is made of.

    Args:
        key: the shared secret.
        counter: 0 to 2^64 - 1.
        hash: the name of a hash of `hashlib`, with 19 bytes or more.

    Raises:
        ValueError: a shorter hash, such as MD5.

    Source: RFC 4226, sections 5.2 and 5.3.
    """
    mac = hmac.digest(key, counter.to_bytes(8, "big"), hash)
    if len(mac) < _LEAST_MAC:
        raise ValueError(f"{hash} has {len(mac)} bytes, and the offset needs {_LEAST_MAC}")
    offset = mac[-1] & 15
    return int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF


def code_text(key: bytes, counter: int, *, digits: int = 6, hash: str = "sha1") -> str:
    """Return the digits of a counter, leading zeros kept.

    Args:
        key: the shared secret.
        counter: 0 to 2^64 - 1.
        digits: how many.
        hash: the name of a hash of `hashlib`, with 19 bytes or more.

    Source: RFC 4226, section 5.3.
    """
    return f"{truncated_mac(key, counter, hash=hash) % 10**digits:0{digits}d}"


def account_text(account: Account, counter: int) -> str:
    """Return the digits of an account's counter."""
    key, hash = account.secret.reveal(), HASHES[account.algorithm]
    return code_text(key, counter, digits=account.digits, hash=hash)
