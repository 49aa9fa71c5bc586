"""What flags say of an account of one-time codes, which its bare secret does not say itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.otp import Account
    from authcli.otp.model import Kind
    from authcli.secret import Secret

__all__ = [
    "AccountName",
    "Algorithm",
    "Counter",
    "Digits",
    "Hotp",
    "Issuer",
    "Period",
    "Shape",
    "Steam",
    "agreed",
    "checked",
    "kind_of",
    "shaped",
]

MAX_COUNTER = 2**64 - 1
#: A day; longer ones are slips of the pen.
MAX_PERIOD_SECONDS = 86_400
#: Of an issuer or an account's name: more makes a QR code that no phone reads.
MAX_LABEL = 200
ALGORITHMS = ("SHA1", "SHA256", "SHA512")
STEAM_DIGITS = 5

Digits = Annotated[
    int | None,
    typer.Option("--digits", "-d", metavar="N", help="6 to 8, where the secret is bare."),
]
Period = Annotated[
    str | None, typer.Option("--period", metavar="TIME", help="How long a code stands: 30s.")
]
Algorithm = Annotated[
    str | None, typer.Option("--algorithm", metavar="HMAC", help="SHA1, SHA256 or SHA512.")
]
Steam = Annotated[bool, typer.Option("--steam", help="Steam's codes of five letters.")]
Hotp = Annotated[bool, typer.Option("--hotp", help="Codes by a counter (RFC 4226).")]
Counter = Annotated[
    int | None,
    typer.Option("--counter", metavar="N", help="The counter; of saved names the store's."),
]
Issuer = Annotated[
    str | None, typer.Option("--issuer", metavar="TEXT", help="Who asks for the codes.")
]
AccountName = Annotated[
    str | None,
    typer.Option("--account", metavar="TEXT", help="Whose account it is: alice@example.com."),
]


class Shape(NamedTuple):
    """What flags say of an account. A bare secret says nothing itself; a URI must agree."""

    kind: Kind | None = None
    algorithm: str | None = None
    digits: int | None = None
    period: str | None = None
    """A duration, as it was typed."""
    issuer: str | None = None
    name: str | None = None
    """Whose account it is there."""
    counter: int | None = None


def kind_of(steam: bool, hotp: bool, counter: int | None) -> Kind | None:
    """Return the kind that flags name; None where they name none.

    Raises:
        InvalidInput: they contradict each other.
    """
    if steam and hotp:
        raise InvalidInput("--steam and --hotp contradict each other; give one of them")
    if counter is not None and not hotp:
        raise InvalidInput("--counter is of codes by a counter; add --hotp")
    return "steam" if steam else "hotp" if hotp else None


def checked(shape: Shape) -> Shape:
    """Return flags whose values can be; the algorithm as the standard spells it."""
    if shape.kind == "steam" and (shape.algorithm or shape.digits or shape.period):
        raise InvalidInput(
            "Steam's codes are five letters, SHA1, 30 seconds; leave --digits, --period and"
            " --algorithm out"
        )
    if shape.kind == "hotp" and shape.period:
        raise InvalidInput("--period is of codes by the clock; HOTP has a counter")
    if shape.digits is not None and not 6 <= shape.digits <= 8:
        raise InvalidInput(f"--digits {shape.digits} is not between 6 and 8")
    if shape.counter is not None and not 0 <= shape.counter <= MAX_COUNTER:
        raise InvalidInput("--counter is a number from 0 to 2^64 - 1")
    if shape.period is not None:
        _seconds(shape.period)
    for flag, text in (("--issuer", shape.issuer), ("--account", shape.name)):
        if text is not None and (not text.strip() or len(text) > MAX_LABEL):
            raise InvalidInput(f"{flag} is a text of at most {MAX_LABEL} characters, not empty")
    if shape.algorithm is None:
        return shape
    algorithm = shape.algorithm.upper().replace("-", "").removeprefix("HMAC")
    if algorithm not in ALGORITHMS:
        raise InvalidInput(
            f"--algorithm is none of {', '.join(ALGORITHMS)}",
            hint="apps understand SHA1 everywhere, the others in part",
        )
    return shape._replace(algorithm=algorithm)


def shaped(secret: Secret, shape: Shape) -> Account:
    """Return the account of a bare secret, as flags say it is.

    Raises:
        InvalidInput: a flag's value that cannot be.
    """
    from authcli.otp import Account

    shape = checked(shape)
    values = {name: value for name, value in _said(shape).items() if value is not None}
    if shape.kind == "steam":
        values["digits"] = STEAM_DIGITS
    return Account(secret, **values)


def agreed(account: Account, shape: Shape, label: str) -> Account:
    """Return the account of a URI with the names that it lacks.

    Raises:
        InvalidInput: a flag contradicts it; its issuer knows which codes it expects.
    """
    said = _said(shape)
    said["counter"] = None  # a URI has the first one, and a caller that counts knows better
    for member, value in said.items():
        there = getattr(account, member)
        if value is not None and value != there and there != "":
            raise InvalidInput(
                f"{label} says itself what its {_SHOWN[member]} is, and not that",
                hint="leave the flag out; it is for a bare secret",
                code="otp.contradiction",
            )
    return account._replace(
        issuer=account.issuer or shape.issuer or "", name=account.name or shape.name or ""
    )


_SHOWN = {
    "kind": "kind",
    "algorithm": "algorithm",
    "digits": "number of digits",
    "period_seconds": "period",
    "issuer": "issuer",
    "name": "account",
}


def _said(shape: Shape) -> dict[str, Any]:
    """Return what the flags say, by the names of an account's members."""
    return {
        "kind": shape.kind,
        "algorithm": shape.algorithm,
        "digits": shape.digits,
        "period_seconds": None if shape.period is None else _seconds(shape.period),
        "issuer": shape.issuer,
        "name": shape.name,
        "counter": shape.counter,
    }


def _seconds(text: str) -> int:
    from authcli.cli._times import duration_of

    seconds = duration_of("--period", text, bare_seconds=True)
    if not 1 <= seconds <= MAX_PERIOD_SECONDS:
        raise InvalidInput(f"--period is between 1 s and {MAX_PERIOD_SECONDS} s")
    return seconds
