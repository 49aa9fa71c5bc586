"""New keys and secrets, from the operating system's random source (FIPS 186-5; NIST SP 800-133)."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Final

from authcli.encoding import base64url_encode
from authcli.errors import InvalidInput, KeyWeak
from authcli.keys.admission import Labels, admit
from authcli.keys.algorithms import ALGORITHMS
from authcli.keys.model import Key
from authcli.keys.rsa import encode_natural
from authcli.keys.thumbprints import thumbprint
from authcli.secret import Secret

__all__ = ["KINDS", "generate", "generate_secret"]

DEFAULT_RSA_BITS, MINIMUM_RSA_BITS, MAXIMUM_RSA_BITS = 3072, 2048, 16_384
MAXIMUM_SECRET_BYTES = 1 << 16
MINIMUM_SECRET_BYTES = 16

#: Key types without an algorithm, with the curve or set that they take when none is named.
_TYPES: Final = {
    "RSA": ("RSA", None),
    "EC": ("EC", "P-256"),
    "OKP": ("OKP", "Ed25519"),
    "oct": ("oct", None),
    "P-256": ("EC", "P-256"),
    "P-384": ("EC", "P-384"),
    "P-521": ("EC", "P-521"),
    "secp256k1": ("EC", "secp256k1"),
    "Ed25519": ("OKP", "Ed25519"),
    "Ed448": ("OKP", "Ed448"),
    "X25519": ("OKP", "X25519"),
    "X448": ("OKP", "X448"),
}
_CURVES_OF: Final = {
    "EC": ("P-256", "P-384", "P-521", "secp256k1"),
    "OKP": ("Ed25519", "Ed448", "X25519", "X448"),
}
#: What can be generated: algorithms, key types and curves.
KINDS: Final = tuple(dict.fromkeys((*ALGORITHMS, *_TYPES)))
_KIND_BY_NAME: Final = {kind.lower(): kind for kind in KINDS}


def generate(
    kind: str, *, bits: int | None = None, curve: str | None = None, kid: str | None = "thumbprint"
) -> Key:
    """Return a new private key, or a new secret.

    An algorithm's name ("ES256") makes a key that declares it; a type or a curve ("RSA",
    "Ed25519") makes one that does not, and that signs with its type's default: "Ed25519" is
    read as the curve, whose signatures every verifier knows as EdDSA.

    Args:
        kind: one of `KINDS`, in any case.
        bits: the RSA modulus (3072 unless given, 2048 at least) or the secret (what its
            algorithm needs, 256 unless it says otherwise).
        curve: the curve, where the kind leaves a choice.
        kid: "thumbprint", a name, or None for none.

    Raises:
        InvalidInput: an unknown kind or curve, or a size that the kind does not take.
        KeyWeak: a size below its algorithm's minimum.
        Unavailable: ML-DSA without a `cryptography` that has it.
    """
    if kid is not None and any("\ud800" <= character <= "\udfff" for character in kid):
        raise InvalidInput("the kid is not UTF-8")
    kty, crv, alg = _resolve(kind, curve)
    size = _size(kty, alg, bits)
    while True:
        key = _draw(kty, crv, alg, size)
        name = thumbprint(key) if kid == "thumbprint" else kid
        # A name that begins with "-" would be read as an option of every command line.
        if name is None or kid != "thumbprint" or not name.startswith("-"):
            return replace(key, kid=name)


def generate_secret(length_bytes: int = 32) -> Secret:
    """Return random bytes.

    Args:
        length_bytes: 16 to 65536; 32 serve HS256, 64 HS512.

    Raises:
        InvalidInput: another length.
    """
    if not MINIMUM_SECRET_BYTES <= length_bytes <= MAXIMUM_SECRET_BYTES:
        allowed = f"{MINIMUM_SECRET_BYTES} to {MAXIMUM_SECRET_BYTES}"
        raise InvalidInput(f"a secret of {length_bytes} bytes; {allowed} are made")
    return Secret(os.urandom(length_bytes))


def _resolve(kind: str, curve: str | None) -> tuple[str, str | None, str | None]:
    """Return key type, curve and declared algorithm."""
    name = _KIND_BY_NAME.get(kind.lower())
    if name is None:
        raise InvalidInput(
            f"{ascii(kind)[:40]} is no kind of key", hint="use one of " + ", ".join(KINDS)
        )
    choice: tuple[str, ...]
    if name in _TYPES:
        kty, crv = _TYPES[name]
        choice, alg = _CURVES_OF.get(name, (crv,) if crv else ()), None
    else:
        row = ALGORITHMS[name]
        kty, choice, alg = row.kty, row.crvs, name
        crv = choice[0] if choice else None
    if curve is None:
        return kty, crv, alg
    wanted = next((known for known in choice if known.lower() == curve.lower()), None)
    if wanted is None:
        raise InvalidInput(
            f"{name} does not take the curve {ascii(curve)[:40]}",
            hint="use one of " + ", ".join(choice) if choice else "leave the curve out",
        )
    return kty, wanted, alg


def _size(kty: str, alg: str | None, bits: int | None) -> int:
    if kty not in ("RSA", "oct"):
        if bits is not None:
            raise InvalidInput(
                f"the size of an {kty} key is its curve's or algorithm's", hint="leave the bits out"
            )
        return 0
    least = ALGORITHMS[alg].minimum_bits if alg else {"RSA": MINIMUM_RSA_BITS, "oct": 128}[kty]
    size = bits or (DEFAULT_RSA_BITS if kty == "RSA" else max(least, 256))
    most = MAXIMUM_RSA_BITS if kty == "RSA" else 8 * MAXIMUM_SECRET_BYTES
    if size < least:
        raise KeyWeak(
            f"{size} bits are too few for {alg or kty}; {least} is the minimum",
            hint=f"--bits {least}, or leave it out",
        )
    if size > most or size % 8:
        raise InvalidInput(f"{size} bits: {alg or kty} takes multiples of 8 up to {most}")
    return size


def _draw(kty: str, crv: str | None, alg: str | None, size_bits: int) -> Key:
    labels = Labels(alg=alg, use="sig" if alg else None)
    members = {"kty": kty}
    if kty == "oct":
        members["k"] = base64url_encode(os.urandom(size_bits // 8))
        return admit(members, found="new secret", labels=labels)

    if kty == "RSA":
        from authcli.keys.engine import rsa

        numbers = rsa.generate(size_bits)
        members |= {name: encode_natural(value) for name, value in numbers.items()}
    elif kty == "EC":
        from authcli.keys.engine import ec

        members |= {"crv": crv or "", "d": base64url_encode(ec.generate(crv or ""))}
    elif kty == "OKP":
        from authcli.keys.engine import okp

        members |= {"crv": crv or "", "d": base64url_encode(okp.generate(crv or ""))}
    else:
        from authcli.keys.engine import mldsa

        members["priv"] = base64url_encode(mldsa.generate(alg or ""))
    return admit(members, found="new private key", labels=labels)
