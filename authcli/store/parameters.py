"""How SQL names its parameters: `:name` in ours and in SQLite's, `%(name)s` in psycopg's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

__all__ = ["for_psycopg"]

#: What a colon or a percent sign may stand in without being one of ours comes first.
_TOKENS = r"""(?xs)
    '(?:[^']|'')*' | "(?:[^"]|"")*"      # a string, a quoted name
  | --[^\n]* | /\*.*?\*/                  # a comment
  | ::                                    # a cast
  | :([A-Za-z_][A-Za-z0-9_]*)             # a parameter
  | %"""


def for_psycopg(sql: str, values: Mapping[str, object]) -> tuple[str, Mapping[str, object] | None]:
    """Return a statement as psycopg takes it, and its values.

    Without values psycopg reads neither names nor percent signs, so the text stays as it is.
    """
    return (_translated(sql), values) if values else (sql, None)


@cache
def _translated(sql: str) -> str:
    """Statements are a fixed few; those with lists of parameters have a fixed number of them."""
    return re.sub(_TOKENS, _replacement, sql)


def _replacement(match: re.Match[str]) -> str:
    if match[1]:
        return f"%({match[1]})s"
    return match[0].replace("%", "%%")
