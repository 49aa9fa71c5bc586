"""Finding what ends in files: certificates, a token, JSON Web Keys; the content says which.

    PEM, DER      certificates, whatever keys stand beside them (RFC 5280, section 4.1.2.5)
    a JWT         its exp; the signature is NOT verified (RFC 7519, section 4.1.4)
    JWK, JWKS     a key's `exp`, and the certificates of its `x5c` (RFC 7517, section 4.7)

What is over already is told of, too: a file that somebody names is one that is used. Nothing
encrypted is opened, and nothing private is read beyond the file's own bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from authcli.cli._expiring.items import Ending
from authcli.cli._input import bare_token
from authcli.cli._moments import instant
from authcli.cli._reading import read_file, read_stdin
from authcli.clock import LATEST_INSTANT
from authcli.errors import AuthError, InvalidInput

if TYPE_CHECKING:
    from authcli.cli._reading import Given
    from authcli.keys.certificate import Certificate

__all__ = ["Found", "found_in"]

_WHAT = "certificate, token or key"
#: Three parts and more, of base64url. Linear in its length.
_COMPACT = r"[\w-]+={0,2}(?:\.[\w-]*={0,2}){2,4}"


class Found(NamedTuple):
    """What was found in files."""

    endings: tuple[Ending, ...]
    """The soonest first."""
    endless: tuple[str, ...]
    """Names of files in which nothing has an end."""
    errors: tuple[AuthError, ...]
    """Of each file that cannot be used; its message names it."""


def found_in(files: Sequence[str]) -> Found:
    """Return what ends in files; one that cannot be used does not keep the others from being read.

    Args:
        files: paths, bare or as `@PATH`; `-` is stdin, and what stands there is such a file.
    """
    endings: list[Ending] = []
    endless: list[str] = []
    errors: list[AuthError] = []
    for path in dict.fromkeys(files):
        try:
            given = _read(path)
            own = _own(given)
        except AuthError as error:
            errors.append(error)
            continue
        endings += own
        if not own:
            endless.append(given.name)
    endings.sort(key=lambda ending: ending.ends_at_ms)
    return Found(tuple(endings), tuple(endless), tuple(errors))


def _read(path: str) -> Given:
    if path == "-":
        return read_stdin(_WHAT)
    path = path.removeprefix("@")
    if path.startswith("eyJ") and re.fullmatch(_COMPACT, path, re.ASCII):
        # A token in the place of its file is not repeated, as "no such file" would.
        raise InvalidInput(
            "a token stands where a FILE is named that holds one",
            hint="pipe it in: authcli expiring -",
            code="source.literal",
        )
    # In messages the name is ASCII; in what is found it is as it was typed.
    return read_file(path, _WHAT)._replace(name=path)


def _own(given: Given) -> list[Ending]:
    """Return what ends in a file; what is wrong with it is said with its name."""
    try:
        return list(_endings(given.data, given.name))
    except AuthError as error:
        shown = ascii(given.name)[1:-1]
        raise InvalidInput(f"{shown}: {error.message}", hint=error.hint, code=error.code) from None


def _endings(data: bytes, name: str) -> Iterator[Ending]:
    token = bare_token(data)
    if re.fullmatch(_COMPACT, token, re.ASCII):
        return _of_token(token, name)
    from authcli.keys.recognition import recognise

    found = recognise(data)
    if found is None:
        raise InvalidInput(
            "this is neither a certificate, a token nor a key",
            hint="PEM and DER certificates, a JWT, JWK and JWKS are read",
            code="expiring.unknown",
        )
    if found.format == "json":
        return _of_json(found.data, name)
    from authcli.keys.chains import read_certificates

    return _of_chain(read_certificates(found), name)


def _of_token(token: str, name: str) -> Iterator[Ending]:
    from authcli.tokens.decoding import decode

    try:
        claims = decode(token).payload
    except AuthError as error:
        # A malformed token is a verdict elsewhere; here it is a file that cannot be used.
        raise InvalidInput(error.message, hint=error.hint, code="expiring.unknown") from None
    ends_at = _end_of(claims, "token")
    if ends_at is not None:
        subject = claims.get("sub")
        more = {
            "file": name,
            **{member: claims.get(member) for member in ("iss", "aud", "jti")},
            "verified": False,
        }
        yield Ending(ends_at, "token", name, subject if isinstance(subject, str) else None, more)


def _of_chain(chain: Sequence[Certificate], name: str, *, of: str = "") -> Iterator[Ending]:
    """Yield certificates: the first is the file's own, the others are those that vouch for it."""
    for number, certificate in enumerate(chain, start=1):
        more = {
            "file": name,
            "number": number,
            "subject": certificate.subject,
            "issuer": certificate.issuer,
            "serial": certificate.serial,
            "sha256": certificate.sha256,
            "not_before": instant(_ms(certificate.not_before)),
        }
        shown = name + of + (f"#{number}" if number > 1 else "")
        yield Ending(_ms(certificate.not_after), "certificate", shown, certificate.subject, more)


def _of_json(data: bytes, name: str) -> Iterator[Ending]:
    from authcli.encoding import read_json

    value = read_json(data, what="JSON")
    members = value if isinstance(value, dict) else {}
    listed = members.get("keys", [members] if "kty" in members else None)
    if not isinstance(listed, list) or not all(isinstance(key, dict) for key in listed):
        raise InvalidInput("this JSON is no JSON Web Key and no set of them", code="key.malformed")
    for number, key in enumerate(listed, start=1):
        of = f"#{number}" if number > 1 else ""
        kid = key.get("kid")
        ends_at = _end_of(key, "key")
        if ends_at is not None:
            more = {"file": name, "number": number, "kty": key.get("kty"), "alg": key.get("alg")}
            yield Ending(ends_at, "jwk", name + of, kid if isinstance(kid, str) else None, more)
        if "x5c" in key:
            yield from _of_chain(_x5c(key["x5c"]), name, of=of)


def _x5c(value: object) -> tuple[Certificate, ...]:
    """Return the certificates of a key's x5c: base64 of DER, not base64url."""
    import binascii

    from authcli.keys.certificate import read_certificate

    texts = value if isinstance(value, list) else []
    if not texts or not all(isinstance(text, str) and text.isascii() for text in texts):
        raise InvalidInput("a key's x5c is no list of certificates", code="key.malformed")
    try:
        chain = [binascii.a2b_base64(text, strict_mode=True) for text in texts]
    except binascii.Error:
        raise InvalidInput("a key's x5c is not base64", code="key.malformed") from None
    return tuple(map(read_certificate, chain))


def _end_of(members: Mapping[str, object], what: str) -> int | None:
    """Return the `exp` of a token or a key in Unix milliseconds; None where there is none."""
    from authcli.tokens.claims import as_time

    if "exp" not in members:
        return None
    exp = as_time(members["exp"])
    if exp is None:
        raise InvalidInput(f"the {what}'s exp is no time in seconds", code="expiring.unknown")
    return _ms(exp)


def _ms(seconds: float) -> int:
    """Return Unix milliseconds; what no calendar has is the first or the last that it has."""
    return int(min(max(seconds, 0), LATEST_INSTANT) * 1000)
