"""Key and KeySet: what the rest of authcli sees of a key.

A key holds its public parts as JWK members, its private parts as Secrets, and builds the object
that computes with them when it is first asked for. No repr, message or attribute that is not a
`Secret` shows private material.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from authcli.errors import KeyWrong
from authcli.findings import Finding
from authcli.secret import Secret

if TYPE_CHECKING:
    from authcli.keys.certificate import Certificate
    from authcli.keys.engine import NativeKey

__all__ = ["Key", "KeySet"]

#: What the public half may do where the private half may do this (RFC 7517, section 4.3).
_PUBLIC_OPERATIONS = {
    "sign": "verify",
    "decrypt": "encrypt",
    "unwrapKey": "wrapKey",
    "verify": "verify",
    "encrypt": "encrypt",
    "wrapKey": "wrapKey",
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Key:
    """One key that has passed every check on the way in.

    Made by `read`, `generate` and `public`; `dataclasses.replace` changes its labels. The
    constructor checks nothing.
    """

    kty: str
    """RSA, EC, OKP, AKP or oct (RFC 7518, section 6.1; RFC 8037)."""
    crv: str | None = None
    """P-256, P-384, P-521, secp256k1, Ed25519, Ed448, X25519 or X448; None for other types."""
    alg: str | None = None
    """The one algorithm that the key declares itself for."""
    kid: str | None = None
    """The key's name in its set."""
    use: str | None = None
    """sig, enc, or what else a JWK declared."""
    key_ops: tuple[str, ...] | None = None
    """The operations that a JWK permits; None where it does not say."""
    size_bits: int
    """The modulus, the curve or the secret, in bits; the public key for ML-DSA."""
    found: str
    """What it was read from: "PKCS#8 PEM private key"."""
    public_members: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The JWK members of the public key: n and e, crv x and y, or pub; empty for oct."""
    private_members: Mapping[str, Secret] = field(default_factory=dict, repr=False)
    """The JWK members of the private key, each a Secret of its base64url text."""
    weaknesses: tuple[Finding, ...] = ()
    """What is known to be weak about the key itself; errors make it unfit."""
    notes: tuple[str, ...] = ()
    """What was forgiven in reading: literal line breaks, a byte order mark."""
    certificate: Certificate | None = None
    """The certificate that the key was read from."""
    _native: NativeKey | Secret | None = field(default=None, repr=False)

    @property
    def private(self) -> bool:
        """True where the key can sign or decrypt: a private half, or a shared secret."""
        return bool(self.private_members)

    @property
    def weak(self) -> Finding | None:
        """The first weakness that makes the key unfit, or None."""
        return next((found for found in self.weaknesses if found.severity == "error"), None)

    @property
    def native(self) -> NativeKey | Secret:
        """The key as a `cryptography` object, private where the key is; for oct a Secret."""
        native = self._native
        if native is None:
            from authcli.keys.engine import native_key

            native = native_key(self)
            object.__setattr__(self, "_native", native)
        return native

    @property
    def public_native(self) -> NativeKey | Secret:
        """What verifies this key's signatures: the public half, or the shared secret."""
        return self.native if self.kty == "oct" else self.public().native

    def public(self) -> Key:
        """Return the public half, with the same name and declarations.

        Raises:
            KeyWrong: a shared secret, which has no public half.
        """
        if self.kty == "oct":
            raise KeyWrong(
                "a shared secret has no public half",
                hint="who verifies HMAC needs the same secret; for public keys use ES256",
            )
        if not self.private:
            return self
        operations = self.key_ops
        if operations is not None:
            mapped = (_PUBLIC_OPERATIONS.get(name) for name in operations)
            operations = tuple(dict.fromkeys(name for name in mapped if name))
        return replace(
            self,
            private_members={},
            key_ops=operations,
            found=f"public half of a {self.found}",
            _native=None,
        )


@dataclass(frozen=True, slots=True, eq=False)
class KeySet:
    """Keys that belong together (RFC 7517, section 5)."""

    keys: tuple[Key, ...]
    """The keys that can be used, in the order of the set."""
    passed_over: tuple[Finding, ...] = ()
    """Why an entry is not among them; errors are broken keys, notes unknown kinds."""
    positions: tuple[int, ...] = ()
    """Where each key stood in the set that was read, from 1; empty where none was."""

    @property
    def ignored(self) -> tuple[str, ...]:
        """Why entries were passed over, as sentences."""
        return tuple(
            f"{finding.subject}: {finding.message}" if finding.subject else finding.message
            for finding in self.passed_over
        )

    @property
    def sole(self) -> Key | None:
        """The one key that was read, or None where it was a set, be it a set of one."""
        return self.keys[0] if len(self.keys) == 1 and not self.positions else None

    def find(self, kid: str) -> Key | None:
        """Return the first key of that name, compared exactly, or None."""
        return next((key for key in self.keys if key.kid == kid), None)

    def __iter__(self) -> Iterator[Key]:
        return iter(self.keys)

    def __len__(self) -> int:
        return len(self.keys)
