"""HMAC with SHA-2 (RFC 7518, section 3.2); the secret is hashed once, not for every token."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from authcli.errors import KeyWrong
from authcli.keys.algorithms import ALGORITHMS
from authcli.keys.recognition import recognise

if TYPE_CHECKING:
    from authcli.tokens.engine import Sign, Verify

__all__ = ["signer", "verifier"]


def signer(algorithm: str, secret: bytes) -> Sign:
    """Return what computes the HMAC under a secret.

    Raises:
        KeyWrong: the secret is the text of a key: whoever has it could sign (CVE-2022-29217).
    """
    if found := recognise(secret):
        raise KeyWrong(f"this oct key's secret looks like {found.name}, not like {algorithm}'s")
    keyed = hmac.new(secret, digestmod=ALGORITHMS[algorithm].hash_name)

    def sign(message: bytes) -> bytes:
        context = keyed.copy()
        context.update(message)
        return context.digest()

    return sign


def verifier(algorithm: str, secret: bytes) -> Verify:
    """Return what compares an HMAC under a secret in constant time; raises as `signer`."""
    compute, compare = signer(algorithm, secret), hmac.compare_digest

    def verify(message: bytes, signature: bytes) -> bool:
        return compare(signature, compute(message))

    return verify
