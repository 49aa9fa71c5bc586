"""Tokens for tests in one call: what every token has is there already, a test says the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from authcli.tokens.minter import DEFAULT_LIFETIME_SECONDS, Minter

if TYPE_CHECKING:
    from authcli.keys import Key

__all__ = ["TokenMaker"]

SUBJECT = "alice"


@dataclass(frozen=True, slots=True)
class TokenMaker:
    """What `make_token` holds: the settings that its tokens share. It is called like a function."""

    issuer: str
    """Every token's iss."""
    audience: str
    """Every token's aud."""
    _signing_key: Callable[[], Key] = field(repr=False)
    """Asked for each token, because a server may have rotated its keys."""

    @property
    def key(self) -> Key:
        """The private key that signs the next token."""
        return self._signing_key()

    def __call__(
        self,
        claims: Mapping[str, object] | None = None,
        /,
        *,
        key: Key | None = None,
        algorithm: str | None = None,
        at: float | None = None,
        lifetime_seconds: int = DEFAULT_LIFETIME_SECONDS,
        header: Mapping[str, object] | None = None,
        kid: str | bool = True,
        typ: str | bool = True,
        as_: str | None = None,
        **more_claims: object,
    ) -> str:
        """Return a signed token that a service should accept, but for what is said here.

            make_token()                                 alice's, valid for 15 minutes from now
            make_token(sub="bob", scope="read write")
            make_token(exp=None, aud="https://other.example")
            make_token({"https://me.example/roles": ["admin"]}, typ="at+jwt")

        Args:
            claims: claims whose names are no identifiers, or are those of an option here.
            more_claims: claims by name; they win over `claims`, and both over the defaults for
                iss, aud, sub, iat, exp and jti. None leaves a claim out.
            key: another key to sign with.
            at: the time of minting in epoch seconds; the clock's when None, frozen or not.
            algorithm, lifetime_seconds, header, kid, typ, as_: as in `authcli.tokens.mint`.

        Raises:
            InvalidClaim: a claim that no strict reader would accept; `bad_tokens` has such.
            InvalidInput, KeyWrong, KeyWeak: as `authcli.tokens.mint`.
        """
        left_out = {name for name, value in more_claims.items() if value is None}
        payload: dict[str, object] = {"iss": self.issuer, "sub": SUBJECT, "aud": self.audience}
        payload |= {**(claims or {}), **more_claims}
        minter = Minter(
            key=key or self.key,
            algorithm=algorithm,
            header=header,
            kid=kid,
            typ=typ,
            as_=as_,
            lifetime_seconds=None if "exp" in left_out else lifetime_seconds,
            iat="iat" not in left_out,
            jti="jti" not in left_out,
        )
        stated = {name: value for name, value in payload.items() if name not in left_out}
        return minter.mint(stated, at=at)
