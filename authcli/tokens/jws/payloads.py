"""What kind of thing a payload is, for showing it. A guess by content: a JWS need not say."""

from __future__ import annotations

from typing import Literal, TypeAlias

from authcli.encoding import read_json
from authcli.errors import InvalidEncoding

__all__ = ["Kind", "payload_kind", "payload_text"]

#: "claims" is a JSON object with a registered claim: the payload of a JWT.
Kind: TypeAlias = Literal["empty", "claims", "json", "text", "binary"]

_REGISTERED_CLAIMS = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})
#: What text files hold among the control characters: tab, line feed, form feed, carriage return.
_BLANKS = frozenset({9, 10, 12, 13})
_CONTROLS = bytes(code for code in range(32) if code not in _BLANKS) + b"\x7f"


def payload_kind(payload: bytes) -> Kind:
    """Return what a payload looks like."""
    if not payload:
        return "empty"
    if payload_text(payload) is None or len(payload.translate(None, _CONTROLS)) < len(payload):
        return "binary"
    if payload.lstrip()[:1] not in (b"{", b"["):
        return "text"
    try:
        value = read_json(payload, what="payload")
    except InvalidEncoding:
        return "text"
    return "claims" if isinstance(value, dict) and _REGISTERED_CLAIMS & value.keys() else "json"


def payload_text(payload: bytes) -> str | None:
    """Return a payload that is UTF-8 as text, else None."""
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        return None
