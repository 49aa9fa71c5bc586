"""What may stand in a token that is to be signed: values every strict reader accepts.

The mirror of reading (`authcli.encoding`, `authcli.tokens.claims`): nothing is minted that
`verify` would call malformed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import isfinite

from authcli.encoding import MAX_JSON_DEPTH
from authcli.errors import InvalidClaim, InvalidInput
from authcli.tokens.claims import TIME_CLAIMS, faults_of_types
from authcli.tokens.compact import Json

__all__ = ["json_value", "writable_claims", "writable_header"]

#: Members of a JWK that are secret, whatever its type (RFC 7518, section 6; ML-DSA's is "priv").
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
#: What 4,300 decimal digits hold: no longer number is written, or read, by Python's JSON.
_MAX_INTEGER_BITS = 14_284


def writable_claims(claims: Mapping[str, object]) -> dict[str, Json]:
    """Return a copy of the claims that JSON can hold and every reader understands alike.

    Args:
        claims: any mapping; an aware `datetime` under a time claim becomes epoch seconds.

    Raises:
        InvalidClaim: a value that JSON cannot hold, a registered claim of a wrong type, or a
            naive `datetime`, whose instant nobody knows.
    """
    written = {
        _name(name): json_value(_instant(name, value), where=name, what="claim")
        for name, value in claims.items()
    }
    faults = faults_of_types(written)
    if faults:
        raise InvalidClaim("; ".join(faults), hint="in claim arguments k=v is text, k:=v is JSON")
    return written


def writable_header(extra: Mapping[str, object]) -> dict[str, Json]:
    """Return a copy of additional header members that a token may carry.

    Raises:
        InvalidInput: `alg`, which is the key's affair, `crit` and `b64`, which no JWT reader
            has to understand, a private key under `jwk`, or a value that JSON cannot hold.
    """
    for name, (why, hint) in _REFUSED_MEMBERS.items():
        if name in extra:
            raise InvalidInput(f"the header's {name} cannot be set: {why}", hint=hint)
    header = {
        _name(name): json_value(value, where=name, what="header") for name, value in extra.items()
    }
    for name in ("typ", "cty", "kid", "jku", "x5u"):
        if name in header and not isinstance(header[name], str):
            raise InvalidInput(f"the header's {name} must be a string")
    jwk = header.get("jwk")
    if isinstance(jwk, dict) and _PRIVATE_MEMBERS & jwk.keys():
        raise InvalidInput(
            "the header's jwk holds private members, and everybody reads a header",
            hint="put the public half there: authcli key public",
        )
    return header


_REFUSED_MEMBERS = {
    "alg": ("the algorithm comes from the key", "choose it with --alg"),
    "crit": ("no extension of the header is supported", None),
    "b64": ("an unencoded payload is not for JWTs (RFC 7797, section 7)", None),
}


def json_value(value: object, *, where: str, what: str = "claim") -> Json:
    """Return a copy of a value as JSON has it; tuples become arrays.

    Args:
        value: None, bool, int, finite float, str, list, tuple or a mapping of these.
        where: the name that the value stands under, for the error.
        what: what is called by that name, "claim" or "header".

    Raises:
        InvalidClaim: anything else, NaN, infinity, half a surrogate pair, or too deep.
    """
    try:
        return _copied(value, 1)
    except _Unfit as fault:
        raise InvalidClaim(f"the {what} {_shown(where)} {fault}", hint=fault.hint) from None


class _Unfit(Exception):
    """A value that JSON cannot hold; its text follows "the claim 'x' …"."""

    def __init__(self, text: str, *, hint: str | None = None) -> None:
        super().__init__(text)
        self.hint = hint


def _copied(value: object, depth: int) -> Json:
    if isinstance(value, str):
        return _text(value)
    if value is None:
        return value
    if isinstance(value, int):  # booleans too
        if value.bit_length() > _MAX_INTEGER_BITS:
            raise _Unfit("holds a number that cannot be written")
        return value
    if isinstance(value, float):
        if not isfinite(value):
            raise _Unfit(f"holds {value}, which JSON cannot")
        return value
    if depth >= MAX_JSON_DEPTH:  # the claims set around it is a level too
        raise _Unfit(f"is nested deeper than {MAX_JSON_DEPTH} levels")
    if isinstance(value, (list, tuple)):
        return [_copied(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        return {_name(name): _copied(item, depth + 1) for name, item in value.items()}
    if isinstance(value, datetime):
        raise _Unfit(
            "is a datetime, which JSON cannot hold", hint="write RFC 3339 text or epoch seconds"
        )
    raise _Unfit(f"holds a {type(value).__name__}, which JSON cannot")


def _instant(name: object, value: object) -> object:
    if name not in TIME_CLAIMS or not isinstance(value, datetime):
        return value
    if value.tzinfo is None or value.utcoffset() is None:
        raise InvalidClaim(
            f"claim {_shown(name)} is a datetime without a zone: nobody knows its instant",
            hint="datetime.now(timezone.utc), or epoch seconds",
        )
    return int(value.timestamp() // 1)


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise InvalidClaim(f"a member's name is text, not {type(name).__name__}")
    try:
        return _text(name)
    except _Unfit as fault:
        raise InvalidClaim(f"the name of a member {fault}") from None


def _text(text: str) -> str:
    try:
        if not text.isascii():
            text.encode("utf-8")
    except UnicodeEncodeError:
        raise _Unfit("holds half a surrogate pair, which is no text") from None
    return text


def _shown(name: object) -> str:
    return ascii(name)[:60]
