"""From a Key to bytes: PEM, DER, OpenSSH, JWK, JWKS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from authcli.encoding import compact_json
from authcli.errors import InvalidInput, KeyWrong
from authcli.keys.model import Key, KeySet
from authcli.secret import Secret

if TYPE_CHECKING:
    from authcli.keys.engine import PrivateKey, PublicKey

__all__ = ["FORMATS", "default_format", "to_jwk", "write"]

FORMATS: Final = ("pem", "jwk", "jwks", "der", "openssh")
#: The types that OpenSSH has names for.
_OPENSSH_CURVES = ("P-256", "P-384", "P-521", "Ed25519")
_SUFFIXES: Final = {
    ".jwk": "jwk",
    ".jwks": "jwks",
    ".json": "jwk",
    ".der": "der",
    ".pem": "pem",
    ".key": "pem",
    ".pub": "openssh",
}


def write(key: Key | KeySet, *, format: str, passphrase: Secret | None = None) -> bytes:
    """Return the key as a file's bytes; a public key stays public, a private one private.

    Args:
        key: what to write; a set of several keys fits "jwks" alone.
        format: "pem" (PKCS#8 or SPKI), "der" (the same), "openssh", "jwk" or "jwks".
        passphrase: encrypts a private key in PEM, DER or OpenSSH.

    Raises:
        KeyWrong: a format that has no form of this key, or none that is encrypted.
        InvalidInput: an unknown format.
    """
    if format not in FORMATS:
        raise InvalidInput(
            f"{ascii(format)[:40]} is no key format", hint="use one of " + ", ".join(FORMATS)
        )
    keys = key.keys if isinstance(key, KeySet) else (key,)
    if format in ("jwk", "jwks"):
        return _write_json(keys, format, passphrase)
    return _write_file(_only(keys, format), format, passphrase)


def default_format(key: Key, *, path_suffix: str | None = None) -> str:
    """Return the format for a file's ending, else JWK for oct and AKP, and PEM for the rest.

    Args:
        key: what will be written.
        path_suffix: the ending with its dot (".pub"), or None. One that is unknown, or whose
            format has no form of this key, counts as none.
    """
    named = _SUFFIXES.get((path_suffix or "").lower())
    if named is not None and (named != "openssh" or has_openssh_form(key)):
        return named
    return "jwk" if key.kty in ("oct", "AKP") else "pem"


def has_openssh_form(key: Key) -> bool:
    """Tell whether OpenSSH has a format for keys of this type."""
    return key.kty == "RSA" or key.crv in _OPENSSH_CURVES


def to_jwk(key: Key, *, private: bool) -> dict[str, object]:
    """Return the key as a JWK's members; only those that its type defines, and its labels.

    Args:
        key: any key.
        private: with the private members, or only what everybody may see.

    Raises:
        KeyWrong: the private half of a public key, or the public half of a shared secret.

    Source: RFC 7517, section 4; RFC 7518, section 6.
    """
    if private and not key.private:
        raise KeyWrong("this is a public key; the private half is not in it")
    if not private:
        key = key.public()
    labels = {"kid": key.kid, "use": key.use, "alg": key.alg}
    jwk: dict[str, object] = {"kty": key.kty}
    jwk |= {name: value for name, value in labels.items() if value is not None}
    if key.key_ops is not None:
        jwk["key_ops"] = list(key.key_ops)
    jwk |= key.public_members
    return jwk | {name: secret.reveal_text() for name, secret in key.private_members.items()}


def _write_json(keys: tuple[Key, ...], format: str, passphrase: Secret | None) -> bytes:
    if passphrase is not None:
        raise KeyWrong(
            "a JWK is written in plain; no passphrase protects it",
            hint="use --format pem for an encrypted file",
        )
    if format == "jwk":
        only = _only(keys, format)
        return compact_json(to_jwk(only, private=only.private)) + b"\n"
    jwks = {"keys": [to_jwk(key, private=key.private) for key in keys]}
    return compact_json(jwks) + b"\n"


def _write_file(key: Key, format: str, passphrase: Secret | None) -> bytes:
    if key.kty == "oct":
        raise KeyWrong(
            f"a shared secret has no {format} form",
            hint="use --format jwk, or authcli key secret for the bare bytes",
        )
    if format == "openssh" and not has_openssh_form(key):
        raise KeyWrong(
            f"OpenSSH has no format for {key.crv or key.alg or key.kty} keys",
            hint="use --format pem",
        )
    if passphrase is not None and not key.private:
        raise KeyWrong("a public key is written in plain", hint="leave the passphrase out")

    from authcli.keys.sealed import write_private, write_public

    if key.private:
        return write_private(cast("PrivateKey", key.native), format=format, passphrase=passphrase)
    return write_public(cast("PublicKey", key.native), format=format)


def _only(keys: tuple[Key, ...], format: str) -> Key:
    if len(keys) != 1:
        raise KeyWrong(f"{len(keys)} keys do not fit the format {format}", hint="use --format jwks")
    return keys[0]
