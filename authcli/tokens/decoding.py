"""Reading a token without verifying it. Nothing that comes out of here is to be believed."""

from __future__ import annotations

from typing import NamedTuple

from authcli.errors import InvalidEncoding
from authcli.tokens.claims import read_claims
from authcli.tokens.compact import Compact, Json, read_header, split

__all__ = ["Decoded", "decode"]


class Decoded(NamedTuple):
    """A token as it reads. Its signature was NOT verified."""

    header: dict[str, Json]
    payload: dict[str, Json]
    compact: Compact
    """The three parts, decoded from base64url."""
    forgiven: tuple[str, ...] = ()
    """What `lenient` forgave, in words."""


def decode(token: str | bytes, *, lenient: bool = False) -> Decoded:
    """Read the header and the claims of a JWT; the signature is NOT verified.

    Args:
        token: the compact token, without blanks around it.
        lenient: forgive '=' padding, and list it in `forgiven`.

    Raises:
        TokenRejected: the text is not a JWT that every reader understands alike.

    Source: RFC 7519, section 7.2, steps 1 to 10 without the signature.
    """
    try:
        compact = split(token, lenient=lenient)
        header = read_header(compact.header)
        payload = read_claims(compact.payload)
    except InvalidEncoding as error:
        from authcli.tokens.report import malformed

        raise malformed(error.message, hint=error.hint) from None
    return Decoded(header, payload, compact, compact.forgiven)
