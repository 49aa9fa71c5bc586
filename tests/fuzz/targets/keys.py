"""Keys: files in every format, and JWKs; a shared secret is never made of key material."""

from __future__ import annotations

import json
from functools import cache

from authcli import keys
from authcli.keys import Key, KeySet
from authcli.keys.chains import read_certificates
from authcli.keys.recognition import recognise
from authcli.secret import Secret
from tests.fuzz.model import Target, attempt, promise
from tests.fuzz.targets.encodings import JSON_WORDS
from tests.fuzz.targets.fixed_keys import private_keys
from tests.keys.making import PASSPHRASE, certificate_of, written

__all__ = ["TARGETS"]

#: Two of each family; RSA is one of the standards', because making one takes a second.
_KINDS = ("ES256", "ES256K", "Ed25519", "X25519", "Ed448", "ES512", "ML-DSA-44", "HS256")
_DER_WORDS = tuple(
    map(
        bytes.fromhex,
        (
            *("3082", "0201", "0202", "0400", "0301", "a000", "a100", "0500", "3000", "02820101"),
            *("06092a864886f70d010101", "06072a8648ce3d0201", "06082a8648ce3d030107"),
            *("06032b6570", "06032b656e", "06092a864886f70d01050d", "06052b8104000a"),
        ),
    )
)
_FILE_WORDS = (
    *(b"-----BEGIN PRIVATE KEY-----\n", b"-----END PRIVATE KEY-----\n", b"-----BEGIN "),
    *(b"RSA PRIVATE KEY", b"EC PRIVATE KEY", b"PUBLIC KEY", b"CERTIFICATE", b"EC PARAMETERS"),
    *(b"OPENSSH PRIVATE KEY", b"ENCRYPTED PRIVATE KEY", b"Proc-Type: 4,ENCRYPTED\n"),
    *(b"DEK-Info: AES-128-CBC,0011\n", b"ssh-ed25519 AAAA", b"ecdsa-sha2-nistp256 ", b"\\n"),
    *(b"openssh-key-v1\0", b"PuTTY-User-Key-File-2: ", b"---- BEGIN SSH2 ", b"# a\n", b"\xff\xfe"),
)
_JWK_WORDS = (
    *(b'"kty":"RSA"', b'"kty":"EC"', b'"kty":"OKP"', b'"kty":"oct"', b'"kty":"AKP"', b'"k":"AA"'),
    *(b'"crv":"P-256"', b'"crv":"Ed25519"', b'"use":"sig"', b'"key_ops":["verify"]', b'"keys":['),
    *(b'"alg":"ES256"', b'"alg":"ML-DSA-44"', b'"oth":[]', b'"x5c":["MA=="]', b'"e":"AQAB"'),
    *(b'"kid":', b'"d":', b'"x":', b'"y":', b'"n":', b'"p":', b'"q":', b'"pub":', b'"priv":'),
    *JSON_WORDS,
)


def _key(data: bytes) -> None:
    found = attempt(keys.read_set, data)
    if found is not None:
        _hold(found)
        if recognise(data) is not None:
            raw = [key for key in found if key.kty == "oct" and "raw" in key.found]
            promise(not raw, "key material is never taken for a shared secret")
    certificates = attempt(read_certificates, data)
    promise(all(one.not_before is not None for one in certificates or ()), "facts")


def _sealed(data: bytes) -> None:
    found = attempt(keys.read_set, data, passphrase=PASSPHRASE)
    if found is not None:
        _hold(found)
    found = attempt(keys.read_set, data, passphrase=Secret(""))
    promise(all("encrypted" not in key.found for key in found or ()), "no passphrase opens nothing")


def _hold(found: KeySet) -> None:
    attempt(keys.lint, found)
    for key in found:
        shown = f"{key!r}{keys.describe(key)}{key.weaknesses}{key.notes}"
        for name, secret in key.private_members.items():
            text = secret.reveal_text()
            promise(len(text) < 16 or text not in shown, f"the private member {name} is not shown")
        attempt(keys.thumbprint, key)
        for form in ("jwk", "jwks", "pem", "der", "openssh"):
            for half in (key, attempt(key.public)):
                _hold_form(half, form)


def _hold_form(key: Key | None, form: str) -> None:
    data = attempt(keys.write, key, format=form) if key is not None else None
    if key is None or data is None:
        return
    again = keys.read(data)
    promise(_numbers(again) == _numbers(key), f"{form} is read as it was written")


def _numbers(key: Key) -> dict[str, object]:
    members = keys.to_jwk(key, private=key.private)
    return {n: v for n, v in members.items() if n not in ("kid", "use", "alg", "key_ops")}


def _secret(data: bytes) -> None:
    encoding, _, text = data.partition(b"\n")
    named = encoding.decode("ascii", "replace")
    key = attempt(keys.read, text, secret_encoding=named or None)
    if key is not None and key.kty == "oct" and named == "hex":
        k = keys.read(keys.write(key, format="jwk")).private_members["k"]
        promise(k == key.private_members["k"], "a secret is written as it was read")


@cache
def _files() -> tuple[bytes, ...]:
    rsa = private_keys()["rs"]
    made = [keys.write(rsa, format=form) for form in ("pem", "der", "openssh", "jwk")]
    made += [keys.write(rsa.public(), format=form) for form in ("pem", "openssh")]
    for kind in _KINDS:
        made += [data for name, data in written(kind).items() if "jwk" not in name]
    from tests.keys.making import made as made_key

    certificate = certificate_of(made_key("ES256"))
    pkcs1 = rsa.native.private_bytes(*_pkcs1())  # type: ignore[union-attr]
    return (
        *made,
        certificate,
        certificate * 2,
        pkcs1,
        made[0].hex().encode(),
        b"# note\n" + made[0],
    )


def _pkcs1() -> tuple[object, ...]:
    from cryptography.hazmat.primitives import serialization as s

    return s.Encoding.PEM, s.PrivateFormat.TraditionalOpenSSL, s.NoEncryption()


@cache
def _jwks() -> tuple[bytes, ...]:
    jwks = [keys.write(private_keys()["rs"], format="jwk")]
    jwks += [data for kind in _KINDS for name, data in written(kind).items() if "jwk" in name]
    labelled = json.loads(jwks[1]) | {"use": "sig", "key_ops": ["sign"], "kid": "a", "alg": "ES256"}
    return (
        *jwks,
        json.dumps(labelled).encode(),
        b'{"keys":[{"kty":"oct","k":"AAAA"},{"kty":"X"}]}',
    )


TARGETS = {
    "key": Target(_key, _files, _FILE_WORDS + _DER_WORDS),
    "jwk": Target(_key, _jwks, _JWK_WORDS),
    "sealed-key": Target(
        _sealed,
        lambda: [written("ES256")[f"encrypted {form}"] for form in ("pem", "der", "openssh")],
        _FILE_WORDS + _DER_WORDS,
    ),
    "secret": Target(
        _secret,
        lambda: [
            b"hex\n00ff00ff00ff00ff",
            b"base64\nAAECAwQFBgc=",
            b"base64url\n__-_",
            b"\nraw\r\n",
        ],
        (b"hex\n", b"base64\n", b"base64url\n", b"raw\n", b"="),
    ),
}
