"""Fixtures of the keychain: a folder, a cheap passphrase, and a real Secret Service of its own."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring.core
import pytest

from authcli import passphrase_kdf
from authcli.keychain import Keychain, open_keychain
from authcli.secret import Secret
from tests.keychain import secret_service

#: How tests make a keychain: the folder and the passphrase are filled in.
Open = Callable[..., Keychain]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder that does not exist yet."""
    return tmp_path / "data"


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least that Argon2id is accepted at: 16 MiB, one pass."""
    monkeypatch.setattr(passphrase_kdf, "MEMORY_KIB", passphrase_kdf.MIN_MEMORY_KIB)
    monkeypatch.setattr(passphrase_kdf, "PASSES", 1)


@pytest.fixture
def opened(folder: Path, cheap: None) -> Open:
    """Opens the keychain of the folder; the encrypted file and its passphrase by default."""

    def open_(
        backend: str = "file",
        *,
        passphrase: str | None = "correct",
        namespace: str = "",
        note: Callable[[str], None] | None = None,
    ) -> Keychain:
        ask = None if passphrase is None else lambda new: Secret(passphrase)
        return open_keychain(
            folder, backend=backend, namespace=namespace, passphrase=ask, note=note
        )

    return open_


@pytest.fixture
def use_keyring(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Names the plug-in of `keyring` that is used, as people do, from now on."""

    def use(name: str) -> None:
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
        monkeypatch.setattr(keyring.core, "_keyring_backend", None)

    use("keyring.backends.fail.Keyring")  # never the developer's own
    return use


@pytest.fixture
def secret_service_bus(
    use_keyring: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[secret_service.SecretService]:
    """A GNOME keyring of its own, unlocked, on a D-Bus of its own, which `keyring` uses."""
    with secret_service.running() as service:
        for name, value in service.environment.items():
            monkeypatch.setenv(name, value)
        use_keyring("keyring.backends.SecretService.Keyring")
        yield service
        gc.collect()  # connections that were left open: now, not in the next test
