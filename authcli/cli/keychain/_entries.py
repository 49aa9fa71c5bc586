"""What the verbs of `authcli keychain` share: entries as JSON, and a new secret."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from authcli.clock import format_instant
from authcli.errors import Conflict

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.keychain import Entry, Keychain
    from authcli.secret import Secret

__all__ = ["MEMBERS", "PLACES", "facts", "new_secret", "refuse_taken"]

MEMBERS = ("name", "backend", "saved_at")
PLACES = {"system": "the system's keychain", "file": "the encrypted file"}


def facts(entry: Entry) -> dict[str, Any]:
    """Return what is known of an entry, ready for JSON; never its secret."""
    return {
        "name": entry.name,
        "backend": entry.backend,
        "saved_at": format_instant(entry.saved_at),
    }


def refuse_taken(keychain: Keychain, name: str, *, replace: bool) -> None:
    """Refuse a name that is taken before anybody types a secret; setting refuses it again.

    Raises:
        Conflict: there is one, and it may not be replaced.
    """
    if not replace and any(entry.name == name for entry in keychain.entries()):
        raise Conflict(
            f"the keychain has a {name} already",
            hint="--replace overwrites it",
            code="keychain.exists",
        )


def new_secret(run: Run, name: str, source: str | None) -> Secret:
    """Return the secret that is to be kept: of its source, a pipe, or the person's terminal.

    What is one line of text loses the line break that `echo` and editors add; a PEM file and
    bytes that are no text stay as they are.
    """
    from authcli.cli._input import warn_exposed
    from authcli.cli._sources import read_source
    from authcli.secret import Secret

    piped = sys.stdin is not None and not sys.stdin.isatty()
    if source is None and not piped:
        from authcli.cli._prompt import prompt

        return Secret(prompt(run, f"secret to keep as {name}: ", twice=True))
    given = read_source(run, source or "-", what="secret", setting=True)
    if given.exposed:
        warn_exposed(run, given.name)
    return Secret(_without_line_break(given.data))


def _without_line_break(data: bytes) -> bytes:
    line = data.removesuffix(b"\n").removesuffix(b"\r")
    try:
        return line if line.decode().isprintable() else data
    except UnicodeDecodeError:
        return data
