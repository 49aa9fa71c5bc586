"""The Python packages jwcrypto, which knows every algorithm that authcli knows, and Authlib."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from authcli.encoding import base64url_decode, base64url_encode
from tests.interop.cases import KINDS, Material
from tests.interop.peer import RFC_7518, Refused, claims_of
from tests.requirements import require_package

SECRETS = ("HS256", "HS384", "HS512")
CURVES = {
    "ES256": "P-256",
    "ES384": "P-384",
    "ES512": "P-521",
    "ES256K": "secp256k1",
    "EdDSA": "Ed25519",
    "EdDSA/Ed448": "Ed448",
}


class JwCrypto:
    """jwcrypto, from 1.6 on."""

    kinds = names = KINDS
    private_forms = ("jwk", "pem")
    public_forms = ("jwk", "jwks", "pem")
    secret_forms = ("jwk", "jwks", "raw")
    knows_time = True
    makes = (*SECRETS, "RS256", "PS512", *CURVES, "ML-DSA-44")
    hashes = ("sha256", "sha384", "sha512")

    def __init__(self, folder: Path) -> None:
        require_package("jwcrypto")
        self.jwk = require_package("jwcrypto.jwk")
        self.jwt = require_package("jwcrypto.jwt")
        self.refusals = (require_package("jwcrypto.common").JWException, ValueError, TypeError)
        self.read = cache(self._read)  # RSA keys are slow to read

    def _read(self, key: Material) -> Any:
        if key.form == "jwks":
            return self.jwk.JWKSet.from_json(key.data)
        if key.form == "raw":
            return self.jwk.JWK(kty="oct", k=base64url_encode(key.data))
        return (self.jwk.JWK.from_pem if key.form == "pem" else self.jwk.JWK.from_json)(key.data)

    def sign(self, claims: Mapping[str, object], *, key: Material, kid: str, algorithm: str) -> str:
        try:
            token = self.jwt.JWT({"alg": algorithm, "kid": kid}, dict(claims), algs=[algorithm])
            token.make_signed_token(self.read(key))
            return str(token.serialize())
        except self.refusals as why:
            raise Refused(repr(why)) from why

    def verify(self, token: str, *, key: Material, algorithm: str) -> dict[str, object]:
        try:
            return claims_of(self.jwt.JWT(jwt=token, key=self.read(key), algs=[algorithm]).claims)
        except (*self.refusals, KeyError) as why:  # KeyError: no key of a set fits
            raise Refused(repr(why)) from why

    def make(self, kind: str) -> dict[str, bytes]:
        key = self.jwk.JWK.generate(**parameters(kind))
        if kind in SECRETS:
            return {"private jwk": key.export().encode()}
        keys = self.jwk.JWKSet()
        keys.add(key)
        return {
            "private jwk": key.export_private().encode(),
            "public jwk": key.export_public().encode(),
            "private jwks": keys.export().encode(),
            "public jwks": keys.export(private_keys=False).encode(),
            "private pem": key.export_to_pem(private_key=True, password=None),
            "public pem": key.export_to_pem(),
        }

    def thumbprint(self, jwk: bytes, *, hash: str) -> str:
        hashes = require_package("cryptography.hazmat.primitives.hashes")
        return str(self.jwk.JWK.from_json(jwk).thumbprint(getattr(hashes, hash.upper())()))


class Authlib:
    """Authlib's `authlib.jose`: deprecated in favour of joserfc, and widely in use."""

    kinds = (*RFC_7518, "ES256K", "EdDSA", "EdDSA/Ed448")
    private_forms = ("jwk", "pem")
    public_forms = ("jwk", "jwks", "pem")
    secret_forms = ("jwk", "jwks", "raw")
    knows_time = True
    makes = names = (*SECRETS, "RS256", "PS512", *CURVES)
    hashes = ("sha256",)

    def __init__(self, folder: Path) -> None:
        self.jose = authlib_jose()
        errors = require_package("authlib.jose.errors")
        # KeyError: a type of keys that it does not know.
        self.refusals = (errors.JoseError, KeyError, ValueError, TypeError)
        self.read = cache(self._read)

    def _read(self, key: Material, algorithm: str) -> Any:
        if key.form == "jwks":
            return self.jose.JsonWebKey.import_key_set(json.loads(key.data))
        if key.form == "jwk":
            return self.jose.JsonWebKey.import_key(json.loads(key.data))
        return self.jose.JsonWebKey.import_key(key.data, {"kty": key_type(algorithm)})

    def sign(self, claims: Mapping[str, object], *, key: Material, kid: str, algorithm: str) -> str:
        try:
            signer = self.jose.JsonWebToken([algorithm])
            token = signer.encode(
                {"alg": algorithm, "kid": kid}, dict(claims), self.read(key, algorithm)
            )
            return str(token, "ascii")
        except self.refusals as why:
            raise Refused(repr(why)) from why

    def verify(self, token: str, *, key: Material, algorithm: str) -> dict[str, object]:
        try:
            verifier = self.jose.JsonWebToken([algorithm])
            claims = verifier.decode(token, self.read(key, algorithm))
            claims.validate()
        except self.refusals as why:
            raise Refused(repr(why)) from why
        return dict(claims)

    def make(self, kind: str) -> dict[str, bytes]:
        kty, size = parameters(kind).values()
        key = self.jose.JsonWebKey.generate_key(kty, size, is_private=True)
        while kty == "EC" and cut_short(key.as_dict(is_private=True)):
            key = self.jose.JsonWebKey.generate_key(kty, size, is_private=True)
        if kind in SECRETS:
            return {"private jwk": key.as_json(is_private=True).encode()}
        return {
            "private jwk": key.as_json(is_private=True).encode(),
            "public jwk": key.as_json(is_private=False).encode(),
            "public jwks": self.jose.KeySet([key]).as_json().encode(),
            "private pem": key.as_pem(is_private=True),
            "public pem": key.as_pem(is_private=False),
        }

    def thumbprint(self, jwk: bytes, *, hash: str) -> str:
        assert hash == "sha256"
        return str(self.jose.JsonWebKey.import_key(json.loads(jwk)).thumbprint())


def authlib_jose() -> ModuleType:
    """Return authlib.jose, which warns when it is imported, whatever filters say."""
    require_package("authlib")
    with warnings.catch_warnings():
        require_package("authlib.deprecate")  # puts a filter of its own first
        warnings.simplefilter("ignore")
        return require_package("authlib.jose")


def key_type(algorithm: str) -> str:
    """Return the JWK type of an algorithm's keys."""
    types = {"HS": "oct", "RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP", "ML": "AKP"}
    return types[algorithm[:2]]


def cut_short(jwk: Mapping[str, str]) -> bool:
    """Whether Authlib dropped a number's leading zeros, as it does with one P-521 key of two.

    No such JWK is read here: each number has all octets of its field (RFC 7518, section 6.2.1.2).
    """
    octets = {"P-256": 32, "secp256k1": 32, "P-384": 48, "P-521": 66}[jwk["crv"]]
    return any(len(base64url_decode(jwk[name])) < octets for name in ("x", "y", "d"))


def parameters(kind: str) -> dict[str, object]:
    """Return what makes a key of a kind, in the words of jwcrypto."""
    kty = key_type(kind)
    if kty in ("EC", "OKP"):
        return {"kty": kty, "crv": CURVES[kind]}
    if kty == "AKP":
        return {"kty": kty, "alg": kind}
    return {"kty": kty, "size": 2048 if kty == "RSA" else int(kind[2:])}
