"""URLs of stores are read as people write them, and shown without passwords."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli.errors import InvalidInput
from authcli.store.urls import locate, masked


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///srv/auth.db", "/srv/auth.db"),
        ("sqlite:////srv/auth.db", "/srv/auth.db"),  # SQLAlchemy's absolute path
        ("SQLite:///srv/auth.db", "/srv/auth.db"),
        ("sqlite:auth", "auth"),
        ("sqlite:sub/auth.db", "sub/auth.db"),
        ("sqlite:///C:/auth.db", "C:/auth.db"),
        ("C:\\auth.db", "C:\\auth.db"),
        ("auth.db", "auth.db"),
        ("./auth", "./auth"),
        ("/srv/auth", "/srv/auth"),
        ("auth.sqlite3", "auth.sqlite3"),
        ("50% off.db", "50% off.db"),
    ],
)
def test_a_file_is_named_by_a_url_or_a_path(url: str, path: str) -> None:
    location = locate(url)
    assert (location.engine, location.path) == ("sqlite", Path(path))


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg", "PostgreSQL"])
def test_postgresql_has_several_schemes(scheme: str) -> None:
    location = locate(f"{scheme}://alice:secret@db:5433/auth?sslmode=require")
    assert location.engine == "postgresql"
    assert location.url == "postgresql://alice:secret@db:5433/auth?sslmode=require"
    assert location.masked == f"{scheme}://alice:***@db:5433/auth?sslmode=require"


@pytest.mark.parametrize(
    "url",
    [
        *("", " ", "a\0.db", "auth", "mysql://host/db", "redis://host", "postgresql:auth"),
        *("sqlite:", "sqlite:///", "sqlite://auth.db", "sqlite::memory:", ":memory:"),
        *("sqlite:///srv/", "~/auth.db", "sqlite:///a.db?mode=ro", "host=db dbname=auth"),
    ],
)
def test_what_is_no_store_is_refused_with_examples(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        locate(url)
    assert caught.value.code == "store.url"
    assert "sqlite:" in str(caught.value.hint)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:geheim@h/d",
        "postgresql://u:ge@geheim@h/d",
        "postgresql://u:ge/geheim@h/d",
        "postgresql://u:ge?geheim@h/d",
        "postgresql://u:ge#geheim\n@h/d",
        "postgresql://:geheim@h/d",
        "postgresql://h/d?user=u&password=geheim&sslmode=require",
        "postgresql://h/d?sslpassword=geheim",
        "mysql://u:geheim@h/d",
        "sqlite://u:geheim@h/d",
        "sqlite:///a.db?password=geheim",
        "postgresql:u:geheim@h",
        "postgresql://h/d?pass%77ord=geheim",
        "postgresql://h/d?PASSWORD=geheim",
        "postgresql://h/d?password%3Dgeheim",
        "postgresql://h/d?password=p&geheim",
        "postgresql://h/d?user=u&password=p&geheim&sslmode=require",
        "postgresql://h/d?password=a@geheim",
        "postgresql://h:5432/d?password=a@geheim",
        "postgresql://u:geheim?password=p@h/d",
        "postgresql://h/d?oauth_client_secret=geheim",
    ],
)
def test_no_password_is_shown(url: str) -> None:
    assert "geheim" not in masked(url)
    if not url.startswith("postgresql://"):
        with pytest.raises(InvalidInput) as caught:
            locate(url)
        assert "geheim" not in caught.value.message


@pytest.mark.parametrize(
    "rest",
    ["bob:p@geheim@127.0.0.1:1/db", "bob:p/geheim@127.0.0.1:1/db", "bob:p@x/geheim@127.0.0.1/db"],
)
def test_a_password_that_could_be_a_part_of_the_place_is_refused(rest: str) -> None:
    """The library would say its second half in its own message: no such host."""
    with pytest.raises(InvalidInput) as caught:
        locate(f"postgresql://{rest}")
    assert caught.value.code == "store.url"
    assert "geheim" not in caught.value.message
    assert "%40" in str(caught.value.hint)


def test_an_at_sign_elsewhere_is_nobodys_password() -> None:
    for rest in ("h/d?user=bob@tenant", "bob%40tenant:pw@h/d", "bob@h/d?application_name=a@b"):
        assert locate(f"postgresql://{rest}").engine == "postgresql"


@given(st.text(max_size=300))
def test_any_text_is_a_place_or_one_clear_error(text: str) -> None:
    try:
        shown = locate(text).masked
    except InvalidInput as error:
        shown = error.message
    assert shown.isascii()
    assert shown.isprintable()
    assert len(shown) < 1000
