"""Keys: read in every format, checked on the way in, made, written, named and judged.

    from authcli import keys

    key = keys.read(Path("signing.pem").read_bytes())
    keys.thumbprint(key)                                  RFC 7638
    keys.write(key.public(), format="jwk")
    keys.generate("ES256")

The modules, each adding one idea:

    algorithms    the signature algorithms, and which of them a key may use
    model         Key, KeySet

    reader        from bytes to a Key: formats are recognised by content (recognition)
    containers    files, opened: pem, der, openssh; kdf weighs the passphrase, sealed takes it
    pkix, oids, jwk             what is inside, taken apart into members
    admission     the one door: members become a Key here, or are refused
    members, rsa, elliptic, curves, akp, symmetric, moduli      what each kind must be for that
    certificate, chains         certificates around keys

    writer        from a Key to PEM, DER, OpenSSH, JWK, JWKS
    generator     new keys and secrets
    thumbprints   RFC 7638 names
    linter        everything that is wrong or unwise about keys and sets
    description   the public facts of a key, ready for JSON
    remote/       keys by URL
    engine/       the objects that compute, of `cryptography`

A malformed or inconsistent key is never returned: reading it raises. A weak key is returned with
its `weaknesses`. No error, repr or finding holds key material.
"""

from authcli.findings import Finding
from authcli.keys.algorithms import (
    ALGORITHMS,
    Algorithm,
    require_operation,
    signing_algorithm,
    verifying_algorithms,
)
from authcli.keys.description import describe
from authcli.keys.generator import generate, generate_secret
from authcli.keys.linter import lint
from authcli.keys.model import Key, KeySet
from authcli.keys.reader import read, read_set
from authcli.keys.thumbprints import thumbprint, thumbprint_uri
from authcli.keys.writer import default_format, to_jwk, write

__all__ = [
    "ALGORITHMS",
    "Algorithm",
    "Finding",
    "Key",
    "KeySet",
    "default_format",
    "describe",
    "generate",
    "generate_secret",
    "lint",
    "read",
    "read_set",
    "require_operation",
    "signing_algorithm",
    "thumbprint",
    "thumbprint_uri",
    "to_jwk",
    "verifying_algorithms",
    "write",
]
