"""ML-DSA keys: the key type "AKP" (FIPS 204; RFC 9964)."""

from __future__ import annotations

from collections.abc import Mapping

from authcli.encoding import base64url_encode
from authcli.errors import KeyInconsistent
from authcli.keys.members import Checked, decode_member, require_members

__all__ = ["PUBLIC_SIZES_BYTES", "SEED_BYTES", "check"]

#: FIPS 204, table 2.
PUBLIC_SIZES_BYTES = {"ML-DSA-44": 1312, "ML-DSA-65": 1952, "ML-DSA-87": 2592}
SEED_BYTES = 32


def check(members: Mapping[str, str]) -> Checked:
    """Return an ML-DSA key whose seed leads to its public key.

    Raises:
        KeyMalformed: a member missing or of another length.
        KeyInconsistent: a seed of another public key.
    """
    alg = members["alg"]
    size = PUBLIC_SIZES_BYTES[alg]
    if "priv" not in members:
        require_members(members, ("pub",))
        decode_member(members, "pub", size_bytes=size)
        return Checked({"pub": members["pub"]}, 8 * size)
    seed = decode_member(members, "priv", size_bytes=SEED_BYTES)
    if "pub" in members:
        decode_member(members, "pub", size_bytes=size)

    from authcli.keys.engine import mldsa

    native, public = mldsa.derive(alg, seed)
    derived = base64url_encode(public)
    if members.get("pub", derived) != derived:
        raise KeyInconsistent("the seed 'priv' does not belong to the public key 'pub'")
    return Checked({"pub": derived, "priv": members["priv"]}, 8 * size, native=native)
