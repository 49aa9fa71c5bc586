"""Kinds of token with a standard of their own: what `mint(as_=…)` demands of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from authcli.errors import InvalidClaim, InvalidInput
from authcli.tokens.claims import as_time, audiences

__all__ = ["PROFILES", "Profile", "profile_named"]


class Profile(NamedTuple):
    """One kind of token."""

    name: str
    """What `--as` and `as_=` call it."""
    typ: str
    """The header's typ."""
    required: tuple[str, ...]
    """The claims that its standard demands; defaults (exp, iat, jti) count."""
    strings: tuple[str, ...] = ()
    """Claims that are strings where present."""
    source: str = ""
    """The standard."""

    def check(self, claims: Mapping[str, object]) -> None:
        """Refuse claims that this kind of token must not be minted with.

        Raises:
            InvalidClaim: naming every missing claim, or the first of a wrong type.
        """
        missing = [name for name in self.required if claims.get(name) in (None, "", [], ())]
        if missing:
            raise InvalidClaim(
                f"a token minted as {self.name} needs {', '.join(missing)} ({self.source})",
                hint=" ".join(_FLAGS.get(name, f"-c {name}=…") for name in missing),
            )
        for name in self.strings:
            if name in claims and not isinstance(claims[name], str):
                raise InvalidClaim(f"{name} must be a string ({self.source})")
        if "auth_time" in claims and as_time(claims["auth_time"]) is None:
            raise InvalidClaim(f"auth_time must be a number of seconds ({self.source})")

    def warnings(self, claims: Mapping[str, object]) -> tuple[str, ...]:
        """Return what the standard advises against."""
        if self.name == "id" and len(audiences(claims) or ()) > 1 and "azp" not in claims:
            return (f"an ID token for several audiences should name its azp ({self.source})",)
        return ()


_FLAGS = {
    "iss": "--iss https://issuer.example",
    "sub": "--sub alice",
    "aud": "--aud https://api.example",
    "exp": "--exp 15m",
    "client_id": "-c client_id=my-client",
}

_ROWS = (
    Profile(
        "access",
        "at+jwt",
        ("iss", "exp", "aud", "sub", "client_id", "iat", "jti"),
        ("client_id", "scope", "acr"),
        "RFC 9068, section 2.2",
    ),
    Profile(
        "id",
        "JWT",
        ("iss", "sub", "aud", "exp", "iat"),
        ("nonce", "acr", "azp", "at_hash", "c_hash", "sid"),
        "OpenID Connect Core 1.0, section 2",
    ),
)
#: Every profile by name.
PROFILES: Final[dict[str, Profile]] = {row.name: row for row in _ROWS}


def profile_named(name: str) -> Profile:
    """Return the profile of that name; raises `InvalidInput`, listing them, for another name."""
    try:
        return PROFILES[name]
    except KeyError:
        raise InvalidInput(
            f"no kind of token is called {ascii(name)[:60]}", hint="one of: " + ", ".join(PROFILES)
        ) from None
