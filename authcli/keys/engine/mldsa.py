"""ML-DSA keys as `cryptography` has them (FIPS 204)."""

from __future__ import annotations

from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.mldsa import (
    MLDSA44PrivateKey,
    MLDSA44PublicKey,
    MLDSA65PrivateKey,
    MLDSA65PublicKey,
    MLDSA87PrivateKey,
    MLDSA87PublicKey,
)

from authcli.errors import Unavailable

__all__ = ["MLDSAPrivateKey", "MLDSAPublicKey", "derive", "generate", "private_key", "public_key"]

MLDSAPrivateKey: TypeAlias = MLDSA44PrivateKey | MLDSA65PrivateKey | MLDSA87PrivateKey
MLDSAPublicKey: TypeAlias = MLDSA44PublicKey | MLDSA65PublicKey | MLDSA87PublicKey

_CLASSES: dict[str, tuple[type[MLDSAPrivateKey], type[MLDSAPublicKey]]] = {
    "ML-DSA-44": (MLDSA44PrivateKey, MLDSA44PublicKey),
    "ML-DSA-65": (MLDSA65PrivateKey, MLDSA65PublicKey),
    "ML-DSA-87": (MLDSA87PrivateKey, MLDSA87PublicKey),
}


def private_key(name: str, seed: bytes) -> MLDSAPrivateKey:
    """Return the private key of a 32-byte seed.

    Raises:
        Unavailable: a build of `cryptography` whose OpenSSL lacks ML-DSA.
    """
    try:
        return _CLASSES[name][0].from_seed_bytes(seed)
    except UnsupportedAlgorithm:
        pass
    raise _lacking(name)


def public_key(name: str, public: bytes) -> MLDSAPublicKey:
    """Return the public key of its raw bytes; raises as `private_key` does."""
    try:
        return _CLASSES[name][1].from_public_bytes(public)
    except UnsupportedAlgorithm:
        pass
    raise _lacking(name)


def derive(name: str, seed: bytes) -> tuple[MLDSAPrivateKey, bytes]:
    """Return a seed as a key, and its public bytes; raises as `private_key` does."""
    private = private_key(name, seed)
    return private, private.public_key().public_bytes_raw()


def generate(name: str) -> bytes:
    """Return the seed of a new key; raises as `private_key` does."""
    try:
        return _CLASSES[name][0].generate().private_bytes_raw()
    except UnsupportedAlgorithm:
        pass
    raise _lacking(name)


def _lacking(name: str) -> Unavailable:
    return Unavailable(
        f"this build of cryptography has no {name}",
        hint="install its own wheel, which brings OpenSSL: pip install --upgrade cryptography",
    )
