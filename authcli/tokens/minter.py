"""Minting: claims and a key in, a signed token out (RFC 7515, section 5.1; RFC 7519, section 7.1).

`authcli.tokens.mint` is the function for one token. A `Minter` holds what stays the same from
token to token: key, algorithm, header, lifetime; a `Draft` is one token before it is signed. What
a strict reader would refuse is refused here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from math import isfinite
from typing import TYPE_CHECKING, TypedDict

from authcli import clock
from authcli.encoding import base64url_encode, compact_json
from authcli.errors import InvalidClaim, InvalidInput, KeyWeak, KeyWrong
from authcli.keys.algorithms import (
    ALGORITHMS,
    require_algorithm,
    require_operation,
    signing_algorithm,
    verifying_algorithms,
)
from authcli.tokens.compact import MAX_TOKEN_BYTES, Json
from authcli.tokens.drafting import writable_claims, writable_header
from authcli.tokens.uuids import UUID_LENGTH, random_uuids

if TYPE_CHECKING:
    from authcli.keys.model import Key
    from authcli.tokens.engine import Sign
    from authcli.tokens.profiles import Profile

__all__ = ["DEFAULT_LIFETIME_SECONDS", "Draft", "MintOptions", "Minter"]

DEFAULT_LIFETIME_SECONDS = 15 * 60
#: What follows a jti that is the last claim.
_END_OF_JTI = b'"}'


class MintOptions(TypedDict, total=False):
    """What can be said about a token beside its claims and its key; see `Minter`."""

    algorithm: str | None
    header: Mapping[str, object] | None
    kid: str | bool
    typ: str | bool
    as_: str | None
    lifetime_seconds: int | None
    iat: bool
    jti: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """A token before it is signed."""

    header: Mapping[str, Json]
    payload: Mapping[str, Json]
    minter: Minter = field(repr=False)
    """What will sign it."""
    warnings: tuple[str, ...] = ()
    """What stops nothing, but deserves a look: already expired, valid before it begins."""

    @property
    def key(self) -> Key:
        """The key that will sign."""
        return self.minter.key

    @property
    def algorithm(self) -> str:
        """The algorithm that will sign."""
        return self.minter.signing_algorithm

    def sign(self) -> str:
        """Return the draft as a signed token."""
        return self.minter.sign(self)


@dataclass(frozen=True, kw_only=True)
class Minter:
    """Validated parameters for minting any number of tokens; the key is prepared once.

    Raises:
        InvalidInput: a header, an algorithm or a profile that cannot be used.
        KeyWrong: a key that must not sign, or not with this algorithm.
        KeyWeak: a key too short for the algorithm, or known to be weak.
    """

    key: Key
    algorithm: str | None = None
    """None: the one the key declares, else its type's default."""
    header: Mapping[str, object] | None = None
    """Additional header members; alg, crit and b64 are refused."""
    kid: str | bool = True
    """True: the key's own, where it has one; False: none."""
    typ: str | bool = True
    """True: the profile's, else "JWT"; False: none."""
    as_: str | None = None
    """"access" (RFC 9068), "id" (OpenID Connect), or None."""
    lifetime_seconds: int | None = DEFAULT_LIFETIME_SECONDS
    """Sets exp this long after `at` where the claims have none; None sets none."""
    iat: bool = True
    """Set iat where the claims have none."""
    jti: bool = True
    """Set jti to a random UUID where the claims have none."""

    def __post_init__(self) -> None:
        require_operation(self.key, operation="sign")
        _check_strength(self.key, self.signing_algorithm)
        lifetime = self.lifetime_seconds
        if lifetime is not None and (isinstance(lifetime, bool) or lifetime <= 0):
            raise InvalidInput("a token's lifetime is a positive number of seconds")
        _ = self._header_text

    @cached_property
    def profile(self) -> Profile | None:
        """The kind of token that is minted, where one was named."""
        if self.as_ is None:
            return None
        from authcli.tokens.profiles import profile_named

        return profile_named(self.as_)

    @cached_property
    def signing_algorithm(self) -> str:
        """The algorithm of every token of this minter."""
        chosen = self.algorithm
        if chosen is None:
            return signing_algorithm(self.key)
        require_algorithm(chosen)
        possible = verifying_algorithms(self.key, allow_weak=True)
        if chosen not in possible:
            raise KeyWrong(
                f"this {self.key.crv or self.key.kty} key cannot sign {chosen}",
                hint=f"it signs {', '.join(possible)}",
            )
        return chosen

    @cached_property
    def full_header(self) -> dict[str, Json]:
        """The header of every token of this minter: alg, typ, kid, then the rest."""
        extra = writable_header(self.header or {})
        typ = self.profile.typ if self.profile else "JWT"
        header: dict[str, Json] = {"alg": self.signing_algorithm}
        for name, chosen, default in (("typ", self.typ, typ), ("kid", self.kid, self.key.kid)):
            value = _member(name, default, extra, chosen=chosen)
            if value is not None:
                header[name] = value
        return header | extra

    @cached_property
    def _header_text(self) -> str:
        return base64url_encode(compact_json(self.full_header))

    @cached_property
    def _sign(self) -> Sign:
        from authcli.tokens.engine import signer

        return signer(self.signing_algorithm, self.key)

    def draft(
        self, claims: Mapping[str, object] | None = None, *, at: float | None = None
    ) -> Draft:
        """Return a token before it is signed.

        Args:
            claims: the claims; they win over the defaults for exp, iat and jti.
            at: the time of minting in epoch seconds; the clock's when None.

        Raises:
            InvalidClaim: a claim that no strict reader would accept, or that the profile lacks.
        """
        if at is not None and not isfinite(at):
            raise InvalidInput("the time to mint at is not a finite number of seconds")
        now = clock.now() if at is None else int(at)
        payload = self._with_defaults(writable_claims(claims or {}), now)
        warnings = _doubts(payload, now)
        if self.profile:
            self.profile.check(payload)
            warnings += self.profile.warnings(payload)
        return Draft(self.full_header, payload, self, warnings)

    def ready(self) -> None:
        """Prepare the key now, so that processes forked after it share what that cost."""
        _ = self._sign

    def mint(self, claims: Mapping[str, object] | None = None, *, at: float | None = None) -> str:
        """Return a signed token; takes and raises the same as `draft`."""
        return self.sign(self.draft(claims, at=at))

    def sign(self, draft: Draft) -> str:
        """Return a draft of this minter as a signed token."""
        try:
            payload = compact_json(draft.payload)
        except ValueError:  # an integer of more than 4300 digits
            raise InvalidClaim("a claim holds a number that cannot be written") from None
        return self._signed(f"{self._header_text}.{base64url_encode(payload)}")

    def sign_texts(self, header: str, payload: str) -> str:
        """Return a token of JSON as it is spelled; what it says is not looked at."""
        return self._signed(".".join(base64url_encode(text.encode()) for text in (header, payload)))

    def _signed(self, signing_input: str) -> str:
        token = f"{signing_input}.{base64url_encode(self._sign(signing_input.encode()))}"
        if len(token) > MAX_TOKEN_BYTES:
            raise InvalidClaim(
                f"the token would be {len(token)} bytes long, over the limit of {MAX_TOKEN_BYTES}"
            )
        return token

    def batch(
        self,
        claims: Mapping[str, object] | None = None,
        *,
        count: int,
        at: float | None = None,
    ) -> Iterator[str]:
        """Yield signed tokens that differ in their jti alone (and in signatures that are random).

        What is the same in all of them is written and encoded once, so that a token costs little
        more than its signature.

        Args:
            claims: as for `draft`; with a jti of their own, or `jti=False`, they all say the same.
            count: how many, one at least.
            at: as for `draft`.

        Raises:
            InvalidClaim: as `draft`; before the first token.
        """
        draft = self.draft(claims, at=at)
        first = self.sign(draft)  # what cannot be signed, or is too long, is said at once
        if self.jti and "jti" not in (claims or {}):
            rest = self._varied(draft, count - 1)
        else:
            rest = (self.sign(draft) for _ in range(count - 1))
        return chain((first,), rest)

    def _varied(self, draft: Draft, count: int) -> Iterator[str]:
        """Yield tokens of one draft, whose last claim is the jti, each with its own."""
        text = compact_json(draft.payload).removesuffix(_END_OF_JTI)[:-UUID_LENGTH]
        # Base64 takes three bytes at a time: up to here the text is the same in every token.
        fixed = len(text) - len(text) % 3
        start = f"{self._header_text}.{base64url_encode(text[:fixed])}".encode()
        rest, sign = text[fixed:], self._sign
        for jti in random_uuids(count):
            message = start + base64url_encode(rest + jti + _END_OF_JTI).encode()
            yield f"{message.decode()}.{base64url_encode(sign(message))}"

    def _with_defaults(self, claims: dict[str, Json], now: int) -> dict[str, Json]:
        if self.iat:
            claims.setdefault("iat", now)
        if self.lifetime_seconds is not None:
            claims.setdefault("exp", now + self.lifetime_seconds)
        if self.jti and "jti" not in claims:
            claims["jti"] = next(random_uuids(1)).decode()
        return claims


def _member(
    name: str, default: str | None, extra: Mapping[str, Json], *, chosen: str | bool
) -> Json:
    """Return a header member that has a parameter of its own, unless `extra` sets it."""
    if name in extra:
        if isinstance(chosen, str) and chosen != extra[name]:
            raise InvalidInput(f"the header's {name} is given twice, with different values")
        return extra[name]
    if isinstance(chosen, str):
        if not chosen:
            raise InvalidInput(f"an empty {name} names nothing")
        return chosen
    return default if chosen else None


def _check_strength(key: Key, algorithm: str) -> None:
    weakness, minimum = key.weak, ALGORITHMS[algorithm].minimum_bits
    if weakness:
        raise KeyWeak(weakness.message, hint=weakness.hint)
    if key.size_bits < minimum:
        raise KeyWeak(
            f"{algorithm} needs a key of {minimum} bits; this one has {key.size_bits}",
            hint="make one: authcli key generate " + algorithm,
        )


def _doubts(claims: Mapping[str, Json], now: int) -> tuple[str, ...]:
    """Return what makes a token useless from the start; tests want such tokens, so they pass."""
    exp, nbf = claims.get("exp"), claims.get("nbf")
    doubts: list[str] = []
    if isinstance(exp, (int, float)):
        if exp <= now:
            doubts.append(f"the token is born expired: exp is {clock.format_instant(exp)}")
        if isinstance(nbf, (int, float)) and exp <= nbf:
            doubts.append("the token is never valid: exp is not after nbf")
    return tuple(doubts)
