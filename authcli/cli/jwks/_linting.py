"""What `authcli jwks lint` does between its source and the findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from authcli.cli._input import key_source, read_keys
from authcli.cli._managed import SOURCE
from authcli.cli._store import opened
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.keys.model import KeySet

__all__ = ["is_url", "lint_set"]


def lint_set(run: Run, source: str | None, *, store: str | None) -> None:
    """Write what is wrong with a JWKS.

    Raises:
        Rejected: something is.
        InvalidInput: a source that holds no JWKS.
        NetworkUnavailable: a URL that does not answer with one.
        NotFound: there are no managed keys.
    """
    from authcli import keys
    from authcli.cli.key._linting import emit_findings

    text = key_source(source)
    emit_findings(run, keys.lint(_keys(run, text, store=store), public_expected=True))


def is_url(text: str) -> bool:
    """Say whether a source is a JWKS by its URL."""
    return text.startswith(("https://", "http://"))


def _keys(run: Run, text: str, *, store: str | None) -> KeySet:
    if text == SOURCE:
        return _managed(run, store)
    if is_url(text):
        from authcli.keys.remote import fetch_jwks

        return fetch_jwks(text).keys
    found = read_keys(run, text, what="JWKS", partly=True)
    if found.keys.sole is not None:
        raise InvalidInput(
            f"{found.name} holds one key, and no set of keys",
            hint="for keys: authcli key lint --public",
        )
    return found.keys


def _managed(run: Run, store: str | None) -> KeySet:
    from authcli.cli.jwks._showing import refuse_where_no_keys
    from authcli.keys.reader import read_set
    from authcli.signing.publication import jwks
    from authcli.signing.rings import rings_of

    refuse_where_no_keys(run, store)
    with opened(run, store, write=False) as found:
        rings_of(found.signing_keys)
        text, _ = jwks(found.signing_keys)
    return read_set(text, what="JWKS")
