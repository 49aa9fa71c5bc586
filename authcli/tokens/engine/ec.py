"""ECDSA with signatures of r||s, each as long as the curve's order (RFC 7518, section 3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

if TYPE_CHECKING:
    from authcli.tokens.engine import Sign, Verify

__all__ = ["signer", "verifier"]


class _Scheme(NamedTuple):
    digest: ECDSA
    half: int
    """The length of r and of s, in bytes."""


_SCHEMES = {
    "ES256": _Scheme(ECDSA(SHA256()), 32),
    "ES256K": _Scheme(ECDSA(SHA256()), 32),
    "ES384": _Scheme(ECDSA(SHA384()), 48),
    "ES512": _Scheme(ECDSA(SHA512()), 66),
}


def signer(algorithm: str, key: EllipticCurvePrivateKey) -> Sign:
    """Return what signs; `cryptography` draws the nonce."""
    digest, half = _SCHEMES[algorithm]

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(message, digest))
        return r.to_bytes(half, "big") + s.to_bytes(half, "big")

    return sign


def verifier(algorithm: str, key: EllipticCurvePublicKey) -> Verify:
    """Return what verifies."""
    digest, half = _SCHEMES[algorithm]

    def verify(message: bytes, signature: bytes) -> bool:
        if len(signature) != 2 * half:
            return False
        r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
        try:
            key.verify(encode_dss_signature(r, s), message, digest)
        except InvalidSignature:
            return False
        return True

    return verify
