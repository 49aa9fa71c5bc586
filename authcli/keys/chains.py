"""Certificates of a file: a chain in PEM, whatever keys stand beside it, or one in DER.

What kind of key a certificate holds does not matter here: one whose key JSON Web Tokens have no use
for ends on its day as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from authcli.errors import KeyMalformed
from authcli.keys import der, pem, pkix
from authcli.keys.recognition import Recognised, recognise

if TYPE_CHECKING:
    from authcli.keys.certificate import Certificate

__all__ = ["read_certificates"]

#: RFC 5280, section 4.1: what is signed, by which algorithm, the signature.
_CERTIFICATE = [der.SEQUENCE, der.SEQUENCE, der.BIT_STRING]


def read_certificates(data: bytes | Recognised) -> tuple[Certificate, ...]:
    """Return the certificates that the bytes hold, in their order; of a key alone, none.

    Nothing encrypted is opened, and no signature is checked.

    Args:
        data: PEM, DER, either in base64 or hex; or what `recognise` made of it.

    Raises:
        KeyMalformed: neither a certificate nor a key, or a damaged one.
        KeyWrong: a request, a revocation list or a key store.
    """
    found = data if isinstance(data, Recognised) else recognise(data)
    if found is None:
        raise KeyMalformed("this is neither a certificate nor a key")
    if found.format == "foreign":
        raise KeyMalformed(f"this looks like {found.name}, which cannot be read")
    if found.format == "pem":
        blocks, _ = pem.blocks(found.data)
        chain = [block.data for block in blocks if "CERTIFICATE" in block.label]
    else:
        chain = [found.data] if found.format == "der" and _is_certificate(found.data) else []
    if not chain:  # a key alone needs no `cryptography`
        return ()
    from authcli.keys.certificate import read_certificate

    return tuple(map(read_certificate, chain))


def _is_certificate(data: bytes) -> bool:
    """Say whether DER is a certificate; what is neither that nor a key raises."""
    try:
        tags = [node.tag for node in der.children(der.parse(data))]
    except der.NotDer:
        tags = []
    if tags == _CERTIFICATE:
        return True
    pkix.read_structure(data)
    return False
