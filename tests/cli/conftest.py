"""Fixtures for tests of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.harness import Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """The command, in an empty home that is the current folder too."""
    home = tmp_path / "home"
    home.mkdir()
    return Cli(home)


@pytest.fixture(scope="session")
def keyring_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with key files, made once by the command itself: NAME.pem and NAME.pub."""
    folder = tmp_path_factory.mktemp("keys")
    maker = Cli(folder)
    for kind in ("ES256", "ES384", "Ed25519", "RS256"):
        maker.ok("key", "generate", kind, "-o", f"{kind}.pem", "--public", f"{kind}.pub")
    for kind in ("HS256", "ML-DSA-44"):
        maker.ok("key", "generate", kind, "-o", f"{kind}.jwk")
    return folder
