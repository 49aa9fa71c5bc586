"""One-time codes: HOTP (RFC 4226), TOTP (RFC 6238), otpauth URIs, QR codes, recovery codes.

    from authcli import otp

    account = otp.Account(otp.new_secret(), issuer="Example", name="alice@example.com")
    print(otp.build_uri(account))
    match = otp.verify(account, "123456")

The modules, each adding one idea:

    model         Account, Code, Match           base32        secrets as people write them
    hotp          a code of a counter            totp, steam   a code of an instant
    verifying     is this code right             uris          otpauth://
    repository    what is asked of a store       failures      how many wrong codes are looked at
    once          each code once, by a store     recovery      codes for when the phone is lost
    qr            QR codes drawn                 qr_reading    QR codes read, from an extra
    entries       accounts of others, checked    migration     Google Authenticator's payloads
    formats/      what other apps export         protobuf      the wire format of these
    exports       all that is read, together

The functions here import what they need when called. Instants are Unix seconds; None is now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from authcli.otp.model import Account, Code, Match

if TYPE_CHECKING:
    from authcli.otp.base32 import ReadSecret
    from authcli.otp.uris import ParsedUri
    from authcli.secret import Secret

__all__ = [
    "Account",
    "Code",
    "Match",
    "build_uri",
    "code",
    "code_at",
    "new_secret",
    "parse_uri",
    "read_secret",
    "verify",
    "write_secret",
]


def new_secret(size_bytes: int = 20) -> Secret:
    """Return a random secret.

    Args:
        size_bytes: 16 to 512; 20 is what RFC 4226 recommends, 32 and 64 are SHA256's and SHA512's
            own sizes.

    Raises:
        InvalidInput: "otp.secret", another size.

    Source: RFC 4226, section 4, R6; RFC 6238, section 5.1.
    """
    from authcli.otp import base32

    return base32.new_secret(size_bytes)


def read_secret(text: str | bytes) -> ReadSecret:
    """Return the secret that base32 text holds, and a warning where it is short.

    Args:
        text: base32 in either case, with or without padding, blanks and dashes.

    Raises:
        InvalidInput: "otp.secret": empty, no base32, or too long. The text is not repeated.

    Source: RFC 4648, section 6; RFC 4226, section 4, R6.
    """
    from authcli.otp import base32

    return base32.read_secret(text)


def write_secret(secret: Secret, *, grouped: bool = False) -> str:
    """Return a secret in base32: upper case, without padding.

    Args:
        secret: its bytes.
        grouped: with a blank after every four characters, for typing.

    Source: RFC 4648, section 6.
    """
    from authcli.otp import base32

    return base32.write_secret(secret, grouped=grouped)


def code(account: Account, *, at: float | None = None) -> Code:
    """Return the code of an instant; of HOTP, that of the account's counter.

    Args:
        account: whose code.
        at: Unix seconds; None is now.

    Raises:
        InvalidInput: "otp.account": no code can be made of the account.
        InvalidTime: an instant before 1970.

    Source: RFC 6238, section 4; RFC 4226, section 5.
    """
    from authcli.otp import totp

    return totp.code(account, at=at)


def code_at(account: Account, moment: int) -> Code:
    """Return the code of a time step or a counter: `code(account).moment + 1` is the next.

    Args:
        account: whose code.
        moment: 0 to 2^64 - 1.

    Raises:
        InvalidInput: "otp.account": no code can be made of the account; "otp.counter": another
            moment.

    Source: RFC 6238, section 4; RFC 4226, section 5.
    """
    from authcli.otp import totp

    return totp.code_at(account, moment)


def verify(account: Account, code: str, *, at: float | None = None, window: int = 1) -> Match:
    """Return where a code belongs; raise where it is not right.

    Nothing is remembered: the same code is right again. Sign-ins want `authcli.otp.once`.

    Args:
        account: whose code it should be.
        code: untrusted; ASCII digits, of Steam letters in any case.
        at: Unix seconds; None is now.
        window: how many steps before and after the clock's are taken, 0 to 10; of HOTP, how many
            counters after the expected one.

    Raises:
        CodeMismatch: "otp.malformed": no code at all; "otp.mismatch": a wrong one; "otp.drift":
            one that was right some steps ago.
        InvalidInput: "otp.window", "otp.account"; `InvalidTime`, an instant before 1970.

    Source: RFC 6238, section 5.2; RFC 4226, sections 7.2 and 7.4.
    """
    from authcli.otp import verifying

    return verifying.verify(account, code, at=at, window=window)


def parse_uri(text: str) -> ParsedUri:
    """Return the account that an otpauth URI describes, and warnings; `uris` says what is read.

    Args:
        text: untrusted; at most 2048 characters.

    Raises:
        InvalidInput: "otp.uri", or "otp.secret" of its secret. The text is not repeated.

    Source: Google Authenticator's wiki, "Key Uri Format".
    """
    from authcli.otp import uris

    return uris.parse_uri(text)


def build_uri(account: Account) -> str:
    """Return the otpauth URI of an account; `parse_uri` returns the account again.

    Blanks at the ends of issuer and name are not kept, nor what the kind has no use for: the
    counter of TOTP, the period of HOTP.

    Raises:
        InvalidInput: "otp.account": no code can be made of it; "otp.uri": its names are too long.

    Source: Google Authenticator's wiki, "Key Uri Format".
    """
    from authcli.otp import uris

    return uris.build_uri(account)
