"""X.509 certificates: what they say about the key in them (RFC 5280, section 4.1)."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass

from cryptography import x509

from authcli.errors import KeyMalformed

__all__ = ["Certificate", "read_certificate"]


@dataclass(frozen=True, slots=True)
class Certificate:
    """The facts of a certificate; who signed it is not checked."""

    subject: str
    """Whose key it is, as RFC 4514 writes names."""
    issuer: str
    """Who says so."""
    serial: str
    """Its number, in hex."""
    not_before: int
    """When it begins to be valid, in epoch seconds."""
    not_after: int
    """When it ceases to be, in epoch seconds."""
    sha256: str
    """Its fingerprint, in hex."""


def read_certificate(data: bytes) -> Certificate:
    """Return the facts of a certificate in DER.

    Raises:
        KeyMalformed: no certificate that X.509 allows.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # serial numbers that RFC 5280 forbids still read
            certificate = x509.load_der_x509_certificate(data)
            return Certificate(
                subject=certificate.subject.rfc4514_string(),
                issuer=certificate.issuer.rfc4514_string(),
                serial=f"{certificate.serial_number:x}",
                not_before=int(certificate.not_valid_before_utc.timestamp()),
                not_after=int(certificate.not_valid_after_utc.timestamp()),
                sha256=hashlib.sha256(data).hexdigest(),
            )
    except (ValueError, TypeError, x509.InvalidVersion):
        pass
    raise KeyMalformed("the certificate is malformed")
