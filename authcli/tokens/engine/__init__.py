"""Signatures: arithmetic alone, a module a family of keys, loaded when such a key comes.

    oct    HMAC, on the standard library        ec    ECDSA, on `cryptography`
    okp    EdDSA, and ML-DSA, likewise          rsa   PKCS #1 v1.5 and PSS, on PyJWT

A key is prepared once and then signs or verifies any number of times. Who may use which key for
what is settled before (`authcli.keys.algorithms`). Importing PyJWT costs more than all the rest of
a command, because it brings a client of HTTP: so only RSA does. PyJWT's framing and key reading are
not used: they accept what RFC 7515 forbids, and print keys.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, TypeAlias

from authcli.errors import KeyWrong
from authcli.keys.algorithms import ALGORITHMS, verifying_algorithms
from authcli.secret import Secret

if TYPE_CHECKING:
    from authcli.keys.model import Key

__all__ = ["Sign", "Verify", "signer", "verifier"]

Sign: TypeAlias = Callable[[bytes], bytes]
Verify: TypeAlias = Callable[[bytes, bytes], bool]


def signer(algorithm: str, key: Key) -> Sign:
    """Return a function from message to signature; ECDSA's are r||s (RFC 7518, section 3.4).

    Args:
        algorithm: a name of `ALGORITHMS` that suits the key.
        key: a private key or a shared secret.

    Raises:
        KeyWrong: the key does not suit the algorithm.
    """
    family, native = _family(algorithm, key), key.native
    material = native.reveal() if isinstance(native, Secret) else native
    sign: Sign = family.signer(algorithm, material)
    return sign


def verifier(algorithm: str, key: Key) -> Verify:
    """Return a function from message and signature to whether they belong together.

    Args:
        algorithm: a name of `ALGORITHMS` that suits the key.
        key: a public or private key, or a shared secret.

    Raises:
        KeyWrong: the key does not suit the algorithm.
    """
    family, native = _family(algorithm, key), key.public_native
    material = native.reveal() if isinstance(native, Secret) else native
    verify: Verify = family.verifier(algorithm, material)
    return verify


def _family(algorithm: str, key: Key) -> ModuleType:
    # A second lock behind the callers' own: no engine ever meets a key of another family.
    if algorithm not in ALGORITHMS or algorithm not in verifying_algorithms(key, allow_weak=True):
        raise KeyWrong(f"this {key.crv or key.kty} key does not suit {ascii(algorithm)[:40]}")
    if key.kty == "oct":
        from authcli.tokens.engine import oct

        return oct
    if key.kty == "EC":
        from authcli.tokens.engine import ec

        return ec
    if key.kty == "RSA":
        from authcli.tokens.engine import rsa

        return rsa
    from authcli.tokens.engine import okp

    return okp
