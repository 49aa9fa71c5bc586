"""The arithmetic alone: no JSON, no claim is looked at, no jti."""

from __future__ import annotations

import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from tests.benchmarks.sides.side import CLAIMS, LIFETIME_SECONDS, Keys, Refused, Side, timed

__all__ = ["side"]


def side(keys: Keys) -> Side:
    """Return the loops for one algorithm."""
    sign, check = _ARITHMETIC[keys.algorithm](keys)
    now = int(time.time())
    header = {"alg": keys.algorithm, "typ": "JWT"}
    claims = CLAIMS | {"iat": now, "exp": now + LIFETIME_SECONDS}
    message = b".".join(_base64url(json.dumps(part).encode()) for part in (header, claims))

    def mint(count: int) -> list[str]:
        text = message.decode()
        return [f"{text}.{_base64url(sign(message)).decode()}" for _ in range(count)]

    def verify(tokens: Sequence[str]) -> dict[str, Any]:
        try:
            for token in tokens:
                signed, _, signature = token.encode().rpartition(b".")
                check(urlsafe_b64decode(signature + b"=="), signed)
        except InvalidSignature as why:
            raise Refused("the signature does not match") from why
        payload = tokens[-1].split(".")[1]  # one of them all: it does not count
        return dict(json.loads(urlsafe_b64decode(payload + "==")))

    return Side("raw", timed(mint), timed(verify), distinct=False)


def _base64url(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


#: Signs a message; and raises InvalidSignature unless a signature belongs to a message.
Arithmetic = tuple[Callable[[bytes], bytes], Callable[[bytes, bytes], None]]


def _hmac(keys: Keys) -> Arithmetic:
    secret = keys.private

    def check(signature: bytes, message: bytes) -> None:
        if not hmac.compare_digest(hmac.new(secret, message, "sha256").digest(), signature):
            raise InvalidSignature

    return lambda message: hmac.new(secret, message, "sha256").digest(), check


def _rsa(keys: Keys) -> Arithmetic:
    private, public = _natives(keys)
    padding, digest = PKCS1v15(), SHA256()
    return (
        lambda message: private.sign(message, padding, digest),
        lambda signature, message: public.verify(signature, message, padding, digest),
    )


def _ecdsa(keys: Keys) -> Arithmetic:
    private, public = _natives(keys)
    scheme = ECDSA(SHA256())

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(message, scheme))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def check(signature: bytes, message: bytes) -> None:
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        public.verify(encode_dss_signature(r, s), message, scheme)

    return sign, check


def _eddsa(keys: Keys) -> Arithmetic:
    private, public = _natives(keys)
    return private.sign, public.verify


def _natives(keys: Keys) -> tuple[Any, Any]:
    return load_pem_private_key(keys.private, None), load_pem_public_key(keys.public)


_ARITHMETIC = {"HS256": _hmac, "RS256": _rsa, "ES256": _ecdsa, "EdDSA": _eddsa}
