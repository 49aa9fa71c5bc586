"""Signature algorithms, and which of them a key may use.

Sources: RFC 7518, section 3; RFC 8037; RFC 8812; RFC 9864; RFC 9964 (ML-DSA).
The algorithm of a signature comes from the key, never from the token (RFC 8725, section 3.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from authcli.errors import InvalidInput, KeyWrong

if TYPE_CHECKING:
    from authcli.keys.model import Key

__all__ = [
    "ALGORITHMS",
    "ENCRYPTION_ALGORITHMS",
    "Algorithm",
    "require_algorithm",
    "require_operation",
    "signing_algorithm",
    "verifying_algorithms",
]


class Algorithm(NamedTuple):
    """One row of the table: what a key must be to use it."""

    name: str
    """The `alg` value: "ES256"."""
    kty: str
    """The key type: "RSA", "EC", "OKP", "oct" or "AKP"."""
    crvs: tuple[str, ...] = ()
    """The curves it works on; empty where the key type has none."""
    digest: str | None = None
    """The hash it names ("SHA-256"), or None where the algorithm brings its own."""
    minimum_bits: int = 0
    """The shortest key its standard allows; 0 where the curve fixes the size."""

    @property
    def crv(self) -> str | None:
        """The one curve, or None where there is none or a choice (EdDSA)."""
        return self.crvs[0] if len(self.crvs) == 1 else None

    @property
    def hash_name(self) -> str:
        """Its hash as `hashlib` names it: "sha256"; empty where the algorithm brings its own."""
        return (self.digest or "").replace("-", "").lower()


#: RFC 7518, sections 3.3 and 3.5: RSA keys of 2048 bits or larger; section 3.2: an HMAC key at
#: least as long as the hash.
_ROWS = (
    Algorithm("HS256", "oct", (), "SHA-256", 256),
    Algorithm("HS384", "oct", (), "SHA-384", 384),
    Algorithm("HS512", "oct", (), "SHA-512", 512),
    Algorithm("RS256", "RSA", (), "SHA-256", 2048),
    Algorithm("RS384", "RSA", (), "SHA-384", 2048),
    Algorithm("RS512", "RSA", (), "SHA-512", 2048),
    Algorithm("PS256", "RSA", (), "SHA-256", 2048),
    Algorithm("PS384", "RSA", (), "SHA-384", 2048),
    Algorithm("PS512", "RSA", (), "SHA-512", 2048),
    Algorithm("ES256", "EC", ("P-256",), "SHA-256"),
    Algorithm("ES384", "EC", ("P-384",), "SHA-384"),
    Algorithm("ES512", "EC", ("P-521",), "SHA-512"),
    Algorithm("ES256K", "EC", ("secp256k1",), "SHA-256"),
    Algorithm("EdDSA", "OKP", ("Ed25519", "Ed448")),
    Algorithm("Ed25519", "OKP", ("Ed25519",)),
    Algorithm("Ed448", "OKP", ("Ed448",)),
    Algorithm("ML-DSA-44", "AKP"),
    Algorithm("ML-DSA-65", "AKP"),
    Algorithm("ML-DSA-87", "AKP"),
)
#: Every signature algorithm by name; the first that fits a key is the one it signs with.
ALGORITHMS: Final[dict[str, Algorithm]] = {row.name: row for row in _ROWS}

_AES = ("A128", "A192", "A256")
_RSA_OAEP = ("RSA1_5", "RSA-OAEP", "RSA-OAEP-256", "RSA-OAEP-384", "RSA-OAEP-512")
_ECDH = ("ECDH-ES", *(f"ECDH-ES+{size}KW" for size in _AES))
_SYMMETRIC = (
    "dir",
    *(f"{size}{mode}" for size in _AES for mode in ("KW", "GCMKW", "GCM")),
    *(f"PBES2-HS{2 * bits}+A{bits}KW" for bits in (128, 192, 256)),
    *(f"A{bits}CBC-HS{2 * bits}" for bits in (128, 192, 256)),
)
#: Algorithms of encryption that a JWK may name, with the key types that they take: keys that say
#: one are read, and sign nothing (RFC 7518, sections 4.1 and 5.1; RFC 8037, section 3.2).
ENCRYPTION_ALGORITHMS: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(_RSA_OAEP, ("RSA",)),
    **dict.fromkeys(_ECDH, ("EC", "OKP")),
    **dict.fromkeys(_SYMMETRIC, ("oct",)),
}


def require_algorithm(name: str) -> Algorithm:
    """Return the row of a signature algorithm.

    Raises:
        InvalidInput: no algorithm is called so; names are compared as they stand.
    """
    row = ALGORITHMS.get(name)
    if row is None:
        raise InvalidInput(
            f"no signature algorithm is called {ascii(name)[:40]}",
            hint="one of: " + ", ".join(ALGORITHMS),
        )
    return row


def signing_algorithm(key: Key) -> str:
    """Return the algorithm that a key signs with: the one it declares, else its type's default.

    Raises:
        KeyWrong: a key that cannot sign: X25519, or declared for another algorithm.
    """
    return _candidates(key)[0].name


def verifying_algorithms(key: Key, *, allow_weak: bool = False) -> tuple[str, ...]:
    """Return the algorithms whose signatures a key may verify.

    A declared algorithm is the only one. Else it is every algorithm of the family whose
    minimum the key reaches; a key that reaches none gets the whole family, so that its weakness
    is reported as weakness and not as a wrong algorithm.

    Args:
        key: a private, public or secret key.
        allow_weak: count algorithms that the key is too short for.

    Raises:
        KeyWrong: a key that no signature algorithm takes.
    """
    family = _candidates(key)
    enough = tuple(row.name for row in family if key.size_bits >= row.minimum_bits)
    return enough if enough and not allow_weak else tuple(row.name for row in family)


def require_operation(key: Key, *, operation: Literal["sign", "verify"]) -> None:
    """Refuse a key that must not sign or verify: a public half, another `use`, other `key_ops`.

    Raises:
        KeyWrong: naming what the key is for.

    Source: RFC 7517, sections 4.2 and 4.3.
    """
    signing_algorithm(key)
    if operation == "sign" and not key.private:
        raise KeyWrong(
            f"this is a public key ({key.found}); signing needs the private half",
            hint="pass the private key that belongs to it",
        )
    if key.use not in (None, "sig"):
        raise KeyWrong(
            f"this key is declared for use {_quoted(key.use)}, not for signatures",
            hint='use another key, or mend its "use" member',
        )
    # A private key that says "sign" also checks its own signatures.
    allowed = {operation, "sign"} if key.private else {operation}
    if key.key_ops is not None and not allowed & set(key.key_ops):
        listed = ", ".join(_quoted(name) for name in key.key_ops) or "nothing"
        raise KeyWrong(
            f"this key's key_ops permit {listed}, not '{operation}'",
            hint='use another key, or mend its "key_ops" member',
        )


def _candidates(key: Key) -> tuple[Algorithm, ...]:
    family = tuple(
        row
        for row in _ROWS
        if row.kty == key.kty
        and (not row.crvs or key.crv in row.crvs)
        and key.alg in (None, row.name)
    )
    if family:
        return family
    if key.alg is not None:
        raise KeyWrong(
            f"this key is declared for {_quoted(key.alg)}, which is no signature algorithm",
            hint="use a key declared for one of " + ", ".join(ALGORITHMS),
        )
    raise KeyWrong(
        f"an {key.crv or key.kty} key cannot sign: it is for key agreement",
        hint="make a signing key: authcli key generate ES256",
    )


def _quoted(text: str | None) -> str:
    return ascii(text)[:80]
