"""Keys on NIST's curves and secp256k1 as `cryptography` has them."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec

from authcli.encoding import base64url_encode

__all__ = ["derive", "generate", "private_key", "public_key"]

_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "P-256": ec.SECP256R1,
    "P-384": ec.SECP384R1,
    "P-521": ec.SECP521R1,
    "secp256k1": ec.SECP256K1,
}


def private_key(crv: str, scalar: int) -> ec.EllipticCurvePrivateKey:
    """Return the private key of a scalar."""
    return ec.derive_private_key(scalar, _CURVES[crv]())


def public_key(crv: str, x: int, y: int) -> ec.EllipticCurvePublicKey:
    """Return the public key of a point."""
    return ec.EllipticCurvePublicNumbers(x, y, _CURVES[crv]()).public_key()


def derive(crv: str, scalar: int) -> tuple[ec.EllipticCurvePrivateKey, dict[str, str]]:
    """Return a private scalar as a key, and its point as the members x and y."""
    private = private_key(crv, scalar)
    point = private.public_key().public_numbers()
    size = (private.key_size + 7) // 8
    x, y = (base64url_encode(value.to_bytes(size, "big")) for value in (point.x, point.y))
    return private, {"x": x, "y": y}


def generate(crv: str) -> bytes:
    """Return the private scalar of a new key, in the curve's full length."""
    private = ec.generate_private_key(_CURVES[crv]())
    return private.private_numbers().private_value.to_bytes((private.key_size + 7) // 8, "big")
