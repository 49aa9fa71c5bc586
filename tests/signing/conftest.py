"""Fixtures for tests of managed keys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from authcli.store import Store
from tests.store.upkeep import opened


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    """A new store, on either engine."""
    with opened(store_url, tmp_path) as found:
        yield found


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: thousands of commits wait for no disk."""
    if not os.access("/dev/shm", os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(dir="/dev/shm", prefix="authcli-") as folder:
        yield Path(folder)
