"""A password as the bytes that are hashed: bounded, normalised, never cut.

NIST SP 800-63B-4, section 3.1.1.2, wants Unicode passwords put into NFC before they are hashed, so
that "é" typed on two keyboards is one password. It is the form that RFC 8265 (OpaqueString) has
too, and that keyboards produce: with it a hash is the same as that of software that does not
normalise. NFKC, which NIST named before its fourth edition, would also fold "½" and ligatures; it
is there for those who need it. Verifying tries the normalised form and then the text as it was
given, for hashes from elsewhere.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from authcli.errors import InvalidInput
from authcli.passwords.model import Password, Scheme
from authcli.secret import Secret

__all__ = [
    "MAX_PASSWORD_BYTES",
    "Normalization",
    "as_text",
    "candidates",
    "check_fit",
    "check_length",
    "prepared",
]

#: As Django and libpass; NIST asks for no less than 64 characters.
MAX_PASSWORD_BYTES = 4096

Normalization: TypeAlias = Literal["nfc", "nfkc", "none"]
_FORMS: dict[str, Literal["NFC", "NFKC"]] = {"nfc": "NFC", "nfkc": "NFKC"}


def prepared(password: Password, *, normalization: Normalization = "nfc") -> bytes:
    """Return the bytes to hash.

    Raises:
        InvalidInput: longer than `MAX_PASSWORD_BYTES`, or text that UTF-8 cannot hold.
    """
    return candidates(password, normalization=normalization)[0]


def candidates(password: Password, *, normalization: Normalization = "nfc") -> list[bytes]:
    """Return what may have been hashed: the normalised form, then the password as it was given.

    The arguments and errors are those of `prepared`. ASCII, and text that is normalised already,
    has one candidate.
    """
    given = _given(password)
    if normalization not in ("nfc", "nfkc", "none"):
        raise InvalidInput(
            f"{ascii(normalization)[:40]} is no normalization", hint="nfc, nfkc or none"
        )
    if isinstance(given, bytes):
        return [given]
    raw = _encoded(given)
    if normalization == "none" or given.isascii():
        return [raw]
    import unicodedata

    # Bounded before: 200 kB of combining marks take seconds to put in order.
    normal = _encoded(unicodedata.normalize(_FORMS[normalization], given))
    return [raw] if normal == raw else [normal, raw]


def as_text(password: Password) -> str:
    """Return the password as text, for judging it.

    Raises:
        InvalidInput: longer than `MAX_PASSWORD_BYTES`, bytes that are no UTF-8, or text that UTF-8
            cannot hold.
    """
    given = _given(password)
    try:
        return (_encoded(given) if isinstance(given, str) else given).decode()
    except UnicodeDecodeError:
        raise InvalidInput("the password is not UTF-8 text", code="password.not-text") from None


def check_fit(password: bytes, scheme: Scheme) -> None:
    """Refuse what the scheme would cut short without saying so.

    Raises:
        InvalidInput: "password.too-long" or "password.nul".
    """
    check_length(password, scheme)
    if not scheme.takes_nul and b"\0" in password:
        raise InvalidInput(
            f"the password has a zero byte, at which {scheme.name} would stop",
            hint="argon2id and bcrypt-sha256 take every byte",
            code="password.nul",
        )


def check_length(password: bytes, scheme: Scheme) -> None:
    """Refuse more bytes than the scheme looks at; raises `InvalidInput`."""
    if scheme.max_bytes is not None and len(password) > scheme.max_bytes:
        raise InvalidInput(
            f"the password has {len(password)} bytes and {scheme.name} takes {scheme.max_bytes}"
            " at most",
            hint="argon2id and bcrypt-sha256 take passwords of any length",
            code="password.too-long",
        )


def _given(password: Password) -> str | bytes:
    held = password.reveal() if isinstance(password, Secret) else password
    if not isinstance(held, str | bytes):
        raise InvalidInput("a password is text, bytes or a Secret")
    if len(held) > MAX_PASSWORD_BYTES:
        raise _too_long(f"more than {MAX_PASSWORD_BYTES}")
    if isinstance(password, Secret):
        try:
            return password.reveal_text()
        except UnicodeDecodeError:
            return held
    return held


def _encoded(text: str) -> bytes:
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise InvalidInput(
            "the password has half a character (a lone surrogate), which UTF-8 cannot hold",
            code="password.not-text",
        ) from None
    if len(data) > MAX_PASSWORD_BYTES:
        raise _too_long(str(len(data)))
    return data


def _too_long(size: str) -> InvalidInput:
    return InvalidInput(
        f"the password has {size} bytes; {MAX_PASSWORD_BYTES} are the most",
        code="password.too-long",
    )
