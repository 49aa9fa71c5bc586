"""OpenSSH keys: the private format "openssh-key-v1" and the public line.

Sources: OpenSSH's PROTOCOL.key; RFC 4251, section 5; RFC 4253, section 6.6; RFC 5656; RFC 8709.
"""

from __future__ import annotations

import binascii
import re
from typing import NamedTuple

from authcli.encoding import base64url_encode
from authcli.errors import KeyInconsistent, KeyMalformed, KeyWrong
from authcli.keys import curves
from authcli.keys.rsa import encode_natural

__all__ = ["MAX_KDF_ROUNDS", "Envelope", "private_members", "public_members", "read_envelope"]

MAGIC = b"openssh-key-v1\0"
#: bcrypt_pbkdf takes 7 ms a round; ssh-keygen writes 24, and its manual suggests 100.
MAX_KDF_ROUNDS = 256
MAX_KEY_BYTES = 1 << 16

_CURVES = {b"nistp256": "P-256", b"nistp384": "P-384", b"nistp521": "P-521"}
_LINE = rb"(?:^|\n)[ \t]*((?:ssh|ecdsa|sk)-[A-Za-z0-9@.-]{1,60})[ \t]+([A-Za-z0-9+/=]+)[^\n]*"


class Envelope(NamedTuple):
    """The outer structure of a private key file."""

    encrypted: bool
    public: bytes
    """The public key, which stands outside the encryption."""
    private: bytes
    """The private section, encrypted or plain."""


def public_members(line: bytes) -> dict[str, str]:
    """Return the members of the one key of an `authorized_keys` line, comments passed over.

    Raises:
        KeyMalformed: no base64, several keys, or numbers that are cut short.
        KeyWrong: a certificate, a hardware key, or DSA.
    """
    found = re.findall(_LINE, line)
    if len(found) != 1:
        fault = "holds several OpenSSH keys" if found else "is no line that begins with a key type"
        raise KeyMalformed(
            f"the OpenSSH public key text {fault}", hint="pass one line: ssh-ed25519 AAAA..."
        )
    try:
        blob = binascii.a2b_base64(found[0][1], strict_mode=True)
    except binascii.Error:
        blob = b""
    reader = _Reader(blob)
    if reader.string() != found[0][0]:
        raise KeyMalformed("the OpenSSH public key is damaged: its type is not the one it says")
    members = _public(found[0][0], reader)
    reader.end()
    return members


def read_envelope(data: bytes) -> Envelope:
    """Return the outer structure of a private key, with the cost of opening it bounded.

    Raises:
        KeyMalformed: cut short, several keys, or a key derivation of too many rounds.
    """
    if len(data) > MAX_KEY_BYTES:
        raise KeyMalformed(
            f"the OpenSSH private key is {len(data)} bytes long, over the limit of {MAX_KEY_BYTES}"
        )
    reader = _Reader(data.removeprefix(MAGIC))
    cipher, kdf, options = reader.string(), reader.string(), _Reader(reader.string())
    if reader.number() != 1:
        raise KeyMalformed("the OpenSSH file does not hold exactly one private key")
    if kdf == b"bcrypt":
        options.string()
        rounds = options.number()
        if rounds > MAX_KDF_ROUNDS:
            raise KeyMalformed(
                f"opening this key takes {rounds} rounds of bcrypt, over the limit of "
                f"{MAX_KDF_ROUNDS}",
                hint="write it again with fewer: ssh-keygen -p -a 100 -f FILE",
            )
    return Envelope(cipher != b"none", reader.string(), reader.string())


def private_members(envelope: Envelope) -> dict[str, str]:
    """Return the members of a private key that is not encrypted.

    Raises:
        KeyMalformed: cut short, or padded otherwise than the format says.
        KeyInconsistent: another public key outside than inside.
        KeyWrong: a key type that JOSE has no algorithm for.
    """
    reader = _Reader(envelope.private)
    if reader.number() != reader.number():
        raise KeyMalformed("the OpenSSH private key is damaged: its check numbers differ")
    kind = reader.string()
    members = _private(kind, reader)
    reader.string()  # the comment
    if reader.rest() != bytes(range(1, len(reader.rest()) + 1)):
        raise KeyMalformed("the OpenSSH private key has wrong padding")
    outer = _Reader(envelope.public)
    if outer.string() != kind or not _public(kind, outer).items() <= members.items():
        raise KeyInconsistent("the OpenSSH file's public key does not belong to its private key")
    return members


def _public(kind: bytes, reader: _Reader) -> dict[str, str]:
    if kind == b"ssh-rsa":
        e, n = reader.natural(), reader.natural()
        return {"kty": "RSA", "n": encode_natural(n), "e": encode_natural(e)}
    if kind == b"ssh-ed25519":
        return {"kty": "OKP", "crv": "Ed25519", "x": base64url_encode(reader.string())}
    return _ec_public(kind, reader)


def _private(kind: bytes, reader: _Reader) -> dict[str, str]:
    if kind == b"ssh-rsa":
        n, e, d, qi, p, q = (reader.natural() for _ in range(6))
        if p < 3 or q < 3:
            raise KeyInconsistent("the primes of the RSA key are too small")
        numbers = {"n": n, "e": e, "d": d, "p": p, "q": q, "qi": qi}
        numbers |= {"dp": d % (p - 1), "dq": d % (q - 1)}
        return {"kty": "RSA"} | {name: encode_natural(value) for name, value in numbers.items()}
    if kind == b"ssh-ed25519":
        public, both = reader.string(), reader.string()
        if both[32:] != public:
            raise KeyInconsistent("the private half does not belong to the public half")
        members = {"kty": "OKP", "crv": "Ed25519", "x": base64url_encode(public)}
        return members | {"d": base64url_encode(both[:32])}
    members = _ec_public(kind, reader)
    size = curves.WEIERSTRASS[members["crv"]].size_bytes
    scalar = reader.natural()
    if scalar.bit_length() > 8 * size:
        raise KeyMalformed("the private scalar is longer than its curve")
    return members | {"d": base64url_encode(scalar.to_bytes(size, "big"))}


def _ec_public(kind: bytes, reader: _Reader) -> dict[str, str]:
    name = kind.removeprefix(b"ecdsa-sha2-")
    if name not in _CURVES:
        raise KeyWrong(
            "this OpenSSH key is a certificate, a hardware key or DSA; JSON Web Tokens "
            "have no use for it",
            hint="RSA, ECDSA and Ed25519 keys are read",
            code="key.unsupported",
        )
    crv = _CURVES[name]
    size = curves.WEIERSTRASS[crv].size_bytes
    if reader.string() != name:
        raise KeyInconsistent("the OpenSSH key names two different curves")
    point = curves.decompress(crv, reader.string())
    if point is None:
        raise KeyInconsistent(f"the public key is not a point of {crv}")
    x, y = (base64url_encode(value.to_bytes(size, "big")) for value in point)
    return {"kty": "EC", "crv": crv, "x": x, "y": y}


class _Reader:
    """Reads the strings and numbers of RFC 4251, section 5, from front to back."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def number(self) -> int:
        return int.from_bytes(self._take(4), "big")

    def string(self) -> bytes:
        return self._take(self.number())

    def natural(self) -> int:
        value = self.string()
        if value[:1] > b"\x7f":
            raise KeyMalformed("a number of the OpenSSH key is negative")
        return int.from_bytes(value, "big")

    def rest(self) -> bytes:
        return self._data[self._position :]

    def end(self) -> None:
        if self.rest():
            raise KeyMalformed("bytes follow the end of the OpenSSH key")

    def _take(self, count: int) -> bytes:
        taken = self._data[self._position : self._position + count]
        if len(taken) != count:
            raise KeyMalformed("the OpenSSH key is cut short")
        self._position += count
        return taken
