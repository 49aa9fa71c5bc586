"""joserfc, as its documentation has it: `encode`; `decode`, then the claims' own validation."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from joserfc import jwk, jwt
from joserfc.errors import JoseError, SecurityWarning

from tests.benchmarks.sides.side import CLAIMS, LIFETIME_SECONDS, Keys, Refused, Side, timed

__all__ = ["side"]


def side(keys: Keys) -> Side:
    """Return the loops for one algorithm."""
    algorithm = keys.algorithm
    kty: Any = keys.key.kty
    private, public = jwk.import_key(keys.private, kty), jwk.import_key(keys.public, kty)
    header = {"alg": algorithm, "typ": "JWT"}

    def mint(count: int) -> list[str]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # EdDSA has newer names (RFC 9864)
            return [
                jwt.encode(header, _claims(), private, algorithms=[algorithm]) for _ in range(count)
            ]

    def verify(tokens: Sequence[str]) -> dict[str, Any]:
        registry = jwt.JWTClaimsRegistry()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SecurityWarning)
                for token in tokens:
                    claims = jwt.decode(token, public, algorithms=[algorithm]).claims
                    registry.validate(claims)
        except JoseError as why:
            raise Refused(str(why)) from why
        return dict(claims)

    return Side("joserfc", timed(mint), timed(verify))


def _claims() -> dict[str, Any]:
    now = int(time.time())
    return {**CLAIMS, "iat": now, "exp": now + LIFETIME_SECONDS, "jti": str(uuid4())}
