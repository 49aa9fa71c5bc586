"""Which URLs keys may be fetched from: https, and http to this machine alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urljoin, urlsplit

from authcli.errors import InvalidInput

__all__ = ["Address", "address_of", "address_reached_from", "is_loopback"]

MAX_URL_LENGTH = 2048
DEFAULT_PORTS = {"https": 443, "http": 80}

_VISIBLE_ASCII = re.compile(r"[!-~]+")
_HOST = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}", re.ASCII)
#: A last label that the system's resolver would take for a number: 127.1, 0x7f000001.
_NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)", re.ASCII)
_NOT_IN_A_URL = re.compile(r"""[\\"<>^`{|}]""")


@dataclass(frozen=True, slots=True)
class Address:
    """A URL that passed the rules, in the parts that a request needs."""

    url: str
    """As it was given; the name of its cache file."""
    scheme: str
    """"https" or "http"."""
    host: str
    """A lower-case name, or an IP address without brackets."""
    port: int
    target: str
    """Path and query, as sent."""
    loopback: bool
    """The host is this machine by its name: localhost, 127.0.0.0/8 or ::1."""

    @property
    def authority(self) -> str:
        """The host and, where it is not the scheme's own, the port: the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def shown(self) -> str:
        """The URL for messages, without its query: some servers take a key in it."""
        path, _, query = self.target.partition("?")
        return f"{self.scheme}://{self.authority}{path}{'?...' if query else ''}"


def address_of(url: str, *, what: str = "URL") -> Address:
    """Return the parts of a URL that keys may be fetched from.

    Args:
        url: absolute, in ASCII.
        what: what the URL is, for the error ("issuer", "redirect").

    Raises:
        InvalidInput: not such a URL. The message does not repeat it: it may hold a password.

    Source: RFC 3986, section 3; OpenID Connect Discovery 1.0, section 3 (https).
    """
    if len(url) > MAX_URL_LENGTH:
        raise _invalid(what, f"is {len(url)} characters long, over the limit of {MAX_URL_LENGTH}")
    if not _VISIBLE_ASCII.fullmatch(url) or _NOT_IN_A_URL.search(url):
        # urlsplit drops line breaks silently, and readers differ on backslashes.
        raise _invalid(
            what,
            "is not a URL of plain ASCII without blanks",
            "percent-encode the path, and write the host in its xn-- form",
        )
    try:
        parts = urlsplit(url)
        given_port = parts.port
    except ValueError:
        raise _invalid(what, "is not a URL: its host or port cannot be read") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise _invalid(what, "is not an https URL", "it begins with https://")
    if "@" in parts.netloc:
        raise _invalid(what, "holds credentials", "public keys need none: leave out 'user@'")
    if "#" in url:
        raise _invalid(what, "holds a fragment", "leave out '#' and what follows it")
    host = parts.hostname or ""
    address = _host(host, bracketed="[" in parts.netloc, what=what)
    loopback = host == "localhost" if address is None else is_loopback(address)
    if parts.scheme == "http" and not loopback:
        raise _invalid(what, "is an http URL, and http is for this machine alone", "use https://")
    port = DEFAULT_PORTS[parts.scheme] if given_port is None else given_port
    if port == 0:
        raise _invalid(what, "names port 0, which nothing listens on")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(url, parts.scheme, host, port, target, loopback)


def address_reached_from(origin: Address, reference: str, *, what: str) -> Address:
    """Return the parts of a URL that a server, not the user, named.

    Args:
        origin: where the reference was found.
        reference: a URL, or one relative to `origin`.
        what: what it is, for the error ("redirect", "jwks_uri").

    Raises:
        InvalidInput: forbidden by `address_of`; from https to http; or from another host to this
            machine, whose services trust who can reach them.

    Source: RFC 8725, section 3.10 (server-side request forgery).
    """
    if not _VISIBLE_ASCII.fullmatch(reference):
        raise _invalid(what, "is not a URL of plain ASCII without blanks")
    try:
        joined = urljoin(origin.url, reference)
    except ValueError:
        raise _invalid(what, "is not a URL") from None
    found = address_of(joined, what=what)
    if origin.scheme == "https" and found.scheme == "http":
        raise _invalid(what, "leads from https to http")
    if found.loopback and not origin.loopback:
        raise _invalid(what, "leads from another host to this machine")
    return found


def is_loopback(address: IPv4Address | IPv6Address) -> bool:
    """Say whether an address is this machine: 127.0.0.0/8 or ::1, or the former mapped to IPv6."""
    return _unmapped(address).is_loopback


def _unmapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return what the system connects to: ::ffff:0.0.0.0 is 0.0.0.0, hence this machine, too."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _host(host: str, *, bracketed: bool, what: str) -> IPv4Address | IPv6Address | None:
    """Check a host; return it as an address where it is one, None where it is a name."""
    if not bracketed and not _HOST.fullmatch(host):
        raise _invalid(what, "has no host that can be looked up")
    if not bracketed and not _NUMERIC.fullmatch(host):
        return None
    try:
        address = ip_address(host)
    except ValueError:
        raise _invalid(what, "has a host that is neither a name nor an IP address") from None
    reached = _unmapped(address)
    if reached.is_unspecified or reached.is_multicast or "%" in host:
        raise _invalid(what, "has an IP address that names no single host")
    return address


def _invalid(what: str, problem: str, hint: str | None = None) -> InvalidInput:
    return InvalidInput(f"the {what} {problem}", hint=hint, code="url.invalid")
