"""PyJWT, as its documentation has it, with keys that were read before."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from tests.benchmarks.sides.side import CLAIMS, LIFETIME_SECONDS, Keys, Refused, Side, timed

__all__ = ["side"]


def side(keys: Keys) -> Side:
    """Return the loops for one algorithm."""
    algorithm = keys.algorithm
    private: Any = keys.private if keys.secret else load_pem_private_key(keys.private, None)
    public: Any = keys.public if keys.secret else load_pem_public_key(keys.public)

    def mint(count: int) -> list[str]:
        return [jwt.encode(_claims(), private, algorithm) for _ in range(count)]

    def verify(tokens: Sequence[str]) -> dict[str, Any]:
        try:
            for token in tokens:
                claims = jwt.decode(token, public, algorithms=[algorithm])
        except jwt.InvalidTokenError as why:
            raise Refused(str(why)) from why
        return dict(claims)

    return Side("PyJWT", timed(mint), timed(verify))


def _claims() -> dict[str, object]:
    now = int(time.time())
    return {**CLAIMS, "iat": now, "exp": now + LIFETIME_SECONDS, "jti": str(uuid4())}
