"""A side of a comparison: it mints tokens and verifies them, with one algorithm and one key."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from authcli import keys
from authcli.encoding import base64url_decode
from authcli.keys import Key

__all__ = [
    "CLAIMS",
    "LIFETIME_SECONDS",
    "Absent",
    "Keys",
    "Lap",
    "Refused",
    "Side",
    "make_keys",
    "sample",
    "timed",
]

#: What every token says beside iat, exp and jti.
CLAIMS = {"iss": "https://issuer.example", "sub": "alice", "scope": "read write"}
LIFETIME_SECONDS = 900
_SAMPLES = 10

T = TypeVar("T")
R = TypeVar("R")


class Absent(Exception):
    """A side is not there: the message says what is missing."""


class Refused(Exception):
    """The side says no to a token."""


class Lap(NamedTuple, Generic[R]):
    """What one turn took, and what came of it."""

    wall_seconds: float
    cpu_seconds: float
    output: R


class Side(NamedTuple):
    """Who competes."""

    name: str
    mint: Callable[[int], Lap[list[str]]]
    """Mints so many tokens, and gives them, or some of them."""
    verify: Callable[[Sequence[str]], Lap[dict[str, Any]]]
    """Verifies tokens, and gives the claims of the last one; raises Refused."""
    distinct: bool = True
    """Whether every token has a jti of its own."""


class Keys(NamedTuple):
    """One key, as the sides take it."""

    algorithm: str
    key: Key
    private: bytes
    """The secret's bytes, or the private key's PEM."""
    public: bytes
    """The secret's bytes, or the public key's PEM."""

    @property
    def secret(self) -> bool:
        """Whether it is shared."""
        return self.key.kty == "oct"


def make_keys(algorithm: str) -> Keys:
    """Make a key without a name, since not every side puts one into the header."""
    bits = 2048 if algorithm.startswith("RS") else None
    key = keys.generate(algorithm, bits=bits, kid=None)
    if key.kty == "oct":
        secret = key.private_members["k"].reveal_text()
        raw = base64url_decode(secret)
        return Keys(algorithm, key, raw, raw)
    public = keys.write(key.public(), format="pem")
    return Keys(algorithm, key, keys.write(key, format="pem"), public)


def timed(work: Callable[[T], R]) -> Callable[[T], Lap[R]]:
    """Return what does the work and times it, in this process."""

    def lap(task: T) -> Lap[R]:
        cpu, wall = time.process_time(), time.perf_counter()
        output = work(task)
        return Lap(time.perf_counter() - wall, time.process_time() - cpu, output)

    return lap


def sample(tokens: Sequence[str]) -> Sequence[str]:
    """Return some of the tokens, from all over."""
    return tokens[:: max(1, len(tokens) // _SAMPLES)]
