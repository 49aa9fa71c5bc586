"""Encrypted keys, opened; and keys written in the formats of `cryptography`.

One of the modules of this package that load `cryptography`; reached from function bodies, after
`kdf.check_cost` and `openssh.read_envelope` have bounded what opening costs.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
    load_ssh_private_key,
)

from authcli.errors import KeyInconsistent, KeyMalformed, KeyWrong, PassphraseNeeded, Unavailable
from authcli.secret import Secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    from authcli.keys.engine import PrivateKey, PublicKey

__all__ = ["check_redundant_parts", "open_sealed", "write_private", "write_public"]

#: OpenSSL takes no longer passphrase for PEM.
MAX_PASSPHRASE_BYTES = 1023

_LOADERS: dict[str, Callable[[bytes, bytes], PrivateKeyTypes]] = {
    "pkcs8": lambda data, secret: load_der_private_key(
        data, secret, unsafe_skip_rsa_key_validation=True
    ),
    "pem": lambda data, secret: load_pem_private_key(
        data, secret, unsafe_skip_rsa_key_validation=True
    ),
    "openssh": lambda data, secret: load_ssh_private_key(
        data, secret, unsafe_skip_rsa_key_validation=True
    ),
}


def open_sealed(
    data: bytes, *, kind: Literal["pkcs8", "pem", "openssh"], passphrase: Secret
) -> bytes:
    """Return an encrypted private key as plain PKCS#8 DER, its parts still unchecked.

    Args:
        data: DER for "pkcs8", text for "pem" (RFC 1421) and "openssh".
        kind: how it is encrypted.
        passphrase: what opens it.

    Raises:
        PassphraseNeeded: another passphrase, or damage, which looks the same.
        KeyWrong: a cipher that is not supported.
    """
    if kind == "pem" and not _has_sound_iv(data):
        raise KeyMalformed("the DEK-Info line of the key has an IV of a wrong length")
    try:
        with warnings.catch_warnings():  # of DSA, which is refused further on
            warnings.simplefilter("ignore")
            native = _LOADERS[kind](data, passphrase.reveal())
        return native.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    except UnsupportedAlgorithm:
        unsupported = True
    except (ValueError, TypeError, NotImplementedError, LookupError, ArithmeticError):
        # The OpenSSH reader is Python, and meets damage in more ways than it foresees.
        unsupported = False
    if unsupported:
        raise KeyWrong(
            "the key is encrypted with a cipher that is not supported", code="key.unsupported"
        )
    raise PassphraseNeeded(
        "the passphrase does not open this key", hint="check it, and that the file is whole"
    )


def _has_sound_iv(data: bytes) -> bool:
    """Say whether an IV is as long as its cipher's block: OpenSSL's binding panics where not."""
    line = re.search(rb"DEK-Info:[ \t]*([A-Z0-9-]+),[ \t]*([0-9A-Fa-f]*)", data)
    if line is None:
        return True
    block_bytes = 16 if line[1].startswith(b"AES") else 8
    return len(line[2]) == 2 * block_bytes


def check_redundant_parts(data: bytes) -> None:
    """Let `cryptography` compare an ML-DSA seed with the expanded key beside it.

    Raises:
        KeyInconsistent: they do not belong together.
    """
    try:
        load_der_private_key(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        pass
    else:
        return
    raise KeyInconsistent("the seed and the expanded key do not belong together")


def write_private(key: PrivateKey, *, format: str, passphrase: Secret | None) -> bytes:
    """Return PKCS#8 PEM or DER, or an OpenSSH private key; encrypted under a passphrase.

    Raises:
        KeyWrong: a passphrase longer than the format takes.
        Unavailable: an encrypted OpenSSH key without the package `bcrypt`.
    """
    protection: KeySerializationEncryption = NoEncryption()
    if passphrase is not None:
        if not 1 <= len(passphrase) <= MAX_PASSPHRASE_BYTES:
            raise KeyWrong(f"a passphrase has 1 to {MAX_PASSPHRASE_BYTES} bytes")
        protection = BestAvailableEncryption(passphrase.reveal())
    encoding = Encoding.DER if format == "der" else Encoding.PEM
    shape = PrivateFormat.OpenSSH if format == "openssh" else PrivateFormat.PKCS8
    try:
        return key.private_bytes(encoding, shape, protection)
    except UnsupportedAlgorithm:
        pass
    raise Unavailable("encrypted OpenSSH keys need bcrypt", hint="pip install bcrypt")


def write_public(key: PublicKey, *, format: str) -> bytes:
    """Return SubjectPublicKeyInfo as PEM or DER, or an OpenSSH public line."""
    if format == "openssh":
        return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH) + b"\n"
    encoding = Encoding.DER if format == "der" else Encoding.PEM
    return key.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
