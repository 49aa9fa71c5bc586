"""What a file of unknown kind is, by its content.

The rule: whatever looks like key material is key material, even when it is damaged. Taking the
text of a public key for an HMAC secret lets everybody who has that text forge signatures
(CVE-2016-10555, CVE-2022-29217), so damaged keys, keys in formats that authcli does not read
and keys wrapped in base64 are recognised too.
"""

from __future__ import annotations

import binascii
import re
from typing import Final, Literal, NamedTuple

from authcli.keys import der

__all__ = ["Recognised", "is_printable", "recognise"]

Format = Literal["pem", "der", "json", "ssh-public", "openssh", "foreign"]


class Recognised(NamedTuple):
    """A format, and the bytes in it."""

    format: Format
    """Which reader takes it; "foreign" where none does."""
    name: str
    """What it is, for people: "PEM", "a PuTTY key"."""
    data: bytes
    """The input without byte order mark, comment or base64 around it."""
    notes: tuple[str, ...] = ()
    """What was taken off."""


_BOM = b"\xef\xbb\xbf"
#: Bytes that text does not hold: controls other than tab, line feed, form feed, carriage return.
_CONTROLS = bytes(byte for byte in range(0x20) if byte not in b"\t\n\f\r") + b"\x7f"
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
_HEX = b"0123456789abcdefABCDEF"
_OPENSSH_MAGIC = b"openssh-key-v1\0"

# Patterns are compiled where a cheaper look has found something: most keys need none of them.
_COMMENT_LINES = rb"(?:\s*(?:#|//)[^\n]*\n)+\s*"
_JWK_MEMBER = rb"""["'](?:kty|keys)\\?["']\s*:"""
_SSH_LINE = (
    rb"(?:ssh-(?:rsa|dss|ed25519|ed448)|(?:ecdsa-sha2|sk-ssh|sk-ecdsa)-[a-z0-9-]{1,40})"
    rb"(?:-cert-v01)?(?:@openssh\.com)?[ \t]+(?:AAAA|[A-Za-z0-9+/=]{16})"
)
#: A DER structure of 128 bytes or more whose first member is an INTEGER or a SEQUENCE.
_DER_START = rb"(?s)\x30(?:\x81[\x80-\xff]|\x82[\x01-\xff].)[\x02\x30]"
#: How the object identifiers of RSA, EC, Edwards, Montgomery and ML-DSA keys are encoded.
_KEY_OID = (
    rb"\x06(?:\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01|\x07\x2a\x86\x48\xce\x3d\x02\x01"
    rb"|\x03\x2b\x65[\x6e-\x71]|\x09\x60\x86\x48\x01\x65\x03\x04\x03)"
)
_PEM_REMAINS = rb"(?:BEGIN|END)[ _](?:[A-Z0-9 _]{0,40}(?:PRIVATE|PUBLIC)[ _]KEY|CERTIFICATE)"
_SSH_BLOB = rb"\0\0\0[\x07-\x20](?:ssh-|ecdsa-|sk-)"
#: How the base64 of an OpenSSH public key begins: ssh-, ecdsa-, sk-ssh-, sk-ecdsa-.
_SSH_BASE64 = (b"AAAAB3NzaC1", b"AAAAC3NzaC1", b"AAAAE2VjZHNh", b"AAAAGnNrLXNz", b"AAAAInNrLWVj")
#: What stands in keys that authcli does not read.
_FOREIGN: Final = (
    (b"PuTTY-User-Key-File-", "a PuTTY key"),
    (b"---- BEGIN SSH2 ", "an SSH2 key (RFC 4716)"),
    (b"<RSAKeyValue>", "an XML key"),
)
_JAVA_KEYSTORE = b"\xfe\xed\xfe\xed"
#: No key has less; shorter text is not worth unwrapping.
_MIN_WRAPPED_BYTES = 40


def recognise(data: bytes) -> Recognised | None:
    """Return what the bytes are, or None where they are no key material that is known.

    Args:
        data: a whole file, at most a megabyte: the time is linear in it.
    """
    if _recognise(_from_utf16(data)):
        return Recognised("foreign", "a key in UTF-16 text", data)
    notes: tuple[str, ...] = ()
    if data.startswith(_BOM):
        data, notes = data[len(_BOM) :], ("a byte order mark stands before it",)
    found = _recognise(data) or _unwrapped(data)
    return found._replace(notes=notes + found.notes) if found else None


def is_printable(data: bytes) -> bool:
    """Tell whether bytes are UTF-8 text without control characters."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return len(data.translate(None, _CONTROLS)) == len(data)


def _recognise(data: bytes) -> Recognised | None:
    json = _json(data)
    if json:
        return json
    if b"-----BEGIN " in data:
        return Recognised("pem", "PEM", data)
    if data.startswith(_OPENSSH_MAGIC):
        return Recognised("openssh", "an OpenSSH private key", data)
    if _looks_like_der(data):
        return Recognised("der", "DER", data)
    if _looks_like_ssh(data):
        return Recognised("ssh-public", "an OpenSSH public key", data)
    foreign = _foreign(data)
    return Recognised("foreign", foreign, data) if foreign else None


def _looks_like_ssh(data: bytes) -> bool:
    if any(start in data for start in _SSH_BASE64):
        return True
    words = any(word in data for word in (b"ssh-", b"sha2-", b"sk-"))
    return words and re.search(_SSH_LINE, data) is not None


def _foreign(data: bytes) -> str | None:
    for mark, name in _FOREIGN:
        if mark in data:
            return name
    if data.startswith(_JAVA_KEYSTORE):
        return "a Java keystore"
    if data.startswith(b"\0\0\0") and re.match(_SSH_BLOB, data):
        return "an SSH key without its first word"
    capitals = data.upper()
    if (b"BEGIN" in capitals or b"END" in capitals) and re.search(_PEM_REMAINS, capitals):
        return "damaged PEM"
    return None


def _json(data: bytes) -> Recognised | None:
    body = data.lstrip()
    comment = re.match(_COMMENT_LINES, body) if body[:1] in (b"#", b"/") else None
    body = body[comment.end() :] if comment else body
    # A random secret may begin with "{"; text that does is JSON, or meant to be.
    if not (body.startswith(b"{") and is_printable(body)) and not _has_jwk_member(body):
        return None
    notes = ("a comment stands before it",) if comment else ()
    return Recognised("json", "JSON", body, notes)


def _has_jwk_member(data: bytes) -> bool:
    return (b"kty" in data or b"keys" in data) and re.search(_JWK_MEMBER, data) is not None


def _looks_like_der(data: bytes) -> bool:
    if not data.startswith(b"\x30"):
        return False
    if re.match(_DER_START, data) or re.search(_KEY_OID, data):
        return True
    try:
        return len(der.children(der.parse(data))) > 1
    except der.NotDer:
        return False


def _unwrapped(data: bytes) -> Recognised | None:
    """Look inside base64 and hex: environment variables often hold PEM in them."""
    text = b"".join(data.split())
    if len(text) < _MIN_WRAPPED_BYTES:
        return None
    inner = None
    if len(text) % 2 == 0 and not text.translate(None, _HEX):
        inner, wrapping = binascii.unhexlify(text), "hex"
    elif not text.rstrip(b"=").translate(None, _BASE64):
        bare = text.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        if len(bare) % 4 != 1:
            inner, wrapping = binascii.a2b_base64(bare + b"=" * (-len(bare) % 4)), "base64"
    found = _recognise(inner) if inner else None
    if inner is None or found is None or (found.format == "json" and not _has_jwk_member(inner)):
        return None
    return found._replace(notes=(*found.notes, f"it is wrapped in {wrapping}"))


def _from_utf16(data: bytes) -> bytes:
    """Return UTF-16 text (what PowerShell's ">" writes) as UTF-8, and nothing for other bytes."""
    marked = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    little = data.startswith(b"\xff\xfe") or not any(data[1:64:2])
    if not marked and not little and any(data[0:64:2]):
        return b""
    text = data[2 * marked :].decode("utf-16-le" if little else "utf-16-be", "ignore")
    return text.encode("utf-8", "ignore")
