"""Fixtures for tests of stores."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from authcli.store import Store
from tests.store.stores import opened


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A new store, on either engine."""
    with opened(store_url) as store:
        yield store
