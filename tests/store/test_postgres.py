"""PostgreSQL: connections that fail, that are lost, and what their errors say."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import psycopg
import pytest

from authcli.errors import AuthError, InvalidInput, Unavailable
from authcli.store import open_store
from tests.store.stores import ADD, COUNT, opened


def refused(url: str) -> AuthError:
    """Try to open a store; the error is one short line with a hint, and without the password."""
    with pytest.raises(AuthError) as caught:
        open_store(url)
    error = caught.value
    assert error.hint
    assert "\n" not in error.message
    assert len(error.message) < 400
    assert "geheim" not in error.message + error.hint
    return error


def test_a_server_that_is_not_there(postgres_server: str) -> None:
    error = refused("postgresql://u:geheim@127.0.0.1:1/auth")
    assert error.code == "store.unreachable"
    assert error.message == (
        "cannot connect to postgresql://u:***@127.0.0.1:1/auth: Connection refused"
    )


def test_a_host_that_is_not_there(postgres_server: str) -> None:
    assert refused("postgresql://u:geheim@nowhere.invalid/auth").code == "store.unreachable"


def test_a_host_that_does_not_answer_is_not_waited_for(postgres_server: str) -> None:
    """192.0.2.0/24 is nobody's (RFC 5737)."""
    before = time.monotonic()
    error = refused("postgresql://u:geheim@192.0.2.1/auth?connect_timeout=2")
    assert error.code == "store.unreachable"
    assert time.monotonic() - before < 10


def test_a_database_that_is_not_there(postgres_url: str) -> None:
    error = refused(postgres_url + "x")
    assert error.code == "store.unreachable"
    assert error.message.endswith('x" does not exist')
    assert "createdb" in str(error.hint)


@pytest.fixture
def guarded(postgres_url: str) -> str:
    """The URL of a user who needs a password, without it."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            "DO $$ BEGIN CREATE ROLE guarded LOGIN PASSWORD 'richtig';"
            " EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        )
    return postgres_url.replace("tester@", "guarded:geheim@")


def test_a_wrong_password(guarded: str) -> None:
    error = refused(guarded)
    assert error.code == "store.unreachable"
    assert error.message.endswith('password authentication failed for user "guarded"')
    assert "PGPASSWORD" in str(error.hint)


def test_a_user_who_may_not_write(guarded: str, postgres_url: str) -> None:
    """Standing for a standby too: what reads goes on, what writes says why not."""
    url = guarded.replace("geheim", "richtig")
    with opened(postgres_url) as store:
        store.database.run(ADD, name="a", n=1)
        store.database.run("GRANT SELECT ON ALL TABLES IN SCHEMA public TO guarded")
        store.database.run("GRANT USAGE ON SCHEMA public TO guarded")
    with open_store(url) as reader:
        assert reader.read_only
        assert reader.database.row(COUNT, name="a") == (1,)
        with pytest.raises(Unavailable) as caught:
            reader.database.run(ADD, name="b", n=1)
        assert caught.value.code == "store.read-only"


def test_a_user_who_may_not_make_tables(guarded: str, postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("REVOKE ALL ON SCHEMA public FROM public")
        connection.execute("GRANT USAGE ON SCHEMA public TO guarded")
    with pytest.raises(Unavailable) as caught:
        opened(guarded.replace("geheim", "richtig"))
    assert caught.value.code == "store.read-only"
    assert "geheim" not in caught.value.message


@pytest.mark.parametrize("url", ["postgresql://u:ge%zzheim@h/d", "postgresql://u:pw@h:port/d?x=y"])
def test_a_url_that_cannot_be_read(postgres_server: str, url: str) -> None:
    """The library's own message would repeat it, password included."""
    with pytest.raises(InvalidInput) as caught:
        open_store(url)
    assert caught.value.code == "store.url"
    assert "%zzheim" not in caught.value.message
    assert "pw" not in caught.value.message


def test_other_tables_of_the_same_names(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE api_keys (id int)")
    with pytest.raises(Unavailable) as caught:
        opened(postgres_url)
    assert caught.value.code == "store.foreign"
    with psycopg.connect(postgres_url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        assert tables.fetchall() == [("api_keys",)]


def test_a_schema_is_a_store_of_its_own(postgres_url: str) -> None:
    """Two in one database neither see each other nor wait for each other."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA one; CREATE SCHEMA two")
    urls = [f"{postgres_url}?options=-csearch_path%3D{name}" for name in ("one", "two")]
    with opened(urls[0]) as one, opened(urls[1], wait_seconds=0.2) as two:
        assert one.store_id != two.store_id
        with one.database.writing():
            one.database.run(ADD, name="a", n=1)
            two.database.run(ADD, name="b", n=1)
        assert two.database.row(COUNT, name="a") is None
    with pytest.raises(Unavailable) as caught:
        opened(f"{postgres_url}?options=-csearch_path%3Dthree")
    assert caught.value.code == "store.unreachable"


# Connections that are lost.


@pytest.fixture
def cut(postgres_url: str) -> Callable[[], None]:
    """Ends all other connections, as a restart of the server does."""

    def end_all() -> None:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    return end_all


def test_a_lost_connection_is_said_so_and_made_again(
    postgres_url: str, cut: Callable[[], None]
) -> None:
    with opened(postgres_url) as store:
        cut()
        with pytest.raises(Unavailable) as caught:
            store.database.rows("SELECT 1")
        assert caught.value.code == "store.unreachable"
        assert store.database.rows("SELECT 1") == [(1,)]


def test_a_transaction_whose_connection_was_lost_is_undone(
    postgres_url: str, cut: Callable[[], None]
) -> None:
    with opened(postgres_url) as store:
        with pytest.raises(Unavailable) as caught, store.database.writing():
            _ = store.database.run(ADD, name="a", n=1), cut(), store.database.row("SELECT 1")
        assert caught.value.code == "store.unreachable"
        assert store.database.row(COUNT, name="a") is None
        store.database.run(ADD, name="a", n=1)


def test_a_connection_lost_at_the_commit_is_told_apart(
    postgres_url: str, cut: Callable[[], None]
) -> None:
    """Whether it was committed cannot be known, and "nothing was changed" would be a lie."""
    with opened(postgres_url) as store:
        with pytest.raises(Unavailable) as caught, store.database.writing():
            _ = store.database.run(ADD, name="a", n=1), cut()
        assert "not known" in str(caught.value.hint)


def test_the_library_is_named_where_it_is_missing() -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from authcli.store import open_store\n"
        "from authcli.errors import Unavailable\n"
        "try: open_store('postgresql://u:geheim@h/d')\n"
        "except Unavailable as error: print(error.code, error.hint)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == 'store.extra pip install "authcli[postgres]"\n'


def test_reading_and_streams_change_nothing_of_the_url(postgres_url: str) -> None:
    """What the URL says wins over our defaults."""
    url = postgres_url + "?application_name=mine&connect_timeout=3"
    with opened(url) as store:
        assert store.database.row("SHOW application_name") == ("mine",)
    with opened(postgres_url) as store:
        assert store.database.row("SHOW application_name") == ("authcli",)
