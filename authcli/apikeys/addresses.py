"""From where a key may be used: addresses and networks, IPv4 and IPv6 (RFC 4632, RFC 4291).

An IPv4 address in IPv6's clothes (`::ffff:10.0.0.1`, as servers on both write it) is the IPv4
address; a zone (`fe80::1%eth0`) is the reader's own affair and is left aside.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

__all__ = ["MAX_CIDRS", "check_address", "check_cidr", "check_cidrs", "inside"]

MAX_CIDRS = 64
"""Networks of one key."""
_MAX_TEXT = 100


def check_cidr(text: str) -> str:
    """Return a network in its canonical spelling; an address is the network of itself alone.

    Raises:
        InvalidInput: no network, or an address inside of one (code "apikey.cidr").
    """
    import ipaddress

    if len(text) > _MAX_TEXT or "%" in text:
        raise _no_network(text)
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise _no_network(text) from None
    # As with addresses: what comes from such a network is compared as IPv4. One that is wider than
    # all of IPv4 begins elsewhere.
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    spelling = str(network) if mapped is None else f"{mapped}/{network.prefixlen - 96}"
    first = text.partition("/")[0]
    if ipaddress.ip_address(first) != network.network_address:
        raise InvalidInput(
            f"{ascii(text)} is an address inside a network, not the network",
            hint=f"write {spelling}, or {first} for the one address",
            code="apikey.cidr",
        )
    return spelling


def check_cidrs(texts: Iterable[str]) -> tuple[str, ...]:
    """Return networks in the order given, each once.

    Raises:
        InvalidInput: one is none, or there are too many.
    """
    found = tuple(dict.fromkeys(check_cidr(text) for text in texts))
    if len(found) > MAX_CIDRS:
        raise InvalidInput(
            f"{len(found)} networks are over the limit of {MAX_CIDRS}", code="apikey.cidr"
        )
    return found


def check_address(text: str) -> str:
    """Return an address in its canonical spelling: mapped to IPv4, without a zone.

    Raises:
        InvalidInput: no address (code "apikey.address-invalid").
    """
    return str(_address(text))


def inside(address: str, cidrs: Iterable[str]) -> bool:
    """Return whether an address lies in one of the networks.

    Args:
        address: IPv4 or IPv6, as text.
        cidrs: networks of `check_cidr`; of none nothing is inside.

    Raises:
        InvalidInput: no address (code "apikey.address-invalid").
    """
    found = _address(address)
    version, number = found.version, int(found)
    return any(
        version == of and number >> shift == network
        for of, network, shift in (_network(cidr) for cidr in cidrs)
    )


def _address(text: str) -> IPv4Address | IPv6Address:
    import ipaddress

    try:
        if len(text) > _MAX_TEXT:
            raise ValueError
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        raise InvalidInput(
            f"{ascii(text[:_MAX_TEXT])} is no IP address",
            hint="examples: 192.0.2.7, 2001:db8::7; without a port",
            code="apikey.address-invalid",
        ) from None
    return getattr(found, "ipv4_mapped", None) or found


@lru_cache(maxsize=256)
def _network(cidr: str) -> tuple[int, int, int]:
    """Return a network's version, its leading bits as a number, and how many bits follow."""
    import ipaddress

    network = ipaddress.ip_network(cidr)
    shift = network.max_prefixlen - network.prefixlen
    return network.version, int(network.network_address) >> shift, shift


def _no_network(text: str) -> InvalidInput:
    return InvalidInput(
        f"{ascii(text[:_MAX_TEXT])} is no network of addresses",
        hint="examples: 192.0.2.0/24, 2001:db8::/32, 192.0.2.7",
        code="apikey.cidr",
    )
