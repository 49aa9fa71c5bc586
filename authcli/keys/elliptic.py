"""EC and OKP keys: the point lies on its curve, and the private half leads to it.

Sources: RFC 7518, section 6.2; RFC 8037.
"""

from __future__ import annotations

from collections.abc import Mapping

from authcli.encoding import base64url_encode
from authcli.errors import KeyInconsistent, KeyMalformed
from authcli.keys import curves
from authcli.keys.members import Checked, decode_member, require_members

__all__ = ["check_ec", "check_okp"]


def check_ec(members: Mapping[str, str]) -> Checked:
    """Return an EC key whose point lies on the curve and belongs to its private scalar.

    A private key may come without its point (SEC 1 allows it); it is computed then.

    Raises:
        KeyMalformed: a member missing, not base64url or not of the curve's full length.
        KeyInconsistent: a point off the curve, a scalar out of range, or of another point.
    """
    crv = members["crv"]
    curve = curves.WEIERSTRASS[crv]
    point: dict[str, str] = {}
    if "d" not in members or "x" in members or "y" in members:
        require_members(members, ("x", "y"))
        x, y = (decode_member(members, name, size_bytes=curve.size_bytes) for name in "xy")
        if not curves.on_weierstrass(crv, int.from_bytes(x, "big"), int.from_bytes(y, "big")):
            raise KeyInconsistent(f"the point (x, y) does not lie on the curve {crv}")
        point = {"x": members["x"], "y": members["y"]}
    if "d" not in members:
        return Checked({"crv": crv, **point}, curve.bits)
    scalar = int.from_bytes(decode_member(members, "d", size_bytes=curve.size_bytes), "big")
    if not 0 < scalar < curve.order:
        raise KeyInconsistent(f"the private scalar 'd' is out of the range of {crv}")

    from authcli.keys.engine import ec

    native, derived = ec.derive(crv, scalar)
    if point and point != derived:
        raise KeyInconsistent("the private scalar 'd' does not belong to the point (x, y)")
    return Checked({"crv": crv, **derived, "d": members["d"]}, curve.bits, native=native)


def check_okp(members: Mapping[str, str]) -> Checked:
    """Return an Edwards or Montgomery key whose point is sound and belongs to its private half.

    Raises:
        KeyMalformed: a member missing or of another length; a point of small order or in a
            second spelling.
        KeyInconsistent: a point off the curve, or one of another private key.
    """
    crv = members["crv"]
    size = OKP_SIZES_BYTES[crv]
    if "d" not in members:
        require_members(members, ("x",))
    if "x" in members:
        fault = curves.point_fault(crv, decode_member(members, "x", size_bytes=size))
        if fault and "not a point" in fault:
            raise KeyInconsistent(f"the {crv} public key {fault}")
        if fault:
            raise KeyMalformed(f"the {crv} public key {fault}", code="key.bad-point")
    if "d" not in members:
        return Checked({"crv": crv, "x": members["x"]}, 8 * size)
    secret = decode_member(members, "d", size_bytes=size)

    from authcli.keys.engine import okp

    native, public = okp.derive(crv, secret)
    derived = base64url_encode(public)
    if members.get("x", derived) != derived:
        raise KeyInconsistent("the private half 'd' does not belong to the public half 'x'")
    return Checked({"crv": crv, "x": derived, "d": members["d"]}, 8 * size, native=native)


#: Private and public halves are of one length (RFC 8032, sections 5.1.5 and 5.2.5; RFC 7748).
OKP_SIZES_BYTES = {
    **{crv: curve.size_bytes for crv, curve in curves.EDWARDS.items()},
    **{crv: size for crv, (_, size, _) in curves.MONTGOMERY.items()},
}
