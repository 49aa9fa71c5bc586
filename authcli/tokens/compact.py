"""The three parts of a compact JWS, read strictly (RFC 7515, section 7.1; RFC 8725, section 3).

Size is bounded before anything is decoded, every part has one spelling, and nothing here looks
at what a part means. What cannot be read raises `InvalidEncoding`; the callers turn that into a
verdict on the token.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from authcli.encoding import base64url_decode, json_object
from authcli.errors import InvalidEncoding

__all__ = [
    "MAX_TOKEN_BYTES",
    "Compact",
    "Json",
    "checked_header",
    "read_header",
    "split",
    "token_text",
    "wrong_shape",
]

#: Thirty times what any server accepts in a header, and nothing to read for a computer.
MAX_TOKEN_BYTES = 256 * 1024

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class Compact(NamedTuple):
    """The parts of a token, decoded from base64url and no further."""

    texts: tuple[bytes, bytes, bytes]
    """The three parts as they were written."""
    header: bytes
    payload: bytes
    signature: bytes
    forgiven: tuple[str, ...] = ()
    """What `lenient` forgave, in words."""

    @property
    def signing_input(self) -> bytes:
        """The bytes that were signed: header and payload as written, padding included."""
        return b".".join(self.texts[:2])


def split(token: str | bytes, *, lenient: bool = False) -> Compact:
    """Split a token into its three parts and undo their base64url.

    Args:
        token: header.payload.signature, without blanks around it.
        lenient: forgive correct '=' padding, and list it in `forgiven`.

    Raises:
        InvalidEncoding: too long, not three parts, an empty header or payload, an encrypted
            token (JWE), a JSON serialisation, or base64url that is not canonical.

    Source: RFC 7515, sections 2 and 7.1; RFC 7516, section 9 (telling JWE from JWS).
    """
    raw = token_text(token)
    if raw.count(b".") != 2:
        raise wrong_shape(raw)
    header, payload, signature = raw.split(b".")
    if not header:
        raise InvalidEncoding("the token's header is empty", code="token.malformed")
    if not payload:
        raise InvalidEncoding(
            "the token's payload is empty: a detached JWS, whose payload travels apart",
            hint="a JWT carries its claims; other payloads: authcli jws verify --payload FILE",
            code="token.malformed",
        )
    forgiven: list[str] | None = [] if lenient else None
    return Compact(
        texts=(header, payload, signature),
        header=_part(header, "header", forgiven),
        payload=_part(payload, "payload", forgiven),
        signature=_part(signature, "signature", forgiven),
        forgiven=tuple(forgiven or ()),
    )


def token_text(
    token: str | bytes, *, limit_bytes: int = MAX_TOKEN_BYTES, what: str = "token"
) -> bytes:
    """Return the token's ASCII bytes; its size is checked before anything else.

    Args:
        token: the text.
        limit_bytes: the longest text accepted.
        what: what the text is, for the error.

    Raises:
        InvalidEncoding: empty, over the limit, or not ASCII.
    """
    if not token:
        raise InvalidEncoding(f"the {what} is empty", code="token.malformed")
    if len(token) > limit_bytes:
        raise InvalidEncoding(
            f"the {what} is {len(token)} bytes long, over the limit of {limit_bytes}",
            code="token.malformed",
        )
    if isinstance(token, bytes):
        return token
    try:
        return token.encode("ascii")
    except UnicodeEncodeError as error:
        raise InvalidEncoding(
            f"the {what} holds a character that is not ASCII, at position {error.start + 1}",
            code="token.malformed",
        ) from None


def read_header(raw: bytes) -> dict[str, Json]:
    """Read a JOSE header: strict JSON, `alg` present, members of their right types.

    Raises:
        InvalidEncoding: not a JSON object, or a member whose type the standard forbids.

    Source: RFC 7515, section 4.1.
    """
    return checked_header(json_object(raw, what="token's header"))


def checked_header(header: dict[str, Json], *, what: str = "token's header") -> dict[str, Json]:
    """Return a JOSE header that was read, once its members are there and of their right types.

    Raises:
        InvalidEncoding: no `alg`, or a member whose type the standard forbids.
    """
    if "alg" not in header:
        raise InvalidEncoding(f"the {what} has no alg", code="token.malformed")
    for name in ("alg", "typ", "cty", "kid", "jku", "x5u"):
        if name in header and not isinstance(header[name], str):
            raise InvalidEncoding(f"the header's {name} is not a string", code="token.malformed")
    return header


def _part(text: bytes, what: str, forgiven: list[str] | None) -> bytes:
    # Only the padding that makes whole quanta is forgiven: anything else was never base64.
    padded = text.endswith(b"=")
    if padded and (len(text) % 4 or text[-3:] == b"==="):
        raise InvalidEncoding(
            f"the token's {what} is wrongly padded with '='",
            hint="leave the '=' out: base64url here has no padding",
            code="token.malformed",
        )
    if padded and forgiven is not None:
        forgiven.append(f"the '=' padding of the {what}")
        text = text.rstrip(b"=")
    try:
        return base64url_decode(text, what=f"token's {what}")
    except InvalidEncoding as error:
        hint = "--lenient forgives padding" if text.endswith(b"=") else _stray_hint(text)
        raise InvalidEncoding(error.message, hint=hint, code="token.malformed") from None


def _stray_hint(text: bytes) -> str | None:
    if any(blank in text for blank in (b" ", b"\n", b"\r", b"\t")):
        return "the token holds a blank or a line break: was it copied in pieces?"
    if b"+" in text or b"/" in text:
        return "this is base64, not base64url; '-' and '_' stand for '+' and '/' in a token"
    return None


def wrong_shape(raw: bytes, *, what: str = "token") -> InvalidEncoding:
    """Return what is wrong with a text that has other than three parts."""
    parts = raw.count(b".") + 1
    message = f"the {what} has {parts} part{'s' if parts > 1 else ''}; a signed one has 3"
    hint: str | None = "header.payload.signature, joined by dots"
    if raw.startswith(b"rt_"):
        message = f"this is no {what}, but looks like a refresh token"
        hint = "exchange it: authcli jwt refresh"
    elif raw.lstrip().startswith(b"{"):
        message = "this is JSON, perhaps a JWS in its JSON serialisation; a JWT is compact text"
        hint = "authcli jws inspect tells"
    elif parts == 5:
        message = "this token is encrypted (JWE, 5 parts); only signed ones (3 parts) are read"
        hint = "its recipient must decrypt it first"
    return InvalidEncoding(message, hint=hint, code="token.malformed")
