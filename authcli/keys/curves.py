"""The curves: their equations, whether a point lies on one, and the points that no key may be.

Only public points come here, so plain integers do; what touches a private key is computed by
`cryptography`. Sources: FIPS 186-5 and SEC 2 (Weierstrass curves), RFC 8032 (Ed25519, Ed448),
RFC 7748 (X25519, X448).
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["EDWARDS", "MONTGOMERY", "WEIERSTRASS", "decompress", "point_fault"]


class Weierstrass(NamedTuple):
    """y^2 = x^3 + ax + b over the field of p elements; all of them have cofactor 1."""

    p: int
    a: int
    b: int
    order: int
    bits: int

    @property
    def size_bytes(self) -> int:
        """How long a coordinate and the private scalar are (RFC 7518, section 6.2.1.2)."""
        return (self.bits + 7) // 8


def _nist(p: int, b: str, order: str, bits: int) -> Weierstrass:
    return Weierstrass(p, p - 3, int(b, 16), int(order, 16), bits)


WEIERSTRASS: Final[dict[str, Weierstrass]] = {
    "P-256": _nist(
        2**256 - 2**224 + 2**192 + 2**96 - 1,
        "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        256,
    ),
    "P-384": _nist(
        2**384 - 2**128 - 2**96 + 2**32 - 1,
        "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875a"
        "c656398d8a2ed19d2a85c8edd3ec2aef",
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
        "581a0db248b0a77aecec196accc52973",
        384,
    ),
    "P-521": _nist(
        2**521 - 1,
        "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef1"
        "09e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
        "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
        "a51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
        521,
    ),
    "secp256k1": Weierstrass(
        2**256 - 2**32 - 977,
        0,
        7,
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
        256,
    ),
}

_P25519 = 2**255 - 19
_P448 = 2**448 - 2**224 - 1


class Edwards(NamedTuple):
    """ax^2 + y^2 = 1 + dx^2y^2: how RFC 8032 encodes points of Ed25519 and Ed448."""

    p: int
    a: int
    d: int
    size_bytes: int


EDWARDS: Final[dict[str, Edwards]] = {
    "Ed25519": Edwards(_P25519, -1, -121665 * pow(121666, -1, _P25519) % _P25519, 32),
    "Ed448": Edwards(_P448, 1, -39081 % _P448, 57),
}
#: Curve: its field, the length of a public key, and the bits of one that count.
MONTGOMERY: Final[dict[str, tuple[int, int, int]]] = {
    "X25519": (_P25519, 32, 255),
    "X448": (_P448, 56, 448),
}

#: The u of X25519's points of order 8; 0, 1 and -1 have order 1, 2 and 4 on both curves and
#: their twists (RFC 7748, section 6.1; Curve25519's paper, "How do I validate public keys?").
_X25519_ORDER_8 = (
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
)


def on_weierstrass(crv: str, x: int, y: int) -> bool:
    """Tell whether (x, y) is a point of the curve, given in its one spelling."""
    curve = WEIERSTRASS[crv]
    if not (0 <= x < curve.p and 0 <= y < curve.p):
        return False
    return (y * y - (x * x * x + curve.a * x + curve.b)) % curve.p == 0


def decompress(crv: str, point: bytes) -> tuple[int, int] | None:
    """Return the coordinates of a SEC 1 point, compressed or not; None where it is neither.

    Source: SEC 1, section 2.3.4. The point may still lie off the curve.
    """
    curve = WEIERSTRASS[crv]
    size = curve.size_bytes
    head, body = point[:1], point[1:]
    x = int.from_bytes(body[:size], "big")
    if head == b"\4" and len(body) == 2 * size:
        return x, int.from_bytes(body[size:], "big")
    if head in (b"\2", b"\3") and len(body) == size:
        # Every p here is 3 modulo 4, so a square's root is its (p + 1) / 4th power.
        square = (x * x * x + curve.a * x + curve.b) % curve.p
        y = pow(square, (curve.p + 1) // 4, curve.p)
        return x, y if y & 1 == head[0] & 1 else curve.p - y
    return None


def point_fault(crv: str, public: bytes) -> str | None:
    """Return what is wrong with an OKP public key, or None.

    A key of small order "verifies" one signature for every message (Ed25519, Ed448), or agrees
    on zero with everybody (X25519, X448); a second spelling of a point gives one key two names.
    """
    if crv in EDWARDS:
        return _edwards_fault(EDWARDS[crv], public)
    field, _, bits = MONTGOMERY[crv]
    u = int.from_bytes(public, "little")
    if (u & (1 << bits) - 1) % field in (0, 1, field - 1, *_X25519_ORDER_8):
        return "is a point of small order"
    return None if u < field else "is not in its canonical form"


def _edwards_fault(curve: Edwards, public: bytes) -> str | None:
    sign_bit = 8 * curve.size_bytes - 1
    encoded = int.from_bytes(public, "little")
    y, sign = encoded & (1 << sign_bit) - 1, encoded >> sign_bit
    canonical, y = y < curve.p, y % curve.p
    numerator, denominator = (1 - y * y) % curve.p, (curve.a - curve.d * y * y) % curve.p
    square = numerator * pow(denominator, -1, curve.p) % curve.p
    if square and pow(square, (curve.p - 1) // 2, curve.p) != 1:
        return "is not a point of the curve"
    if _has_small_order(curve, square, y):
        return "is a point of small order"
    # x = 0 needs no sign: RFC 8032, section 5.1.3, step 4.
    return None if canonical and (square or not sign) else "is not in its canonical form"


def _has_small_order(curve: Edwards, x_squared: int, y: int) -> bool:
    """Double the point three times: 8 is the cofactor of Ed25519 and a multiple of Ed448's."""
    p = curve.p
    for _ in range(3):
        # (x, y) doubled is (2xy, y^2 - ax^2) over (ax^2 + y^2, 2 - ax^2 - y^2): RFC 8032, 5.1.4.
        ax_squared, y_squared = curve.a * x_squared, y * y
        total = ax_squared + y_squared
        doubled_x_squared = 4 * x_squared * y_squared * pow(total * total, -1, p)
        y = (y_squared - ax_squared) * pow(2 - total, -1, p) % p
        x_squared = doubled_x_squared % p
    return x_squared == 0 and y == 1
