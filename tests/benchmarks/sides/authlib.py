"""Authlib's own `authlib.jose`: deprecated in favour of joserfc, and widely in use."""

from __future__ import annotations

import importlib
import time
import warnings
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from tests.benchmarks.sides.side import (
    CLAIMS,
    LIFETIME_SECONDS,
    Absent,
    Keys,
    Refused,
    Side,
    timed,
)

__all__ = ["side"]


def side(keys: Keys) -> Side:
    """Return the loops for one algorithm.

    Raises:
        Absent: Authlib is not installed.
    """
    jose = _jose()
    algorithm, kty = keys.algorithm, keys.key.kty
    codec = jose.JsonWebToken([algorithm])
    private, public = (
        jose.JsonWebKey.import_key(data, {"kty": kty}) for data in (keys.private, keys.public)
    )
    header = {"alg": algorithm, "typ": "JWT"}

    def mint(count: int) -> list[str]:
        return [codec.encode(header, _claims(), private).decode() for _ in range(count)]

    def verify(tokens: Sequence[str]) -> dict[str, Any]:
        try:
            for token in tokens:
                claims = codec.decode(token, public)
                claims.validate()
        except (jose.errors.JoseError, ValueError) as why:
            raise Refused(str(why)) from why
        return dict(claims)

    return Side("Authlib", timed(mint), timed(verify))


def _jose() -> Any:
    """Return authlib.jose, which warns when it is imported, whatever filters say."""
    try:
        with warnings.catch_warnings():
            importlib.import_module("authlib.deprecate")  # puts a filter of its own first
            warnings.simplefilter("ignore")
            importlib.import_module("authlib.jose.errors")
            return importlib.import_module("authlib.jose")
    except ModuleNotFoundError:
        raise Absent("Authlib is not installed") from None


def _claims() -> dict[str, Any]:
    now = int(time.time())
    return {**CLAIMS, "iat": now, "exp": now + LIFETIME_SECONDS, "jti": str(uuid4())}
