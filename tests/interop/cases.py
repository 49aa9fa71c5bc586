"""What is tried with every peer: keys, claims, and tokens that nobody may accept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import NamedTuple

from authcli import keys
from authcli.encoding import base64url_decode, base64url_encode
from authcli.keys import ALGORITHMS, Key, KeySet
from authcli.secret import Secret

#: Algorithms by name; and the one of two curves on its second curve.
KINDS = (*ALGORITHMS, "EdDSA/Ed448")

#: 2100-01-01: no token expires while it is tested.
LATER = 4_102_444_800

#: RFC 8259, section 6: beyond 2^53 a reader with doubles loses digits, and most peers are one.
CLAIMS: dict[str, dict[str, object]] = {
    "plain": {"sub": "alice"},
    "times": {"iss": "https://i.example", "aud": ["a", "b"], "nbf": 1, "iat": 1, "exp": LATER},
    "unicode": {
        "name": "Zo\u00eb Zoe\u0308 \u65e5\u672c \U0001f511",
        "\u05e2\u05d1\u05e8\u05d9\u05ea": "\u202eright to left",
        "controls": "\u0000\u001f\u007f\u2028",
        "escapes": "\"\\/<>&'\n",
        "": "a claim without a name",
    },
    "numbers": {
        "most": 2**53,
        "least": -(2**53),
        "fraction": 0.1,
        "tiny": 5e-324,
        "huge": 1.7976931348623157e308,
        "exponent": 1e21,
        "negative": -1.5,
        "zero": 0,
    },
    "nested": {"a": {"b": [[], {}, [None, True, False, {"c": {"": [1, 0.5, "d"]}}]]}},
}


class Material(NamedTuple):
    """A key on its way to somebody else, or from there."""

    form: str
    """jwk, jwks, pem (PKCS#8, SPKI), or raw: a secret's bytes."""
    data: bytes


def key_of(kind: str, *, owner: str = "alice") -> Key:
    """Return somebody's private key of a kind, the same each time; RSA kinds share one modulus."""
    return _key(kind, owner)


@cache
def _key(kind: str, owner: str) -> Key:
    algorithm = algorithm_of(kind)
    rsa = algorithm.startswith(("RS", "PS"))
    key = _rsa(owner) if rsa else keys.generate(kind.rpartition("/")[2])
    return replace(key, alg=algorithm, kid=f"{owner} {kind}")


@cache
def _rsa(owner: str) -> Key:
    return keys.generate("RSA", bits=2048)


def algorithm_of(kind: str) -> str:
    """Return the `alg` of a kind's tokens."""
    return kind.partition("/")[0]


def material(key: Key | KeySet, form: str) -> Material:
    """Return a key as its holder would hand it over."""
    if form == "raw":
        secret = key.native if isinstance(key, Key) else None
        assert isinstance(secret, Secret)
        return Material(form, secret.reveal())
    return Material(form, keys.write(key, format=form))


def set_of(kind: str, *, owner: str = "alice") -> KeySet:
    """Return somebody's public key among others, the last of them, as an issuer publishes it."""
    others = (key_of(kind, owner="bob"), key_of("ES256" if kind != "ES256" else "ES384"))
    return KeySet(tuple(verifying(key) for key in (*others, key_of(kind, owner=owner))))


def verifying(key: Key) -> Key:
    """Return what the other side needs to verify: the public half, or the secret they share."""
    return key if key.kty == "oct" else key.public()


def same(left: object, right: object) -> bool:
    """Whether two values are the same JSON; 1.0 is 1, and true is not (RFC 8259, section 6)."""
    return _comparable(left) == _comparable(right)


def _comparable(value: object) -> str:
    def plain(value: object) -> object:
        if isinstance(value, Mapping):
            return {name: plain(member) for name, member in value.items()}
        if isinstance(value, list | tuple):
            return [plain(member) for member in value]
        return int(value) if isinstance(value, float) and value.is_integer() else value

    return json.dumps(plain(value), sort_keys=True)


def forgeries(token: str) -> dict[str, str]:
    """Return what a token becomes in the hands of somebody without the key, by what was done."""
    header, payload, signature = token.split(".")
    claims = {**json.loads(base64url_decode(payload)), "sub": "root"}
    unsigned = {**json.loads(base64url_decode(header)), "alg": "none"}
    first, last = bytearray(base64url_decode(signature)), bytearray(base64url_decode(signature))
    first[0] ^= 1
    last[-1] ^= 1
    return {
        "another payload": f"{header}.{_segment(claims)}.{signature}",
        "another header": f"{_segment({**unsigned, 'alg': 'HS256'})}.{payload}.{signature}",
        "no signature": f"{header}.{payload}.",
        "alg none": f"{_segment(unsigned)}.{payload}.",
        "the signature's first bit": f"{header}.{payload}.{base64url_encode(bytes(first))}",
        "the signature's last bit": f"{header}.{payload}.{base64url_encode(bytes(last))}",
    }


def _segment(part: object) -> str:
    return base64url_encode(json.dumps(part).encode())
