"""The claims set: strict JSON, registered claims of their right types (RFC 7519, section 4.1).

Types are checked because readers that coerce them disagree: a string "4_102_444_800" or `true`
as `exp` is a time to one library and a failure to another.
"""

from __future__ import annotations

from collections.abc import Mapping

from authcli.encoding import read_json
from authcli.errors import InvalidEncoding
from authcli.tokens.compact import Json

__all__ = [
    "MAX_NUMERIC_DATE",
    "MILLISECONDS_FROM",
    "TIME_CLAIMS",
    "as_time",
    "audiences",
    "faults_of_types",
    "read_claims",
    "scopes",
]

#: The claims whose value is a NumericDate; `auth_time` and `updated_at` are OpenID Connect's.
TIME_CLAIMS = ("exp", "nbf", "iat", "auth_time", "updated_at")
VALIDITY_CLAIMS = ("exp", "nbf", "iat")
STRING_CLAIMS = ("iss", "sub", "jti")

#: A NumericDate from here on lies beyond the year 5138: it was written in milliseconds.
MILLISECONDS_FROM = 10**11

#: Every integer up to here is exact in a double, hence the same time to every reader (RFC 8259,
#: section 6).
MAX_NUMERIC_DATE = 2**53

_ABSURD = "a number beyond every calendar"


def read_claims(payload: bytes) -> dict[str, Json]:
    """Read a payload as a claims set.

    Raises:
        InvalidEncoding: not a JSON object that every reader understands alike.

    Source: RFC 7519, section 7.2, step 10.
    """
    claims: Json = read_json(payload, what="token's payload")
    if not isinstance(claims, dict):
        raise InvalidEncoding("the token's payload is not a JSON object")
    return claims


def faults_of_types(claims: Mapping[str, object]) -> list[str]:
    """Return a sentence for each registered claim whose type the standard forbids.

    Source: RFC 7519, section 4.1: exp, nbf and iat are numbers, iss, sub and jti strings, and
    aud is a string or an array of strings.
    """
    if _well_typed(claims):
        return []
    faults = [
        f"{name} is {_kind(claims[name], number=_ABSURD)}, not a finite number of seconds"
        for name in VALIDITY_CLAIMS
        if name in claims and as_time(claims[name]) is None
    ]
    faults += [
        f"{name} is {_kind(claims[name])}, not a string"
        for name in STRING_CLAIMS
        if name in claims and not isinstance(claims[name], str)
    ]
    if "aud" in claims and audiences(claims) is None:
        faults.append(f"aud is {_kind(claims['aud'])}, not a string or an array of strings")
    return faults


def _well_typed(claims: Mapping[str, object]) -> bool:
    """Tell whether there is any fault to word; of a million tokens hardly one has any."""
    get = claims.get
    return (
        isinstance(get("iss", ""), str)
        and isinstance(get("sub", ""), str)
        and isinstance(get("jti", ""), str)
        and as_time(get("exp", 0)) is not None
        and as_time(get("iat", 0)) is not None
        and ("nbf" not in claims or as_time(claims["nbf"]) is not None)
        and (isinstance(get("aud", ""), str) or audiences(claims) is not None)
    )


def as_time(value: object) -> int | float | None:
    """Return a NumericDate, or None: strings, booleans, NaN and absurd magnitudes are none."""
    # A boolean is an int by inheritance alone; NaN is less or equal to nothing.
    if type(value) is int or type(value) is float:
        return value if -MAX_NUMERIC_DATE <= value <= MAX_NUMERIC_DATE else None
    return None


def audiences(claims: Mapping[str, object]) -> tuple[str, ...] | None:
    """Return the audiences of a token, empty when it names none; None when aud is ill-typed."""
    value = claims.get("aud", ())
    return (value,) if isinstance(value, str) else _strings(value)


def scopes(claims: Mapping[str, object]) -> tuple[str, ...]:
    """Return the scopes that a token grants.

    Source: `scope` is a list separated by blanks (RFC 8693, section 4.2); `scp` is the same or
    an array, as Microsoft Entra and Okta write it.
    """
    granted: list[str] = []
    for name in ("scope", "scp"):
        value = claims.get(name, ())
        granted += value.split(" ") if isinstance(value, str) else _strings(value) or ()
    return tuple(scope for scope in granted if scope)


def _strings(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        return None
    return tuple(value)


def _kind(value: object, *, number: str = "a number") -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return number
    names = {str: "a string", list: "an array", dict: "an object", type(None): "null"}
    return names.get(type(value), type(value).__name__)
