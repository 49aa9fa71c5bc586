"""What a peer can do: sign and verify tokens; some make keys, name them, and sign any payload."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from tests.interop.cases import Material

#: What everybody has: the signature algorithms of RFC 7518, section 3.1.
RFC_7518 = (
    *("HS256", "HS384", "HS512", "RS256", "RS384", "RS512"),
    *("PS256", "PS384", "PS512", "ES256", "ES384", "ES512"),
)


class Refused(Exception):
    """The peer says no: to a signature, to a key, or to an algorithm that it does not know."""


class Shape(NamedTuple):
    """How a JWS is written down."""

    form: str
    """compact, flattened or general (RFC 7515, section 7)."""
    detached: bool = False
    """The payload travels apart (RFC 7515, appendix F)."""
    unencoded: bool = False
    """The payload is signed as it is (RFC 7797)."""


class Peer(Protocol):
    """Somebody else who signs and verifies tokens."""

    kinds: tuple[str, ...]
    """The kinds of `cases.KINDS` that each supported version of it knows."""
    private_forms: tuple[str, ...]
    """The forms of private keys that it reads, as `cases.Material` names them."""
    public_forms: tuple[str, ...]
    """The forms of public keys that it reads."""
    secret_forms: tuple[str, ...]
    """The forms of HMAC secrets that it reads."""
    knows_time: bool
    """Whether it refuses what has expired."""

    def sign(self, claims: Mapping[str, object], *, key: Material, kid: str, algorithm: str) -> str:
        """Return a token that names its key, or raise Refused."""

    def verify(self, token: str, *, key: Material, algorithm: str) -> dict[str, object]:
        """Return the claims, or raise Refused."""


class KeyMaker(Protocol):
    """Somebody else who makes keys."""

    makes: tuple[str, ...]
    """The kinds of keys that are tried."""

    def make(self, kind: str) -> dict[str, bytes]:
        """Return one key in each form that the peer writes: "private jwk", "public pem"."""


class Namer(Protocol):
    """Somebody else who computes thumbprints (RFC 7638)."""

    names: tuple[str, ...]
    """The kinds of keys that are tried."""
    hashes: tuple[str, ...]
    """Of sha256, sha384 and sha512 those that it knows."""

    def thumbprint(self, jwk: bytes, *, hash: str) -> str:
        """Return the thumbprint of a JWK."""


class PayloadSigner(Protocol):
    """Somebody else who signs any payload."""

    shapes: tuple[Shape, ...]
    """The shapes that are tried."""

    def sign_payload(self, payload: bytes, *, keys: Sequence[Material], shape: Shape) -> str:
        """Return a JWS with a signature of each key; one whose form is not general has one."""

    def verify_payload(self, jws: str, *, key: Material, payload: bytes | None = None) -> bytes:
        """Return the payload of a compact JWS, be it in there or apart, or raise Refused."""


def claims_of(text: str | bytes) -> dict[str, object]:
    """Read a payload as the peer gave it."""
    claims = json.loads(text)
    assert isinstance(claims, dict)
    return claims
