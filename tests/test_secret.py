"""A Secret shows itself to nobody who does not ask."""

from __future__ import annotations

import pickle
import traceback

import pytest

from authcli.secret import Secret

MARKER = "hunter2-marker"


def test_no_text_form_shows_the_value() -> None:
    secret = Secret(MARKER)
    forms = (
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!a}",
        repr([secret]),
        f"{secret!s:>40}",
    )
    assert not any(MARKER in form for form in forms)


def test_a_traceback_with_it_shows_nothing() -> None:
    secret = Secret(MARKER)
    try:
        raise ValueError(secret)
    except ValueError as error:
        assert MARKER not in "".join(traceback.format_exception(error))


def test_reveal_is_the_way_to_it() -> None:
    assert Secret("é").reveal() == "é".encode()
    assert Secret("é").reveal_text() == "é"
    assert len(Secret("é")) == 2
    assert not Secret(b"")


def test_equality_is_by_value_and_with_secrets_alone() -> None:
    assert Secret("a") == Secret(b"a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1


def test_it_is_not_pickled() -> None:
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(Secret(MARKER))
