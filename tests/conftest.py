"""What every test shares: published vectors, databases, and hypothesis without a stopwatch."""

from __future__ import annotations

import compileall
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import settings

import authcli
from tests import requirements

if TYPE_CHECKING:
    from authcli.store import Store

Opener: TypeAlias = "Callable[[], Store]"

# As the entry point names it: where authcli is installed pytest has loaded it by then.
pytest_plugins = ["authcli.integrations.pytest_plugin"]

# A busy machine is not a failing test. Where a change waits to land, the examples are the same
# each time; elsewhere new ones are tried.
settings.register_profile("authcli", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("authcli")


#: Files and folders that take minutes, and that neither Python nor Typer changes: `.ci/run` runs
#: them on one Python, and leaves them out (`-m "not once"`) on the others.
ONCE = (
    "benchmarks",
    "cli/test_apikey_verify.py",
    "cli/test_clipboard.py",
    "cli/test_hostile.py",
    "cli/test_jwks_hours.py",
    "cli/test_jwks_serve.py",
    "cli/test_keychain.py",
    "cli/test_network.py",
    "cli/test_revocation_redis.py",
    "cli/test_secrecy.py",
    "docs",
    "fire",
    "fuzz",
    "interop",
    "signing/test_crashes.py",
    "signing/test_year.py",
    "soak",
    "store/test_fast_marks.py",
    "store/test_taking_turns.py",
    "test_dev.py",
    "test_packaging.py",
    "test_recipes.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what need not run on every Python."""
    places = tuple(Path(__file__).parent / name for name in ONCE)
    for item in items:
        if any(item.path.is_relative_to(place) for place in places):
            item.add_marker(pytest.mark.once)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--write`, as `dev.py docs` says it."""
    parser.addoption("--write", action="store_true", help="write generated files, not compare")


def pytest_configure(config: pytest.Config) -> None:
    """Compile authcli before any test.

    A command that first imports a module under a limit of file sizes, as on a full disk, would
    leave a bytecode file that is cut, which Python before 3.13 then trips over for ever.
    """
    if not hasattr(config, "workerinput"):
        compileall.compile_dir(Path(authcli.__file__).parent, quiet=2)


@pytest.fixture
def kept(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compares a generated file with the one that is committed; with `--write` writes it anew."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--write"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            return
        there = path.read_text("utf-8") if path.exists() else ""
        assert there == text, f"{path.name} is not what would be generated: python3 dev.py docs"

    return compare


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


@pytest.fixture(scope="session", autouse=True)
def _side_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Say where processes of tests find the root keys of PostgreSQL stores.

    For the whole session: the server that forks processes keeps the environment it began with.
    """
    os.environ["AUTHCLI_TEST_SIDE_FOLDER"] = str(tmp_path_factory.getbasetemp() / "side")


@pytest.fixture(scope="session")
def _emptied_databases() -> list[str]:
    """URLs of databases that a test has left: emptying one is ten times faster than making one."""
    return []


@pytest.fixture
def postgres_database(
    postgres_server: str, _emptied_databases: list[str]
) -> Iterator[Callable[[], str]]:
    """Gives the URL of an empty database of PostgreSQL at each call."""
    from tests import servers

    taken: list[str] = []

    def database() -> str:
        taken.append(
            _emptied_databases.pop()
            if _emptied_databases
            else servers.new_database(postgres_server)
        )
        return taken[-1]

    yield database
    for url in taken:
        servers.empty_database(url)
        _emptied_databases.append(url)


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


@pytest.fixture
def opener(store_url: str, tmp_path: Path) -> Opener:
    """Opens the store of the test once more, as another process would."""
    from authcli.store import open_store

    def open_again() -> Store:
        folder = tmp_path / "side"
        return open_store(
            store_url, create=True, side_folder=folder, actor="tester", wait_seconds=60
        )

    return open_again


@pytest.fixture
def store(opener: Opener) -> Iterator[Store]:
    """An empty store, on either engine."""
    with opener() as opened:
        yield opened
