"""RSASSA-PKCS1-v1_5 and RSASSA-PSS (RFC 7518, sections 3.3 and 3.5): the only user of PyJWT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jwt.algorithms import RSAAlgorithm, RSAPSSAlgorithm

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

    from authcli.tokens.engine import Sign, Verify

__all__ = ["signer", "verifier"]

#: PyJWT's registry is not touched.
_SCHEMES = {
    "RS256": RSAAlgorithm(RSAAlgorithm.SHA256),
    "RS384": RSAAlgorithm(RSAAlgorithm.SHA384),
    "RS512": RSAAlgorithm(RSAAlgorithm.SHA512),
    "PS256": RSAPSSAlgorithm(RSAPSSAlgorithm.SHA256),
    "PS384": RSAPSSAlgorithm(RSAPSSAlgorithm.SHA384),
    "PS512": RSAPSSAlgorithm(RSAPSSAlgorithm.SHA512),
}


def signer(algorithm: str, key: RSAPrivateKey) -> Sign:
    """Return what signs; PSS salts are as long as the digest."""
    compute = _SCHEMES[algorithm].sign

    def sign(message: bytes) -> bytes:
        return compute(message, key)

    return sign


def verifier(algorithm: str, key: RSAPublicKey) -> Verify:
    """Return what verifies."""
    check = _SCHEMES[algorithm].verify

    def verify(message: bytes, signature: bytes) -> bool:
        return check(message, key, signature)

    return verify
