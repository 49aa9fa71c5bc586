"""The public facts of a key, ready for JSON."""

from __future__ import annotations

from dataclasses import asdict

from authcli.errors import KeyWrong
from authcli.keys.algorithms import signing_algorithm, verifying_algorithms
from authcli.keys.model import Key
from authcli.keys.thumbprints import thumbprint

__all__ = ["describe"]


def describe(key: Key) -> dict[str, object]:
    """Return what may be told of a key: no private member, and no hash of a shared secret.

    Members that do not apply are there with None, so that a script finds every name:
    `thumbprint` of a shared secret, `signing_algorithm` of a key for key agreement or
    encryption, `crv` of a key without a curve, `certificate` of a bare key.
    """
    signs_with: str | None = None
    verifies: list[str] = []
    try:
        signs_with = signing_algorithm(key)
        verifies = list(verifying_algorithms(key))
    except KeyWrong:
        pass
    return {
        "kty": key.kty,
        "crv": key.crv,
        "size_bits": key.size_bits,
        "private": key.private,
        "alg": key.alg,
        "use": key.use,
        "key_ops": None if key.key_ops is None else list(key.key_ops),
        "kid": key.kid,
        # RFC 7638, section 7: a hash of a secret lets a weak one be guessed.
        "thumbprint": None if key.kty == "oct" else thumbprint(key),
        "signing_algorithm": signs_with,
        "verifying_algorithms": verifies,
        "found": key.found,
        "weaknesses": [finding._asdict() for finding in key.weaknesses],
        "notes": list(key.notes),
        "certificate": None if key.certificate is None else asdict(key.certificate),
    }
