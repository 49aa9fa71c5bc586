"""Scopes: what a key may be used for, as words: `read:invoices`, or patterns, `read:*`, `*`.

A scope is a word of printable ASCII without a blank, a quote or a backslash (RFC 6749, section
3.3), in parts joined by ":". As the last part, `*` stands for whatever follows; alone it stands for
everything. `a:*` does not grant `a`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from authcli.apikeys.text import holds_a_key
from authcli.errors import InvalidInput

__all__ = ["MAX_SCOPE", "MAX_SCOPES", "check_scope", "check_scopes", "grants", "missing"]

MAX_SCOPE = 128
"""Characters of one scope."""
MAX_SCOPES = 64
"""Scopes of one key."""

_WORD = r"[!#-)+-9;-\[\]-~]+"  # printable, without blank, '"', '\', ':' and '*'
_SCOPE = rf"\*|{_WORD}(?::{_WORD})*(?::\*)?"


def check_scope(scope: str) -> str:
    """Return a scope or a pattern of scopes, if it is one.

    Raises:
        InvalidInput: not of the grammar, too long, or a key in it (code "apikey.scope-invalid").
    """
    if holds_a_key(scope):
        raise _invalid("a scope holds the text of an API key, and would be kept in clear")
    if len(scope) > MAX_SCOPE:
        raise _invalid(f"a scope of {len(scope)} characters is over the limit of {MAX_SCOPE}")
    if re.fullmatch(_SCOPE, scope) is None:
        shown = ascii(scope)
        raise _invalid(
            f"{shown} is no scope",
            hint="separate scopes are separate options: --scope read --scope write"
            if " " in scope or "," in scope
            else "examples: read, read:invoices; as patterns read:* and *",
        )
    return scope


def check_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """Return scopes in the order given, each once.

    Raises:
        InvalidInput: one is not of the grammar, or there are too many.
    """
    found = tuple(dict.fromkeys(check_scope(scope) for scope in scopes))
    if len(found) > MAX_SCOPES:
        raise _invalid(f"{len(found)} scopes are over the limit of {MAX_SCOPES}")
    return found


def grants(held: Iterable[str], wanted: str) -> bool:
    """Return whether one of the scopes held is the wanted one, or a pattern that covers it.

    Args:
        held: what a key has.
        wanted: a scope; a pattern is covered by itself and by wider ones alone.
    """
    for scope in held:
        if scope == wanted or scope == "*":
            return True
        if scope.endswith(":*") and wanted.startswith(scope[:-1]) and len(wanted) >= len(scope):
            return True
    return False


def missing(held: Iterable[str], wanted: Iterable[str]) -> tuple[str, ...]:
    """Return the wanted scopes that are not granted, in their order."""
    have = tuple(held)
    return tuple(scope for scope in wanted if not grants(have, scope))


def _invalid(message: str, *, hint: str | None = None) -> InvalidInput:
    return InvalidInput(message, hint=hint, code="apikey.scope-invalid")
