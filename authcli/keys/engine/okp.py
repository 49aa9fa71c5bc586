"""Keys on Edwards and Montgomery curves as `cryptography` has them."""

from __future__ import annotations

from typing import TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey, Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x448 import X448PrivateKey, X448PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

__all__ = ["OKPPrivateKey", "OKPPublicKey", "derive", "generate", "private_key", "public_key"]

OKPPrivateKey: TypeAlias = Ed25519PrivateKey | Ed448PrivateKey | X25519PrivateKey | X448PrivateKey
OKPPublicKey: TypeAlias = Ed25519PublicKey | Ed448PublicKey | X25519PublicKey | X448PublicKey

_CLASSES: dict[str, tuple[type[OKPPrivateKey], type[OKPPublicKey]]] = {
    "Ed25519": (Ed25519PrivateKey, Ed25519PublicKey),
    "Ed448": (Ed448PrivateKey, Ed448PublicKey),
    "X25519": (X25519PrivateKey, X25519PublicKey),
    "X448": (X448PrivateKey, X448PublicKey),
}


def private_key(crv: str, secret: bytes) -> OKPPrivateKey:
    """Return the private key of its raw bytes."""
    return _CLASSES[crv][0].from_private_bytes(secret)


def public_key(crv: str, public: bytes) -> OKPPublicKey:
    """Return the public key of its raw bytes."""
    return _CLASSES[crv][1].from_public_bytes(public)


def derive(crv: str, secret: bytes) -> tuple[OKPPrivateKey, bytes]:
    """Return raw private bytes as a key, and its public bytes."""
    private = private_key(crv, secret)
    return private, private.public_key().public_bytes_raw()


def generate(crv: str) -> bytes:
    """Return the raw bytes of a new private key."""
    return _CLASSES[crv][0].generate().private_bytes_raw()
