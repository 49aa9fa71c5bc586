"""What the keychain's parts share: an entry, a name, what a backend does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from authcli.errors import InvalidInput, Unavailable
from authcli.secret import Secret

__all__ = ["BACKENDS", "MAX_BYTES", "Address", "Backend", "Entry", "check_name", "lost"]

BACKENDS = ("system", "file")
#: The most that a name can hold: a key file fits many times, a disk image does not.
MAX_BYTES = 1 << 20
#: No blank, no quote, no colon, no leading dash: a name is safe in every shell, also by TAB.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@-]{0,63}")
_NAMESPACE = re.compile(r"[a-z0-9-]{0,16}")


class Entry(NamedTuple):
    """One name of the keychain, without its secret."""

    name: str
    backend: str
    """Where the secret is: "system" or "file"."""
    saved_at: int
    """When it was set, in epoch seconds."""
    details: Mapping[str, str | int]
    """What the caller said of it; nothing secret."""


class Address(NamedTuple):
    """Which secret: names of one namespace are not those of another."""

    namespace: str
    name: str


class Backend(Protocol):
    """What holds secrets."""

    def get(self, address: Address) -> Secret | None:
        """Return a secret; None where it holds none of that name."""

    def set(self, address: Address, value: Secret, entry: Entry) -> None:
        """Hold a secret, in the place of an older one, and make sure that it is held."""

    def remove(self, address: Address) -> None:
        """Forget a secret; one that is not held is no error."""


def check_name(name: str) -> str:
    """Return a name that can be used.

    Raises:
        InvalidInput: it is no name (`code` "keychain.name"). It is not repeated: it may be a
            secret that was meant for another place.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            "a name in the keychain is 1 to 64 letters, digits, and . _ @ - after the first",
            hint="example: deploy-key; the secret itself comes from a source, such as env:NAME",
            code="keychain.name",
        )
    return name


def check_namespace(namespace: str) -> str:
    """Return a namespace that can be used; programs choose them, not people.

    Raises:
        InvalidInput: it is more than 16 of a-z, 0-9 and -.
    """
    if not _NAMESPACE.fullmatch(namespace):
        raise InvalidInput("a namespace is at most 16 of a-z, 0-9 and -", code="keychain.name")
    return namespace


def lost(message: str, *, hint: str | None = None) -> Unavailable:
    """Return what a damaged file of the keychain is."""
    return Unavailable(message, hint=hint or "put it back from a backup", code="keychain.damaged")
