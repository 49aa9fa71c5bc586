"""Schemes that the key settles: EdDSA (RFC 8037, RFC 9864) and ML-DSA (RFC 9964, empty context)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey, Ed448PublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

    from authcli.keys.engine.mldsa import MLDSAPrivateKey, MLDSAPublicKey
    from authcli.tokens.engine import Sign, Verify

__all__ = ["signer", "verifier"]


def signer(_algorithm: str, key: Ed25519PrivateKey | Ed448PrivateKey | MLDSAPrivateKey) -> Sign:
    """Return what signs."""
    compute = key.sign

    def sign(message: bytes) -> bytes:
        return compute(message)

    return sign


def verifier(_algorithm: str, key: Ed25519PublicKey | Ed448PublicKey | MLDSAPublicKey) -> Verify:
    """Return what verifies."""
    check = key.verify

    def verify(message: bytes, signature: bytes) -> bool:
        try:
            check(signature, message)
        except InvalidSignature:
            return False
        return True

    return verify
