"""The one error of a fetch: what stood in the way, in a sentence, with a stable code.

network.dns           the host is not found
network.tls           no TLS, or a certificate that is not trusted
network.timeout       no complete answer within the time limit
network.unavailable   refused, closed early, or not HTTP
network.status        an answer other than 200
network.redirect      too many, or to where keys may not be fetched from
network.encoding      compressed, unasked
network.too-large     over the size limit
"""

from __future__ import annotations

import socket
import ssl

from authcli.errors import NetworkUnavailable
from authcli.keys.remote.urls import Address

__all__ = ["explained", "refused"]

MAX_SHOWN_LETTERS = 120


def refused(
    address: Address, problem: str, *, code: str, hint: str | None = None
) -> NetworkUnavailable:
    """Return the error that says why a URL was not fetched."""
    message = f"{address.shown} could not be fetched: {problem}"
    return NetworkUnavailable(message, hint=hint, code=code)


def explained(address: Address, error: Exception, *, timeout_seconds: float) -> NetworkUnavailable:
    """Return our error for one that Python's networking raised; the most special class decides."""
    if isinstance(error, TimeoutError):
        problem = f"no complete answer within {timeout_seconds:.3g} seconds"
        return refused(address, problem, code="network.timeout")
    if isinstance(error, ssl.SSLCertVerificationError):
        return refused(
            address,
            f"the server's certificate is not trusted: {_plain(error.verify_message)}",
            hint="for a certificate authority of your own, set SSL_CERT_FILE to its PEM file",
            code="network.tls",
        )
    if isinstance(error, ssl.SSLError):
        problem = f"TLS failed: {_plain(error.reason or error)}"
        return refused(address, problem, code="network.tls")
    if isinstance(error, socket.gaierror):
        problem = f"the host {address.host} is not found"
        return refused(address, problem, hint="check its spelling", code="network.dns")
    if isinstance(error, OSError):
        problem = _plain(error.strerror or error).lower()
        return refused(address, problem, code="network.unavailable")
    problem = f"its answer is broken: {_plain(repr(error))}"
    return refused(address, problem, code="network.unavailable")


def _plain(text: object) -> str:
    """Return text that a server may have chosen, bounded and in printable ASCII."""
    shown = str(text)[:MAX_SHOWN_LETTERS]
    return "".join(letter if " " <= letter <= "~" else "?" for letter in shown)
