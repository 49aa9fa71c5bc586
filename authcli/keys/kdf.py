"""What opening an encrypted PKCS#8 key would cost, read before it is paid.

Sources: RFC 8018, appendix A; RFC 7914, section 7.

The file names its own cost, so a key of 10^9 iterations would hold the process for minutes.
"""

from __future__ import annotations

from authcli.errors import KeyMalformed
from authcli.keys import der
from authcli.keys.der import Node, NotDer

__all__ = ["check_cost"]

#: OWASP's figure for PBKDF2 is 600,000; this many take about a second.
MAX_PBKDF2_ITERATIONS = 2_000_000
#: N * r * p; scrypt takes 128 * N * r bytes, 128 MiB here, and half a second.
MAX_SCRYPT_COST = 1 << 20
_MAX_KEY_BYTES = 64
_PBES2, _PBKDF2 = "1.2.840.113549.1.5.13", "1.2.840.113549.1.5.12"
_SCRYPT = "1.3.6.1.4.1.11591.4.11"


def check_cost(data: bytes) -> None:
    """Refuse an EncryptedPrivateKeyInfo whose key derivation costs too much.

    Raises:
        KeyMalformed: too many iterations, too much memory, or no parameters that are known.
    """
    try:
        fault = _fault(der.children(der.parse(data))[0])
    except (NotDer, IndexError, ValueError):  # the last two: fewer members than there must be
        fault = "the parameters of the encrypted key are malformed"
    if fault:
        raise KeyMalformed(
            fault, hint="write it again: openssl pkcs8 -topk8 -iter 600000 -in FILE -out NEW"
        )


def _fault(algorithm: Node) -> str | None:
    scheme, parameters = der.children(algorithm)
    if der.oid(scheme) != _PBES2:
        # PBES1 and PKCS#12 alike: a salt and a count.
        _, iterations = der.children(parameters)
        return _too_many(der.natural(iterations))
    name, derivation = der.children(der.children(parameters)[0])
    if der.oid(name) == _PBKDF2:
        _, iterations, *rest = der.children(derivation)
        sizes = [der.natural(node) for node in rest if node.tag == der.INTEGER]
        if any(size > _MAX_KEY_BYTES for size in sizes):
            return "the encrypted key names an impossible key length"
        return _too_many(der.natural(iterations))
    if der.oid(name) == _SCRYPT:
        n, r, p = (der.natural(node) for node in der.children(derivation)[1:4])
        cost, limit = (n * r * p).bit_length() - 1, MAX_SCRYPT_COST.bit_length() - 1
        if n * r * p > MAX_SCRYPT_COST:
            return (
                f"opening this key takes scrypt at a cost of 2^{cost}, over the limit of 2^{limit}"
            )
        return None
    return "the key is encrypted with a key derivation that is not known"


def _too_many(iterations: int) -> str | None:
    if iterations <= MAX_PBKDF2_ITERATIONS:
        return None
    # Not the number itself: a crafted one has more digits than Python will print.
    shown = iterations if iterations < 10**12 else "over 10^12"
    return f"opening this key takes {shown} iterations, over the limit of {MAX_PBKDF2_ITERATIONS}"
