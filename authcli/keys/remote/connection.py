"""A connection to a host, with TLS where the URL says https, before a deadline."""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from ipaddress import ip_address
from typing import TypeAlias, cast

from authcli.keys.remote.urls import Address, is_loopback

__all__ = ["connect", "seconds_left"]

#: A name may have any number of addresses; each that is tried takes its share of the time.
MAX_ENDPOINTS_TRIED = 6

#: The family, and the socket address: IP address, port and what else the family has.
Endpoint: TypeAlias = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int]]


def seconds_left(deadline: float) -> float:
    """Return the seconds until the deadline, an instant of `time.monotonic`.

    Raises:
        TimeoutError: it has passed.
    """
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def connect(
    address: Address, *, deadline: float, ssl_context: ssl.SSLContext | None
) -> socket.socket:
    """Return a connection to the first of the host's addresses that takes one.

    Args:
        address: the host, the port and the scheme.
        deadline: for look-up, connection and TLS handshake together.
        ssl_context: whom to trust; None is the system's certificate authorities.

    Raises:
        OSError: not found, refused, too late, or not trusted.
        ValueError: a host that the resolver cannot encode.
    """
    connection = _connect_plainly(address, deadline)
    if address.scheme == "http":
        return connection
    try:
        trust = ssl_context or ssl.create_default_context()
        connection.settimeout(seconds_left(deadline))
        return trust.wrap_socket(connection, server_hostname=address.host)
    except BaseException:
        connection.close()
        raise


def _connect_plainly(address: Address, deadline: float) -> socket.socket:
    endpoints = _look_up(address, deadline)[:MAX_ENDPOINTS_TRIED]
    failure = OSError("the host has no address")
    for position, (family, endpoint) in enumerate(endpoints):
        if address.scheme == "http" and not is_loopback(ip_address(endpoint[0])):
            # What hosts(5) says of localhost is not ours to trust with plain text.
            raise OSError(f"{address.host} is {endpoint[0]}, and http is for this machine alone")
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(seconds_left(deadline) / (len(endpoints) - position))
            connection.connect(endpoint)
        except OSError as error:
            connection.close()
            failure = error
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise failure


def _look_up(address: Address, deadline: float) -> list[Endpoint]:
    """Return the host's endpoints.

    The system's resolver knows no deadline, so it runs in a thread that is left behind when ours
    passes; a daemon, so that it holds up nobody's exit.
    """
    answer: queue.SimpleQueue[list[Endpoint] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
            answer.put([cast(Endpoint, (family, where)) for family, _, _, _, where in found])
        except (OSError, ValueError) as error:  # carried to the caller's thread
            answer.put(error)

    threading.Thread(target=ask, name="authcli-look-up", daemon=True).start()
    try:
        result = answer.get(timeout=seconds_left(deadline))
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(result, Exception):
        raise result
    return result
