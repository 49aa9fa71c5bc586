"""Signatures, on PyJWT's algorithms and our own rows: the only module that imports `jwt`.

A key is prepared once and then signs or verifies any number of times. Who may use which key for
what is settled before (`authcli.keys.algorithms`): here there is arithmetic alone. PyJWT's own
framing and key reading are not used: they accept what RFC 7515 forbids, and print keys. Two of its
rows are replaced because among many tokens their preparations cost more than their arithmetic:
HMAC's hashing of the key, and ECDSA's way from integers to bytes.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import sha256, sha384, sha512
from typing import Any, NoReturn, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from jwt import get_algorithm_by_name
from jwt.algorithms import Algorithm, HMACAlgorithm
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


class _Hmac(HMACAlgorithm):
    """HMAC with SHA-2 (RFC 7518, section 3.2); the key is hashed once, not for every token."""

    def prepare_key(self, key: Any) -> Any:
        return hmac.new(super().prepare_key(key), digestmod=self.hash_alg)

    def sign(self, msg: bytes, key: Any) -> bytes:
        context: hmac.HMAC = key.copy()
        context.update(msg)
        return context.digest()

    def verify(self, msg: bytes, key: Any, sig: bytes) -> bool:
        return hmac.compare_digest(sig, self.sign(msg, key))


class _Ecdsa(_SelfContained):
    """ECDSA with signatures of r||s, each as long as the curve's order (RFC 7518, section 3.4)."""

    def __init__(self, digest: HashAlgorithm, half_bytes: int) -> None:
        self._scheme = ECDSA(digest)
        self._half = half_bytes

    def sign(self, msg: bytes, key: Any) -> bytes:
        r, s = decode_dss_signature(key.sign(msg, self._scheme))
        return r.to_bytes(self._half, "big") + s.to_bytes(self._half, "big")

    def verify(self, msg: bytes, key: Any, sig: bytes) -> bool:
        if len(sig) != 2 * self._half:
            return False
        r, s = sig[: self._half], sig[self._half :]
        pair = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
        try:
            key.verify(pair, msg, self._scheme)
        except InvalidSignature:
            return False
        return True


_PYJWT = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA")
_OURS = ("Ed25519", "Ed448", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87")

#: What computes each algorithm. "none" is not among them, and PyJWT's registry is not touched.
ENGINES: dict[str, Algorithm] = (
    {name: get_algorithm_by_name(name) for name in _PYJWT}
    | dict.fromkeys(_OURS, _SelfContained())
    | {"HS256": _Hmac(sha256), "HS384": _Hmac(sha384), "HS512": _Hmac(sha512)}
    | {"ES256": _Ecdsa(SHA256(), 32), "ES256K": _Ecdsa(SHA256(), 32)}
    | {"ES384": _Ecdsa(SHA384(), 48), "ES512": _Ecdsa(SHA512(), 66)}
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
    compute = engine.sign

    def sign(message: bytes) -> bytes:
        return compute(message, prepared)

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
    compute = engine.verify

    def verify(message: bytes, signature: bytes) -> bool:
        return compute(message, prepared, signature)

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
