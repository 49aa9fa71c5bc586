"""Fixtures for tests of stores."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from authcli.store import Store
from tests.store.stores import opened


@pytest.fixture(autouse=True)
def _side_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where processes of a test find the root keys of its PostgreSQL stores."""
    folder = tmp_path_factory.getbasetemp() / "side"
    monkeypatch.setenv("AUTHCLI_TEST_SIDE_FOLDER", str(folder))


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A new store, on either engine."""
    with opened(store_url) as store:
        yield store
