"""Signatures, on PyJWT's algorithms and our own rows: the only module that imports `jwt`.

A key is prepared once and then signs or verifies any number of times. Who may use which key for
what is settled before (`authcli.keys.algorithms`): here there is arithmetic alone. PyJWT's own
framing and key reading are not used: they accept what RFC 7515 forbids, and print keys.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, TypeAlias

from cryptography.exceptions import InvalidSignature
from jwt import get_algorithm_by_name
from jwt.algorithms import Algorithm
from jwt.exceptions import PyJWTError

from authcli.errors import KeyWrong
from authcli.keys.algorithms import verifying_algorithms
from authcli.keys.model import Key
from authcli.secret import Secret

__all__ = ["ENGINES", "Sign", "Verify", "signer", "verifier"]

Sign: TypeAlias = Callable[[bytes], bytes]
Verify: TypeAlias = Callable[[bytes, bytes], bool]


class _SelfContained(Algorithm):
    """A scheme whose key settles everything: EdDSA on a named curve, ML-DSA.

    Source: RFC 9864 (Ed25519, Ed448); RFC 9964 (ML-DSA of FIPS 204, with an empty context).
    """

    def prepare_key(self, key: Any) -> Any:
        return key

    def sign(self, msg: bytes, key: Any) -> bytes:
        signature: bytes = key.sign(msg)
        return signature

    def verify(self, msg: bytes, key: Any, sig: bytes) -> bool:
        try:
            key.verify(sig, msg)
        except InvalidSignature:
            return False
        return True

    @staticmethod
    def to_jwk(key_obj: Any, as_dict: bool = False) -> NoReturn:  # noqa: FBT001, FBT002 - PyJWT's
        raise NotImplementedError

    @staticmethod
    def from_jwk(jwk: Any) -> NoReturn:
        raise NotImplementedError


_PYJWT = (
    *("HS256", "HS384", "HS512"),
    *("RS256", "RS384", "RS512"),
    *("PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "ES256K"),
    "EdDSA",
)
_OURS = ("Ed25519", "Ed448", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87")

#: What computes each algorithm. "none" is not among them, and PyJWT's registry is not touched.
ENGINES: dict[str, Algorithm] = {name: get_algorithm_by_name(name) for name in _PYJWT} | (
    dict.fromkeys(_OURS, _SelfContained())
)


def signer(algorithm: str, key: Key) -> Sign:
    """Return a function from message to signature; ECDSA's are r||s (RFC 7518, section 3.4).

    Args:
        algorithm: a name of `ENGINES` that suits the key.
        key: a private key or a shared secret.

    Raises:
        KeyWrong: the key does not suit the algorithm.
    """
    engine, prepared = _prepare(algorithm, key, key.native)

    def sign(message: bytes) -> bytes:
        return engine.sign(message, prepared)

    return sign


def verifier(algorithm: str, key: Key) -> Verify:
    """Return a function from message and signature to whether they belong together.

    Args:
        algorithm: a name of `ENGINES` that suits the key.
        key: a public or private key, or a shared secret.

    Raises:
        KeyWrong: the key does not suit the algorithm.
    """
    engine, prepared = _prepare(algorithm, key, key.public_native)

    def verify(message: bytes, signature: bytes) -> bool:
        return engine.verify(message, prepared, signature)

    return verify


def _prepare(algorithm: str, key: Key, native: object) -> tuple[Algorithm, Any]:
    # A second lock behind the callers' own: no engine ever meets a key of another family.
    if algorithm not in ENGINES or algorithm not in verifying_algorithms(key, allow_weak=True):
        raise KeyWrong(f"this {key.crv or key.kty} key does not suit {ascii(algorithm)[:40]}")
    engine = ENGINES[algorithm]
    material = native.reveal() if isinstance(native, Secret) else native
    try:
        return engine, engine.prepare_key(material)
    except (PyJWTError, TypeError, ValueError):
        # Without the cause: PyJWT's messages may quote the key.
        raise KeyWrong(f"this {key.crv or key.kty} key does not suit {algorithm}") from None
