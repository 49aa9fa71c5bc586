"""Tokens as an attacker writes them: any bytes for header and payload, any signature."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from functools import cache

from authcli import keys
from authcli.encoding import base64url_encode
from authcli.keys import Key, KeySet
from authcli.tokens import engine

#: 2026-12-01T09:00Z, and claims that live around it.
NOW = 1_796_115_600
LIVE = {"sub": "alice", "iat": NOW - 60, "exp": NOW + 3600}

SECRET = b"a secret of exactly 32 bytes ok!"


def written(part: object) -> bytes:
    """Return bytes as they are, text as UTF-8, and anything else as JSON."""
    if isinstance(part, bytes):
        return part
    return (part if isinstance(part, str) else json.dumps(part)).encode()


def signing_input(header: object, payload: object) -> str:
    return f"{base64url_encode(written(header))}.{base64url_encode(written(payload))}"


def unsigned(header: object, payload: object = LIVE, signature: bytes = b"") -> str:
    """Return a token with whatever signature."""
    return f"{signing_input(header, payload)}.{base64url_encode(signature)}"


def hmac_signed(header: object, payload: object = LIVE, *, secret: bytes = SECRET) -> str:
    """Return a token with a right HMAC, computed with nothing but the standard library."""
    algorithm = str(header.get("alg")) if isinstance(header, dict) else "HS256"
    digest = {"HS384": hashlib.sha384, "HS512": hashlib.sha512}.get(algorithm, hashlib.sha256)
    text = signing_input(header, payload)
    return f"{text}.{base64url_encode(hmac.new(secret, text.encode(), digest).digest())}"


def signed(header: object, payload: object = LIVE, *, key: Key, algorithm: str) -> str:
    """Return a token with a right signature over any header and payload."""
    text = signing_input(header, payload)
    return f"{text}.{base64url_encode(engine.signer(algorithm, key)(text.encode()))}"


def jwk(members: dict[str, object]) -> Key:
    return keys.read(json.dumps(members).encode())


def jwks(*members: dict[str, object]) -> KeySet:
    return keys.read_set(json.dumps({"keys": members}).encode())


def secret_key(secret: bytes = SECRET, **members: object) -> Key:
    return jwk({"kty": "oct", "k": base64url_encode(secret), **members})


@cache
def key_for(algorithm: str) -> Key:
    """Return a private key for an algorithm; one RSA key serves them all, being slow to make."""
    if algorithm[:2] in ("RS", "PS"):
        return replace(_rsa(), alg=algorithm)
    return keys.generate(algorithm)


@cache
def _rsa() -> Key:
    return keys.generate("RS256")
