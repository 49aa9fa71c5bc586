"""A store on either engine, opened once by the test, and again by other processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from authcli.store import Store, open_store

Opener: TypeAlias = Callable[[], Store]


@pytest.fixture
def opener(store_url: str, tmp_path: Path) -> Opener:
    """Opens the store of the test once more, as another process would."""

    def open_again() -> Store:
        folder = tmp_path / "side"
        return open_store(
            store_url, create=True, side_folder=folder, actor="tester", wait_seconds=60
        )

    return open_again


@pytest.fixture
def store(opener: Opener) -> Iterator[Store]:
    """An empty store."""
    with opener() as found:
        yield found
