"""The short table of ratios, as README has it: of each kind of work one or two rows.

    python -m tests.benchmarks --markdown

A row's ratio is their time over ours: below 1 the peer is faster, and it is shown all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tests.benchmarks.figures import Table, time_of

__all__ = ["SHOWN", "TABLES", "Shown", "markdown_of"]


class Shown(NamedTuple):
    """A figure that README shows."""

    table: str
    beginning: str
    """How the figure's own name begins."""
    peer: str
    """The figure's unit, less "of"."""
    who: str
    """What README calls the peer."""
    how: str
    """What the times are of."""


_ONE, _MANY = "one command", "each of many"
SHOWN = (
    Shown("peers", "decode a token", "jwt-cli", "jwt-cli (Node)", _ONE),
    Shown("peers", "verify a token, HS256", "jwt-cli", "jwt-cli (Node)", _ONE),
    Shown("peers", "sign a token, ES256", "jose", "jose (C)", _ONE),
    Shown("peers", "a TOTP code", "oathtool", "oathtool (C)", _ONE),
    Shown("peers", "hash a password, bcrypt", "htpasswd", "htpasswd (C)", _ONE),
    Shown("peers", "hash a password, argon2id", "argon2", "argon2 (C)", _ONE),
    Shown("bulk", "mint HS256", "PyJWT", "PyJWT", _MANY),
    Shown("bulk", "mint HS256", "fast-jwt", "fast-jwt (Node)", _MANY),
    Shown("bulk", "verify HS256", "PyJWT", "PyJWT", _MANY),
    Shown("bulk", "verify ES256", "Authlib", "Authlib", _MANY),
    Shown("apikeys", "apikey issue --count", "single commits", "a commit a key", _MANY),
    Shown("peers", "a TOTP code", "pyotp", "pyotp", _MANY),
)

#: What has to be measured for it.
TABLES = tuple(dict.fromkeys(shown.table for shown in SHOWN))


def markdown_of(tables: Mapping[str, Table], *, command: str) -> str:
    """Return the table; a peer that was left out has no row.

    Args:
        tables: what was measured, by name.
        command: what reproduces it.
    """
    rows = [" | ".join(row) for row in _rows(tables)]
    lines = ["| what | authcli | beside it | times as fast |", "|---|---:|---:|---:|"]
    lines += [f"| {row} |" for row in rows]
    return "\n".join([*lines, "", f"Below 1 the other is faster. `{command}`", ""])


def _rows(tables: Mapping[str, Table]) -> Iterator[tuple[str, str, str, str]]:
    for shown in SHOWN:
        for figure in tables[shown.table].figures:
            peer = figure.unit.removeprefix("of ")
            if not figure.what.startswith(shown.beginning) or peer != shown.peer:
                continue
            assert figure.seconds is not None
            ours, theirs = figure.seconds
            ratio = theirs / ours
            yield (
                f"{figure.what}, {shown.how}",
                time_of(ours),
                f"{shown.who}: {time_of(theirs)}",
                f"{ratio:.1f}" if ratio >= 1 else f"{ratio:.2f}",
            )
