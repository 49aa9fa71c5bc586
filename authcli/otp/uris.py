"""otpauth URIs, read as apps write them and written as all apps read them.

    otpauth://totp/Example:alice@example.com?secret=…&issuer=Example&algorithm=SHA1&digits=6&period=30

There is no standard but Google's wiki, "Key Uri Format". What apps do beyond it, and is read here:

- any case of the scheme, the kind, parameter names and algorithms; SHA-1 and HmacSHA1 for SHA1
- blanks, dashes and lower case in the secret; blanks around the parts of the label
- the issuer in the label, in the parameter, or in both; where they differ the parameter counts
- Steam as `encoder=steam`, as the kind `steam`, as five digits of the issuer Steam, `steam://SECRET`

Refused, because the codes would be wrong or the writer's meaning is not known: no secret, a
parameter twice with different values, broken percent-encoding, digits other than 6 to 8, hashes
other than SHA1, SHA256 and SHA512 (SHA224, SHA384 and SHA3 are computed by hardly any app).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from authcli.errors import InvalidInput
from authcli.otp.base32 import read_secret, write_secret
from authcli.otp.hotp import HASHES, MAX_COUNTER
from authcli.otp.model import MAX_PERIOD_SECONDS, Account, Algorithm, Kind, check
from authcli.otp.steam import LETTERS

__all__ = ["MAX_LENGTH", "ParsedUri", "build_uri", "parse_uri"]

#: Characters; what is longer fits into no QR code that a phone reads.
MAX_LENGTH = 2048
_KINDS: dict[str, Kind] = {"totp": "totp", "hotp": "hotp", "steam": "steam"}
#: What bears on an account. Apps add others (image, color, lock …), which are not read.
_PARAMETERS = {"secret", "issuer", "algorithm", "digits", "period", "counter", "encoder"}


class ParsedUri(NamedTuple):
    """The account of a URI, and what is to be said about it."""

    account: Account
    warnings: tuple[str, ...]


def parse_uri(text: str) -> ParsedUri:
    """Return the account that an otpauth URI describes. See `authcli.otp.parse_uri`."""
    if len(text) > MAX_LENGTH:
        raise _unreadable(f"the URI has {len(text)} characters, more than {MAX_LENGTH}")
    # Blanks inside are how some apps write names; a line break is a second URI, or damage.
    if re.search("[\0-\x1f\x7f]", text.strip()):
        raise _unreadable("the URI holds a line break or another control character")
    scheme, separator, rest = text.strip().partition("://")
    if separator and scheme.lower() == "steam":
        secret, warnings = read_secret(rest)
        return ParsedUri(Account(secret, "steam", issuer="Steam", digits=LETTERS), warnings)
    if not separator or scheme.lower() != "otpauth":
        raise _foreign(scheme.lower() if separator else "")
    # RFC 3986, section 3.5: what follows a number sign is no part of the query.
    address, _, query = rest.partition("#")[0].partition("?")
    kind, _, label = address.partition("/")
    if kind.lower() not in _KINDS:
        raise _unreadable("the URI's kind is not totp, hotp or steam")
    return _account(_KINDS[kind.lower()], _decoded(label), _parameters(query))


def build_uri(account: Account) -> str:
    """Return the otpauth URI of an account. See `authcli.otp.build_uri`."""
    check(account)
    issuer, name = account.issuer.strip(), account.name.strip()
    # A colon separates the issuer, so a name that holds one has an empty issuer before it.
    label = f"{_encoded(issuer)}:" if issuer or ":" in name else ""
    parameters = {
        "secret": write_secret(account.secret),
        "issuer": _encoded(issuer),
        # Of Steam, SHA1 goes without saying; pyotp does not read it there.
        "algorithm": "" if _is_plain_steam(account) else account.algorithm,
        "digits": str(LETTERS if account.kind == "steam" else account.digits),
        "period": "" if account.kind == "hotp" else str(account.period_seconds),
        "counter": str(account.counter) if account.kind == "hotp" else "",
        "encoder": "steam" if account.kind == "steam" else "",
    }
    query = "&".join(f"{key}={value}" for key, value in parameters.items() if value)
    kind = "hotp" if account.kind == "hotp" else "totp"
    uri = f"otpauth://{kind}/{label}{_encoded(name)}?{query}"
    if len(uri) > MAX_LENGTH:
        raise InvalidInput(
            f"the account's URI would have {len(uri)} characters, more than {MAX_LENGTH}",
            hint="shorten the issuer or the account's name",
            code="otp.uri",
        )
    return uri


def _is_plain_steam(account: Account) -> bool:
    return account.kind == "steam" and account.algorithm == "SHA1"


def _account(kind: Kind, label: str, parameters: dict[str, str]) -> ParsedUri:
    if not parameters.get("secret"):
        raise _unreadable("the URI has no secret")
    secret, warnings = read_secret(parameters["secret"])
    issuer, name, mismatch = _names(label, parameters.get("issuer", "").strip())
    if kind == "totp" and _is_steam(issuer, parameters):
        kind = "steam"
    if kind == "hotp" and not parameters.get("counter"):
        warnings += ("the URI has no counter; it begins at 0",)
    account = Account(
        secret,
        kind,
        issuer,
        name,
        _algorithm(parameters.get("algorithm", "SHA1")),
        LETTERS if kind == "steam" else _number(parameters, "digits", 6, least=6, most=8),
        30
        if kind == "hotp"
        else _number(parameters, "period", 30, least=1, most=MAX_PERIOD_SECONDS),
        _number(parameters, "counter", 0, least=0, most=MAX_COUNTER) if kind == "hotp" else 0,
    )
    return ParsedUri(account, warnings + mismatch)


def _names(label: str, issuer: str) -> tuple[str, str, tuple[str, ...]]:
    """Return issuer, account name and warnings; the label is ISSUER:NAME or NAME."""
    # The parameter tells where the label's issuer ends, should it hold a colon itself.
    if issuer and label.strip().startswith(f"{issuer}:"):
        return issuer, label.strip()[len(issuer) + 1 :].strip(), ()
    before, colon, after = label.partition(":")
    if not colon:
        return issuer, label.strip(), ()
    prefix, name = before.strip(), after.strip()
    if not issuer or not prefix or prefix.casefold() == issuer.casefold():
        return issuer or prefix, name, ()
    warning = f"the label's issuer {ascii(prefix[:60])} is not the parameter's; that one counts"
    return issuer, name, (warning,)


def _is_steam(issuer: str, parameters: dict[str, str]) -> bool:
    if parameters.get("encoder", "").lower() == "steam":
        return True
    return issuer.casefold() == "steam" and parameters.get("digits") == str(LETTERS)


def _algorithm(text: str) -> Algorithm:
    name = text.strip().upper().removeprefix("HMAC").replace("-", "")
    if name not in HASHES:
        raise _unreadable("the URI's algorithm is not SHA1, SHA256 or SHA512")
    return name


def _number(parameters: dict[str, str], name: str, default: int, *, least: int, most: int) -> int:
    text = parameters.get(name, "").strip()
    if not text:
        return default
    # int() would take digits of other scripts, underscores and signs, and any length.
    if re.fullmatch("[0-9]{1,20}", text) and least <= int(text) <= most:
        return int(text)
    raise _unreadable(f"the URI's {name} is not a number from {least} to {most}")


def _parameters(query: str) -> dict[str, str]:
    """Return the parameters that bear on an account, by their names in lower case."""
    found: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        key = name.strip().lower()
        if key in _PARAMETERS:
            # Forms, and apps that build URIs as forms are sent, write a blank as a plus.
            value = _decoded(value.replace("+", " "))
            if found.setdefault(key, value) != value:
                # Apps differ in which one counts: two of them would show different codes.
                raise _unreadable(f"the URI has {key} twice, with different values")
    return found


def _decoded(text: str) -> str:
    """Return the text with percent-encoding undone, strictly: RFC 3986, section 2.1."""
    if re.search("%(?![0-9A-Fa-f]{2})", text):
        raise _unreadable("the URI has a percent sign that encodes nothing")
    try:
        data = text.encode()
        return re.sub(b"%(..)", lambda match: bytes.fromhex(match[1].decode()), data).decode()
    except UnicodeError:
        raise _unreadable("the URI is not UTF-8") from None


def _encoded(text: str) -> str:
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise InvalidInput("the account's names are not UTF-8", code="otp.uri") from None
    return re.sub(b"[^A-Za-z0-9._~@-]", lambda match: b"%%%02X" % match[0][0], data).decode()


def _foreign(scheme: str) -> InvalidInput:
    if scheme == "otpauth-migration":
        return _unreadable(
            "this is a payload of Google Authenticator, of several accounts",
            hint="read it with: authcli totp read",
        )
    return _unreadable("the text is not an otpauth URI")


def _unreadable(message: str, *, hint: str = "") -> InvalidInput:
    example = "otpauth://totp/Example:alice?secret=…&issuer=Example"
    return InvalidInput(message, hint=hint or f"it looks like {example}", code="otp.uri")
