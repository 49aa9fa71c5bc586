"""Plug-ins of `keyring` as they are met: each is chosen by PYTHON_KEYRING_BACKEND."""

from __future__ import annotations

import time

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

#: What the memory of these holds; a process's own.
HELD: dict[tuple[str, str], str] = {}


class Memory(KeyringBackend):
    """Keeps what it is given."""

    priority = 1  # type: ignore[assignment]

    def get_password(self, service: str, username: str) -> str | None:
        return HELD.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        HELD[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del HELD[service, username]


class Hanging(Memory):
    """Waits for a person who is not there."""

    def get_password(self, service: str, username: str) -> str | None:
        time.sleep(3600)
        return None


class Dropping(Memory):
    """Says that it kept something, and did not."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class Changing(Memory):
    """Keeps something else."""

    def set_password(self, service: str, username: str, password: str) -> None:
        super().set_password(service, username, password.upper())


class Full(Memory):
    """Takes 20 characters, and quotes what it did not take."""

    def set_password(self, service: str, username: str, password: str) -> None:
        if len(password) > 20:
            raise OSError(f"cannot store {password}")
        super().set_password(service, username, password)


class Locked(Memory):
    """Is locked."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("Failed to unlock the collection!")

    set_password = delete_password = get_password  # type: ignore[assignment]


class PlaintextKeyring(Memory):
    """Keeps what it is given where everybody can read it."""


class Exiting(Memory):
    """Ends the program."""

    def get_password(self, service: str, username: str) -> str | None:
        raise SystemExit(3)


class Reading(KeyringBackend):
    """Answers for its own registry alone, as those of cloud providers do."""

    priority = 9  # type: ignore[assignment]

    def get_password(self, service: str, username: str) -> str | None:
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError


class Bytes(Memory):
    """Takes text for bytes."""

    def get_password(self, service: str, username: str) -> str | None:
        return b"bytes"  # type: ignore[return-value]


class PlainChain(KeyringBackend):
    """`keyring`'s chainer where nothing but keyrings.alt is installed: it writes to any of them."""

    priority = 10  # type: ignore[assignment]
    backends = (PlaintextKeyring(), PlaintextKeyring())

    def get_password(self, service: str, username: str) -> str | None:
        return self.backends[0].get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.backends[0].set_password(service, username, password)

    def delete_password(self, service: str, username: str) -> None:
        self.backends[0].delete_password(service, username)


class Chain(KeyringBackend):
    """Several at once, the worst first, as `keyring`'s chainer."""

    priority = 10  # type: ignore[assignment]
    backends = (PlaintextKeyring(), Reading(), Memory())

    def get_password(self, service: str, username: str) -> str | None:
        raise AssertionError("the chain itself must not be used")

    set_password = delete_password = get_password  # type: ignore[assignment]
