"""PEM: the blocks of a file, whatever text stands around them (RFC 7468; RFC 1421, section 4.6).

Reading is lenient about line breaks (an environment variable holds none, or a literal "\\n") and
strict about the rest: the label must fit what the block holds.
"""

from __future__ import annotations

import binascii
import re
from typing import Final, NamedTuple

from authcli.errors import KeyMalformed, KeyWrong

__all__ = ["Block", "blocks"]

_BEGIN, _END, _DASHES = b"-----BEGIN ", b"-----END ", b"-----"
_HEADER = rb"\s*([A-Za-z0-9-]{1,40}): ([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)\r?\n"
_MAX_BLOCKS, _MAX_HEADERS = 1000, 8

#: Label: what a block of that label may hold, as `pkix` names it.
LABELS: Final[dict[str, str]] = {
    "PRIVATE KEY": "PKCS#8 private key",
    "ENCRYPTED PRIVATE KEY": "encrypted PKCS#8 private key",
    "PUBLIC KEY": "SPKI public key",
    "RSA PRIVATE KEY": "PKCS#1 private key",
    "RSA PUBLIC KEY": "PKCS#1 public key",
    "EC PRIVATE KEY": "SEC1 private key",
    "CERTIFICATE": "X.509 certificate",
    "X509 CERTIFICATE": "X.509 certificate",
    "OPENSSH PRIVATE KEY": "OpenSSH private key",
}
#: Blocks that accompany a key and say nothing that is needed.
_PASSED_OVER = ("EC PARAMETERS", "DH PARAMETERS", "DSA PARAMETERS")
_UNSUPPORTED: Final[dict[str, str]] = {
    "DSA PRIVATE KEY": "JSON Web Tokens have no algorithm for DSA",
    "CERTIFICATE REQUEST": "pass the certificate, or the private key",
    "NEW CERTIFICATE REQUEST": "pass the certificate, or the private key",
    "X509 CRL": "pass a certificate, or a key",
    "TRUSTED CERTIFICATE": "openssl x509 -in FILE -out certificate.pem",
    "PKCS7": "openssl pkcs7 -in FILE -print_certs -out certificates.pem",
    "PGP PRIVATE KEY BLOCK": "PGP keys are not read",
    "PGP PUBLIC KEY BLOCK": "PGP keys are not read",
}


class Block(NamedTuple):
    """One block of a PEM file."""

    label: str
    data: bytes
    """What its base64 holds."""
    legacy_text: bytes | None = None
    """The block with its headers, where it is encrypted in the manner of RFC 1421."""


def blocks(data: bytes) -> tuple[list[Block], tuple[str, ...]]:
    """Return the blocks that hold keys and certificates, and what was forgiven.

    Raises:
        KeyMalformed: a block that does not end, or is no base64; no block at all.
        KeyWrong: a label of something that is no key.
    """
    notes: tuple[str, ...] = ()
    if b"\\n" in data:
        data = data.replace(b"\\r", b"").replace(b"\\n", b"\n")
        notes = ('literal "\\n" in the PEM text were read as line breaks',)
    found: list[Block] = []
    position = data.find(_BEGIN)
    while position >= 0:
        label, body, position = _next(data, position + len(_BEGIN))
        if label not in _PASSED_OVER:
            found.append(_block(label, body))
        if len(found) > _MAX_BLOCKS:
            raise KeyMalformed(f"the PEM text has more than {_MAX_BLOCKS} blocks")
        position = data.find(_BEGIN, position)
    if not found:
        raise KeyMalformed("the PEM text holds parameters and no key")
    return found, notes


def _next(data: bytes, start: int) -> tuple[str, bytes, int]:
    """Return label, body and end of the block whose label begins at `start`."""
    label_end = data.find(_DASHES, start, start + 60)
    label = data[start:label_end].decode("ascii", "replace") if label_end > 0 else ""
    if label not in LABELS and label not in _PASSED_OVER:
        # Only labels of the tables are repeated: another may be damaged, and hold the key.
        if label in _UNSUPPORTED:
            raise KeyWrong(
                f"this is a PEM {label}, not a key",
                hint=_UNSUPPORTED[label],
                code="key.unsupported",
            )
        raise KeyMalformed("the PEM label is not that of any key or certificate that is known")
    body_start = label_end + len(_DASHES)
    body_end = data.find(_END, body_start)
    if body_end < 0:
        raise KeyMalformed(
            f"the PEM {label} has no end line", hint="the file is cut short; copy the whole of it"
        )
    end = body_end + len(_END) + len(label) + len(_DASHES)
    if data[body_end:end] != _END + label.encode() + _DASHES:
        raise KeyMalformed(f"the PEM {label} ends with another label")
    return label, data[body_start:body_end], end


def _block(label: str, body: bytes) -> Block:
    headers = b""
    for _ in range(_MAX_HEADERS if b":" in body else 0):
        if header := re.match(_HEADER, body):
            headers, body = headers + header.group().lstrip(), body[header.end() :]
    text = b"".join(body.split())
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        data = b""
    if not data:
        raise KeyMalformed(
            f"the PEM {label} is not base64", hint="the file is damaged; copy it again"
        )
    if b"ENCRYPTED" not in headers:
        return Block(label, data)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    frame = (_BEGIN + label.encode() + _DASHES, _END + label.encode() + _DASHES)
    legacy = b"\n".join([frame[0], headers.rstrip(), b"", *lines, frame[1], b""])
    return Block(label, data, legacy)
