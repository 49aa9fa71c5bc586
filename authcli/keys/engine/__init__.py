"""The objects that compute: between a key's members and `cryptography`.

    rsa, ec, okp, mldsa    one module a family, each loading what its keys need and no more

Reached from function bodies: a public key is read, checked and named without any of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from authcli.encoding import base64url_decode
from authcli.errors import KeyMalformed
from authcli.secret import Secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import (
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

    from authcli.keys.engine.mldsa import MLDSAPrivateKey, MLDSAPublicKey
    from authcli.keys.engine.okp import OKPPrivateKey, OKPPublicKey
    from authcli.keys.model import Key

    PrivateKey: TypeAlias = (
        RSAPrivateKey | EllipticCurvePrivateKey | OKPPrivateKey | MLDSAPrivateKey
    )
    PublicKey: TypeAlias = RSAPublicKey | EllipticCurvePublicKey | OKPPublicKey | MLDSAPublicKey
    NativeKey: TypeAlias = PrivateKey | PublicKey

__all__ = ["native_key"]


def native_key(key: Key) -> NativeKey | Secret:
    """Return the object for a key whose parts have been checked.

    Raises:
        KeyMalformed: a key that `cryptography` refuses all the same.
    """
    private = {name: secret.reveal_text() for name, secret in key.private_members.items()}
    if key.kty == "oct":
        return Secret(base64url_decode(private["k"]))
    try:
        return _native(key, dict(key.public_members) | private)
    except ValueError:
        fault = f"the crypto library refuses this {key.crv or key.kty} key"
    raise KeyMalformed(fault)


def _native(key: Key, members: dict[str, str]) -> NativeKey:
    if key.kty == "RSA":
        from authcli.keys.engine import rsa

        numbers = {name: _number(text) for name, text in members.items()}
        return rsa.private_key(numbers) if key.private else rsa.public_key(numbers)
    if key.kty == "EC":
        from authcli.keys.engine import ec

        crv = members["crv"]
        if key.private:
            return ec.private_key(crv, _number(members["d"]))
        return ec.public_key(crv, _number(members["x"]), _number(members["y"]))
    if key.kty == "OKP":
        from authcli.keys.engine import okp

        crv = members["crv"]
        if key.private:
            return okp.private_key(crv, base64url_decode(members["d"]))
        return okp.public_key(crv, base64url_decode(members["x"]))

    from authcli.keys.engine import mldsa

    name = key.alg or ""
    if key.private:
        return mldsa.private_key(name, base64url_decode(members["priv"]))
    return mldsa.public_key(name, base64url_decode(members["pub"]))


def _number(text: str) -> int:
    return int.from_bytes(base64url_decode(text), "big")
