"""Where a Redis is: `redis://[[user]:password@]host[:port][/number]`, `rediss://…`, `unix://path`.

A password in a URL stays in it: messages show `masked`.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from authcli.errors import InvalidInput
from authcli.store.urls import ESCAPES, masked

__all__ = ["RedisPlace", "redis_place"]

_SCHEMES = ("redis", "rediss", "unix")
#: What a URL may say besides; others could undo the short timeouts, or that certificates count.
_PARAMETERS = ("db", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_EXAMPLES = "examples: redis://localhost/0, rediss://:PASSWORD@host:6380, env:NAME"


class RedisPlace(NamedTuple):
    """A Redis."""

    url: str
    """It may hold a password."""
    masked: str
    """The URL for people."""

    def __repr__(self) -> str:
        return f"RedisPlace({self.masked!r})"


def redis_place(url: str) -> RedisPlace:
    """Read the URL of a Redis.

    Args:
        url: `redis://…`, `rediss://…` for TLS, `unix:///path/of/socket`.

    Raises:
        InvalidInput: none of these, or a parameter that it may not have (`code` "redis.url").
    """
    shown = masked(url)
    if not url.strip() or re.search(r"[\0-\x20\x7f]", url):
        raise _refused(f"{shown or 'an empty text'} is no URL of a Redis")
    scheme = url.partition("://")[0].lower()
    if scheme not in _SCHEMES or "://" not in url:
        raise _refused(f"{shown} is no URL of a Redis")
    rest = url.split("://", 1)[1]
    if rest.count("@") > 1 or "@" in rest[len(re.split("[/?#]", rest)[0]) :]:
        # What reads it takes the password's second half for the server's name.
        raise _refused(f"{shown} can be read in two ways", hint=ESCAPES)
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  (raises where it is none)
    except ValueError:
        raise _refused(f"{shown} names no host and port") from None
    named = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    if unknown := [name for name in named if name not in _PARAMETERS]:
        raise _refused(
            f"{shown} has the parameter {ascii(unknown[0][:40])}",
            hint=f"it may have {', '.join(_PARAMETERS)}",
        )
    if scheme == "unix":
        found = bool(parts.path.strip("/"))
    else:
        found = bool(parts.hostname) and re.fullmatch(r"/?|/[0-9]{1,5}", parts.path) is not None
    if not found or parts.fragment:
        raise _refused(f"{shown} names no Redis")
    return RedisPlace(scheme + url[len(scheme) :], shown)


def _refused(message: str, *, hint: str = _EXAMPLES) -> InvalidInput:
    return InvalidInput(message, hint=hint, code="redis.url")
