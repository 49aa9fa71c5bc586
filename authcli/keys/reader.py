"""From bytes to keys: the format is recognised by content, never by a file's name.

Bytes that are no key material of any kind are a shared secret; bytes that look like key
material and cannot be read are refused, and never become one.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from authcli.encoding import base64url_encode
from authcli.errors import AuthError, InvalidInput, KeyMalformed, KeyWrong
from authcli.keys.admission import admit
from authcli.keys.model import Key, KeySet
from authcli.keys.recognition import Recognised, is_printable, recognise
from authcli.secret import Secret

__all__ = ["MAX_INPUT_BYTES", "read", "read_set"]

MAX_INPUT_BYTES = 1 << 20
MAX_SECRET_BYTES = 1 << 16
_URL_TO_STANDARD = bytes.maketrans(b"-_", b"+/")


def read(
    data: bytes,
    *,
    passphrase: Secret | None = None,
    secret_encoding: str | None = None,
    what: str = "key",
) -> Key:
    """Return the one key that the bytes hold, after every check of its kind.

    Args:
        data: PEM (PKCS#8, PKCS#1, SEC1, SPKI, certificate, encrypted), DER of the same, an
            OpenSSH private key or public line, a JWK, a JWK Set of one key, or a raw secret.
        passphrase: what opens an encrypted key; not needed for others.
        secret_encoding: how a raw secret is written: raw, base64, base64url or hex. None is
            raw, with one trailing line break taken off printable text.
        what: what the input is called in errors: "key", "AUTH_KEY".

    Raises:
        KeyMalformed: nothing, too much, or key material that its format forbids.
        KeyInconsistent: parts that contradict each other, a point off its curve.
        KeyWrong: several keys, or a kind of key that JSON Web Tokens have no use for.
        PassphraseNeeded: an encrypted key, and no or a wrong passphrase.
    """
    keys = read_set(data, passphrase=passphrase, secret_encoding=secret_encoding, what=what)
    if len(keys) != 1:
        raise KeyWrong(
            f"the {what} holds {len(keys)} keys; one is needed",
            hint="keep one of them, or name its kid where a set is taken",
        )
    return keys.keys[0]


def read_set(
    data: bytes,
    *,
    passphrase: Secret | None = None,
    secret_encoding: str | None = None,
    what: str = "key",
) -> KeySet:
    """Return the keys that the bytes hold, as `read` does; a single key is a set of one.

    An entry of a JWK Set that cannot be used is passed over: `KeySet.passed_over` says why.
    """
    try:
        return _read_set(data, passphrase, secret_encoding, what)
    except AuthError as error:
        # What an error was raised from may hold the text of the key (json keeps its input).
        error.__cause__ = error.__context__ = None
        raise


def _read_set(
    data: bytes, passphrase: Secret | None, secret_encoding: str | None, what: str
) -> KeySet:
    if len(data) > MAX_INPUT_BYTES:
        raise KeyMalformed(
            f"the {what} is longer than {MAX_INPUT_BYTES} bytes; no key is",
            hint="is it the right file?",
        )
    if not data.removeprefix(b"\xef\xbb\xbf").strip() or data in (b"\xff\xfe", b"\xfe\xff"):
        raise KeyMalformed(f"the {what} is empty")
    recognised = recognise(data)
    if recognised is None and len(data) > MAX_SECRET_BYTES:
        raise KeyMalformed(
            f"the {what} is {len(data)} bytes of no format that is known; a shared secret has at "
            f"most {MAX_SECRET_BYTES}",
            hint="is it the right file?",
        )
    if recognised is None:
        return KeySet((_read_secret(data, secret_encoding, what),))
    found = _READERS[recognised.format](recognised, passphrase)
    if isinstance(found, KeySet):
        return found
    if passphrase is not None and "encrypted" not in found.found:
        notes = (*found.notes, "the key is not encrypted; the passphrase was not needed")
        found = replace(found, notes=notes)
    return KeySet((found,))


def _read_json(recognised: Recognised, _: Secret | None) -> Key | KeySet:
    from authcli.keys.jwk import read_jwk_text

    return read_jwk_text(recognised.data, notes=recognised.notes)


def _read_file(recognised: Recognised, passphrase: Secret | None) -> Key | KeySet:
    from authcli.keys.containers import CONTAINERS

    return CONTAINERS[recognised.format](recognised, passphrase)


def _read_foreign(recognised: Recognised, _: Secret | None) -> Key:
    raise KeyMalformed(
        f"this looks like {recognised.name}, which cannot be read",
        hint="write it as PEM, OpenSSH or JWK; it is never taken for a shared secret",
    )


_READERS: Final[dict[str, Callable[[Recognised, Secret | None], Key | KeySet]]] = {
    "json": _read_json,
    "pem": _read_file,
    "der": _read_file,
    "openssh": _read_file,
    "ssh-public": _read_file,
    "foreign": _read_foreign,
}


def _read_secret(data: bytes, encoding: str | None, what: str) -> Key:
    secret = _decode_secret(data, encoding or "raw", what)
    found = "raw secret" if encoding in (None, "raw") else f"secret in {encoding}"
    return admit({"kty": "oct", "k": base64url_encode(secret)}, found=found)


def _decode_secret(data: bytes, encoding: str, what: str) -> bytes:
    if encoding == "raw":
        # An editor's line break is no part of a secret; a byte of a random one is.
        if is_printable(data) and data.endswith(b"\n"):
            data = data[:-1].removesuffix(b"\r")
        return data
    if encoding not in ("base64", "base64url", "hex"):
        raise InvalidInput(
            f"{ascii(encoding)[:40]} is no encoding of secrets",
            hint="use raw, base64, base64url or hex",
        )
    text = data.strip()
    try:
        if encoding == "hex":
            return binascii.unhexlify(text)
        bare = text.rstrip(b"=")
        if encoding == "base64url":
            if set(bare) & set(b"+/"):
                raise ValueError
            bare = bare.translate(_URL_TO_STANDARD)
        return binascii.a2b_base64(bare + b"=" * (-len(bare) % 4), strict_mode=True)
    except ValueError:
        pass
    raise KeyMalformed(f"the {what} is not {encoding}", hint="is --secret-encoding right?")
