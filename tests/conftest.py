"""What every test shares: published vectors, and hypothesis without a stopwatch."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# As the entry point names it: where authcli is installed pytest has loaded it by then.
pytest_plugins = ["authcli.integrations.pytest_plugin"]

# A busy machine is not a failing test.
settings.register_profile("authcli", deadline=None)
settings.load_profile("authcli")


@pytest.fixture(scope="session")
def published() -> Callable[[str], list[dict[str, Any]]]:
    """Reads a file of published vectors; skips where AUTHCLI_TEST_VECTORS names no folder."""

    def rows(name: str) -> list[dict[str, Any]]:
        folder = os.environ.get("AUTHCLI_TEST_VECTORS")
        if not folder:
            pytest.skip("AUTHCLI_TEST_VECTORS names no folder")
        text = (Path(folder) / name).read_text("utf-8")
        return [json.loads(line) for line in text.splitlines()]

    return rows
