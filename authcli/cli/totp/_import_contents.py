"""What `totp read` and `totp import` are given, read: files, pipes, URIs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from authcli.cli._input import warn_exposed
from authcli.cli._messages import warn
from authcli.cli._reading import Given, read_file, read_stdin
from authcli.cli._sources import read_source
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.otp.entries import Imported
    from authcli.secret import Secret

__all__ = ["MAX_BYTES", "given_export", "given_under_test", "opener_of", "read_contents"]

#: A photograph of a phone takes some MiB.
MAX_BYTES = 32 << 20
#: How many warnings are told.
_MAX_TOLD = 20


def given_under_test(run: Run, text: str | None) -> Given:
    """Return what `totp read` is to read: a URI as text, a file, `-`, `@FILE`, or what is piped in.

    Raises:
        InvalidInput: none of these; what may be a secret is not repeated.
    """
    from authcli.otp.exports import is_otpauth

    if text is None and (sys.stdin is None or sys.stdin.isatty()):
        raise InvalidInput(
            "nothing to read was given", hint="give a picture or @FILE, or pipe a URI in"
        )
    if text is None or text == "-":
        return read_stdin("URI or picture", limit=MAX_BYTES)
    if is_otpauth(text):
        warn(run, "the URI's secret is visible to every process; pipe it in, or use @FILE")
        return Given(text.encode("utf-8", "surrogateescape"), "the URI")
    path = text.removeprefix("@")
    if path == text and not os.path.lexists(os.path.expanduser(text)):  # noqa: PTH111
        raise InvalidInput(
            "this is neither an otpauth URI nor the name of a file that is here",
            hint="a bare secret is saved by: authcli totp add NAME -",
            code="source.unreadable",
        )
    return read_file(path, "URI or picture", limit=MAX_BYTES)


def given_export(run: Run, text: str | None) -> Given:
    """Return what `totp import` is to read: a file, another source of secrets, or a pipe.

    Raises:
        InvalidInput: no source, or one that cannot be read.
    """
    from authcli.otp.exports import is_otpauth

    if text is None and (sys.stdin is None or sys.stdin.isatty()):
        raise InvalidInput("no export was given", hint="give a file, or pipe it in")
    if text is not None and is_otpauth(text):
        raise InvalidInput(
            "a URI on the command line is visible to every process",
            hint="pipe it in, or put it into a file and name that",
            code="source.literal",
        )
    given = read_source(run, text or "-", what="export", bare_path=True, limit=MAX_BYTES)
    if given.exposed:
        warn_exposed(run, given.name)
    return given


def read_contents(
    run: Run,
    given: Sequence[Given],
    *,
    form: str | None = None,
    passphrase: Callable[[], Secret] | None = None,
) -> Imported:
    """Return the accounts of all that was given, and say what one should know of it.

    Args:
        run: the invocation.
        given: files, in the order of the command line.
        form: of all of them; by default each is recognised by its content.
        passphrase: asked for where one is encrypted.

    Raises:
        InvalidInput: one that cannot be read; the message says which.
        Unavailable: pictures cannot be read here.
    """
    from authcli.otp.exports import read_exports

    files = [(one.name, one.data) for one in given]
    found = read_exports(files, form=form, passphrase=passphrase)
    for text in found.warnings[:_MAX_TOLD]:
        warn(run, text)
    if len(found.warnings) > _MAX_TOLD:
        warn(run, f"there are {len(found.warnings) - _MAX_TOLD} more warnings than are told here")
    return found


def opener_of(run: Run, source: str | None) -> Callable[[], Secret] | None:
    """Return what gives the passphrase of an export, should it turn out to be encrypted.

    Args:
        run: the invocation.
        source: what `--passphrase` says; without it the person at the terminal is asked, if there
            is one.
    """

    def opened() -> Secret:
        from authcli.cli._input import read_passphrase
        from authcli.cli._prompt import prompt
        from authcli.secret import Secret

        if source is not None:
            return read_passphrase(run, source)
        return Secret(prompt(run, "passphrase of the export: "))

    return opened if source is not None or run.may_prompt else None
