"""`:name` becomes psycopg's `%(name)s`, and nothing else changes."""

from __future__ import annotations

import pytest

from authcli.store.parameters import for_psycopg


@pytest.mark.parametrize(
    ("sql", "theirs"),
    [
        ("SELECT :a", "SELECT %(a)s"),
        ("SELECT :a::bigint, x::text", "SELECT %(a)s::bigint, x::text"),
        ("SELECT ':a', :a", "SELECT ':a', %(a)s"),
        ("SELECT 'it''s :b', :a", "SELECT 'it''s :b', %(a)s"),
        ('SELECT "a:b" = :a', 'SELECT "a:b" = %(a)s'),
        ("SELECT :a -- :b\n, :a_2", "SELECT %(a)s -- :b\n, %(a_2)s"),
        ("SELECT /* :b */ :a", "SELECT /* :b */ %(a)s"),
        ("SELECT :a % 5", "SELECT %(a)s %% 5"),
        ("SELECT x LIKE 'a%' AND :a", "SELECT x LIKE 'a%%' AND %(a)s"),
        ("SELECT a[1:2], :a", "SELECT a[1:2], %(a)s"),
    ],
)
def test_names_are_translated(sql: str, theirs: str) -> None:
    assert for_psycopg(sql, {"a": 1}) == (theirs, {"a": 1})


def test_a_statement_without_values_stays_as_it_is() -> None:
    """Psycopg reads no percent sign then."""
    assert for_psycopg("SELECT '%', ':a'", {}) == ("SELECT '%', ':a'", None)
