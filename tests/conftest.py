"""What every test shares: published vectors, databases, and hypothesis without a stopwatch."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings

from tests import requirements

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


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real PostgreSQL, without a database's name; see tests/servers.py."""
    if os.name != "posix":
        requirements.missing("postgres")
    from tests import servers

    if servers.programs() is None:
        requirements.missing("postgres")
    requirements.require_package("psycopg")
    base = tmp_path_factory.getbasetemp()
    # Each worker of a run has a folder in the run's own.
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with servers.postgres(shared) as url:
        yield url


@pytest.fixture
def postgres_database(postgres_server: str) -> Iterator[Callable[[], str]]:
    """Makes an empty database of PostgreSQL at each call, and returns its URL."""
    import psycopg

    with psycopg.connect(f"{postgres_server}postgres", autocommit=True) as connection:
        names: list[str] = []

        def database() -> str:
            names.append(f"t{uuid4().hex[:12]}")
            connection.execute(f"CREATE DATABASE {names[-1]}")
            return postgres_server + names[-1]

        yield database
        for name in names:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_url(postgres_database: Callable[[], str]) -> str:
    """The URL of an empty database of a real PostgreSQL."""
    return postgres_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store that does not exist yet, on either engine: the test runs on both."""
    if request.param == "sqlite":
        return f"sqlite:///{(tmp_path / 'store' / 'auth.db').as_posix().lstrip('/')}"
    url: str = request.getfixturevalue("postgres_url")
    return url
